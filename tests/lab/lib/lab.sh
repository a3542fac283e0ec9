# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Shared by the lab's scripts: its cache folder, and packages of Debian 12
# (sources and kernels too) without touching this machine's own lists.

lab_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=/dev/null
. "$lab_dir/../../scripts/lib/packages.sh"

lab_cache=$(cache_folder)/lab
mkdir -p "$lab_cache"

# Packages of Debian 12, or of another in lists of its own: see fetch-kernel.
lab_debian=bookworm lab_apt_folder=$lab_cache/apt
debian_keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# The enabled Debian 12 archives of this machine, so that a mirror or snapshot
# chosen by its owner is honoured; Debian's own for what is not enabled. Kernel
# 6.12 for Debian 12 is in the security archive only, and a minimal root or
# another distribution does not have that.
# shellcheck disable=SC2016 # apt-get's own format
lab_debian_archives() {
	local found release path
	if [ "$lab_debian" = bullseye ]; then
		printf '%s\n' "http://deb.debian.org/debian bullseye" "http://deb.debian.org/debian-security bullseye-security"
		return
	fi
	found=$(apt-get indextargets --format '$(ORIGIN)|$(REPO_URI)|$(RELEASE)|$(COMPONENT)' \
		'Created-By: Packages' 2>/dev/null |
		awk -F'|' '$1 == "Debian" && $3 ~ /^bookworm(-updates|-security)?$/ &&
			$4 == "main" { print $2, $3 }' | sort -u) || true
	for release in bookworm bookworm-updates bookworm-security; do
		path=debian
		[ "$release" = bookworm-security ] && path=debian-security
		grep " $release\$" <<<"$found" || printf '%s %s\n' "http://deb.debian.org/$path" "$release"
	done
}

# lab_apt ARGUMENTS...: apt-get with lists of its own, deb and deb-src.
lab_apt() {
	local apt=$lab_apt_folder
	LC_ALL=C.UTF-8 apt-get -qq \
		-o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$apt/sources" \
		-o Dir::State::Lists="$apt/lists" -o Dir::Cache="$apt/cache" \
		-o APT::Architecture=amd64 -o APT::Architectures=amd64 \
		-o APT::Sandbox::User="$(id -un)" -o Acquire::Retries=3 "$@"
}

# lab_apt_cache ARGUMENTS...: of the lists of lab_apt.
lab_apt_cache() {
	LC_ALL=C apt-cache -o Dir::Etc::SourceList=/dev/null \
		-o Dir::Etc::SourceParts="$lab_apt_folder/sources" -o Dir::State::Lists="$lab_apt_folder/lists" \
		-o Dir::Cache="$lab_apt_folder/cache" -o Dir::State::status=/dev/null "$@"
}

# Makes the lists of lab_apt no older than a day.
lab_apt_ready() {
	local apt=$lab_apt_folder uri release
	[ -n "$(find "$apt/fresh" -mtime -1 2>/dev/null)" ] && [ "${1:-}" != now ] && return 0
	[ -e "$debian_keyring" ] || need_packages debian-archive-keyring
	mkdir -p "$apt/sources" "$apt/lists/partial" "$apt/cache/archives/partial"
	lab_debian_archives | while read -r uri release; do
		printf 'Types: deb deb-src\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n\n' \
			"$uri" "$release" "$debian_keyring"
	done >"$apt/sources/lab.sources"
	progress "reading the package lists of Debian $lab_debian"
	lab_apt update >"$apt/update.log" 2>&1 || {
		cat "$apt/update.log" >&2
		die "the package lists of Debian $lab_debian cannot be read" \
			"a working network or mirror, then again: $0"
	}
	touch "$apt/fresh"
}

# lab_locked NAME COMMAND...: one at a time on this machine. The lock is not
# handed down to what COMMAND starts in the background.
lab_locked() {
	local name=$1 status=0
	shift
	exec {lab_lock}>"$lab_cache/$name.lock"
	if ! flock -n "$lab_lock"; then
		progress "waiting for another run that holds $lab_cache/$name.lock"
		flock "$lab_lock"
	fi
	"$@" || status=$?
	exec {lab_lock}>&-
	return "$status"
}
