# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Shared by every script of the project: what to call the cache folder, how to
# say what is going on, and how to get a missing Debian or Ubuntu package.
#
#   . "$(dirname "${BASH_SOURCE[0]}")/lib/packages.sh"
#   need_packages cmake g++ libtraceevent-dev

# Sourced more than once by scripts that source each other.
[ -n "${mc_packages_sourced:-}" ] && return 0
mc_packages_sourced=1

mc_program=${0##*/}
mc_started=$SECONDS

# Progress goes to stderr: stdout belongs to the report.
progress() {
	printf '[%4ds] %s: %s\n' "$((SECONDS - mc_started))" "$mc_program" "$*" >&2
}

# die WHAT [REMEDY]
die() {
	printf '%s: error: %s\n' "$mc_program" "$1" >&2
	[ $# -gt 1 ] && printf '%s: try: %s\n' "$mc_program" "$2" >&2
	exit 1
}

usage_error() {
	printf '%s: %s\n%s: see %s --help\n' "$mc_program" "$1" "$mc_program" "$0" >&2
	exit 2
}

# Folder for what is slow to build or to fetch, outside the tree. A minimal
# root may run without HOME.
cache_folder() {
	local home=${HOME:-}
	[ -n "$home" ] || home=$(getent passwd "$(id -u)" | cut -d: -f6)
	local folder=${MEMORY_COLLECTOR_CACHE:-${XDG_CACHE_HOME:-${home:-/root}/.cache}/memory-collector}
	mkdir -p "$folder" || die "cannot create the cache folder $folder" \
		"MEMORY_COLLECTOR_CACHE=/some/writable/folder $0"
	printf '%s\n' "$folder"
}

# as_root COMMAND...: directly, or by sudo; 126 if neither is possible.
as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null 2>&1; then
		sudo -- "$@"
	else
		return 126
	fi
}

# ID of os-release: debian, ubuntu, ...
distribution() {
	( . /etc/os-release 2>/dev/null && printf '%s\n' "${ID:-unknown}" ) || echo unknown
}

# A virtual package or an alternative "a|b" is satisfied by any installed one.
package_installed() {
	local name
	for name in ${1//|/ }; do
		[ "$(dpkg-query -W -f '${db:Status-Status}\n' "$name" 2>/dev/null | sort -u)" = installed ] && return 0
	done
	return 1
}

mc_apt() {
	# DPkg::Lock::Timeout: another script, or unattended-upgrades, may be at it.
	# env: sudo drops the variables of the caller.
	as_root env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 NEEDRESTART_SUSPEND=1 \
		apt-get -qq -y -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3 \
		-o APT::Install-Recommends=false -o Dpkg::Use-Pty=0 "$@"
}

# Lists are old after a day: a package they name may be gone from the mirror.
mc_apt_lists_old() {
	[ -z "$(find /var/lib/apt/lists -maxdepth 1 -name '*_Packages*' -print -quit 2>/dev/null)" ] ||
		[ -z "$(find /var/lib/apt/lists -maxdepth 0 -mtime -1 2>/dev/null)" ]
}

mc_apt_update() {
	progress "reading the package lists (apt-get update)"
	mc_apt update </dev/null >"$1" 2>&1
}

# need_packages PKG...: installs what is missing of it. "a|b" means: b where the
# distribution does not know a.
need_packages() {
	local package name missing=() names=() log

	for package in "$@"; do
		package_installed "$package" || missing+=("$package")
	done
	[ ${#missing[@]} -eq 0 ] && return 0

	command -v apt-get >/dev/null 2>&1 || die \
		"these packages are missing and there is no apt-get here: ${missing[*]}" \
		"install what corresponds to them by the package manager of this distribution"
	if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null 2>&1; then
		die "these packages are missing and only root may install them: ${missing[*]}" \
			"as root: apt-get install ${missing[*]%%|*}"
	fi

	log=$(mktemp "${TMPDIR:-/tmp}/memory-collector-apt.XXXXXX")
	if mc_apt_lists_old; then
		mc_apt_update "$log" || true
	fi
	mc_choose_names "${missing[@]}"
	progress "installing ${names[*]}"
	if ! mc_apt install "${names[@]}" </dev/null >"$log" 2>&1; then
		mc_apt_update "$log" || true
		mc_choose_names "${missing[@]}"
		if ! mc_apt install "${names[@]}" </dev/null >"$log" 2>&1; then
			tail -n 15 "$log" >&2
			rm -f "$log"
			die "apt-get could not install: ${names[*]}" \
				"apt-get update && apt-get install ${names[*]}   (and read its message above)"
		fi
	fi
	rm -f "$log"

	for package in "${missing[@]}"; do
		package_installed "$package" || die "apt-get said yes, yet $package is not installed" \
			"apt-get install ${package%%|*}"
	done
}

# Fills the caller's `names` with the first alternative that apt knows.
mc_choose_names() {
	local package name chosen
	names=()
	for package in "$@"; do
		chosen=
		for name in ${package//|/ }; do
			if apt-cache show --no-all-versions "$name" >/dev/null 2>&1; then
				chosen=$name
				break
			fi
		done
		names+=("${chosen:-${package%%|*}}")
	done
}

# jobs_here: how many compilers at once; MEMORY_COLLECTOR_JOBS overrides.
jobs_here() {
	printf '%s\n' "${MEMORY_COLLECTOR_JOBS:-$(nproc)}"
}
