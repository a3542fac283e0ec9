# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
#
# Where modules can be loaded: this host, or the lab. Sourced by scripts of the
# module, with `tree` set to the root of the checkout.

# shellcheck source=scripts/lib/packages.sh
. "$tree/scripts/lib/packages.sh"
# shellcheck source=scripts/lib/build.sh
. "$tree/scripts/lib/build.sh"
# shellcheck source=scripts/lib/lab.sh
. "$tree/scripts/lib/lab.sh"
# shellcheck source=scripts/lib/host_module.sh
. "$tree/scripts/lib/host_module.sh"

place_help='  --lab [KERNEL]   in the lab, on KERNEL (default 6.12-cloud)
  --host           on this host, as root
                   (neither: on this host if it may load modules, else in the lab)'

place="" kernel=6.12-cloud

# place_option "$@": takes --host or --lab [KERNEL] from the front; says in
# place_taken how many words that were, and fails if it was neither.
place_option() {
	place_taken=1
	case $1 in
	--host) place=host ;;
	--lab)
		place=lab
		if [ $# -gt 1 ] && [[ $2 != -* ]]; then
			kernel=$2
			place_taken=2
		fi
		;;
	*) return 1 ;;
	esac
}

# Settles `place`, builds the modules and sets `modules` to their folder.
place_prepare() {
	local why kdir
	why=$(why_not_on_host)
	if [ "$place" = host ] && [ -n "$why" ]; then
		die "no module can be loaded on this host: $why" "$0 --lab"
	elif [ -z "$place" ] && [ -n "$why" ]; then
		progress "no module can be loaded on this host ($why): in the lab, on kernel $kernel"
		place=lab
	fi
	if [ "$place" = lab ]; then
		modules=$(lab_module "$kernel") || die "the modules were not built" "see the messages above"
		return
	fi
	place=host
	kdir=$(host_kdir) || die "there are no headers for the running kernel $(uname -r)" \
		"install them (Debian: apt-get install linux-headers-$(uname -r))"
	modules=$tree/module/build
	build_module "$kdir" "$modules" || die "the modules were not built" "see the messages above"
}

# place_empty FOLDER: makes it, or removes an earlier run's results; never what
# is not ours.
place_empty() {
	if [ -e "$1/.results" ]; then
		rm -rf "$1" || die "cannot remove the earlier results in $1" "remove them as root"
	elif [ -n "$(ls -A "$1" 2>/dev/null)" ]; then
		die "$1 holds something else than results of this script" "give an empty folder"
	fi
	if ! { mkdir -p "$1" && touch "$1/.results"; }; then
		die "cannot write to $1" "give a folder that can be written"
	fi
}

# place_run OUT SCRIPT [OPTION]... [-- FILE]...
# Runs SCRIPT of tests/there as root, with HERE, MODULES and OUT set and, by
# --env NAME=VALUE, more. OUT is emptied before. Programs among FILEs are in
# PATH there; other OPTIONs are the lab's.
place_run() {
	local out=$1 script=$tree/module/tests/there/$2 settings=() lab_options=() packs=() status=0
	shift 2
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		case $1 in
		--env) settings+=("$2") ;;
		*) lab_options+=("$1" "$2") ;;
		esac
		shift 2
	done
	[ $# -eq 0 ] || shift
	place_empty "$out"
	if [ "$place" = host ]; then
		as_root env HERE="$tree/module/tests/there" MODULES="$modules" OUT="$out" \
			"${settings[@]}" sh "$script" || status=$?
		as_root chown -R "$(id -u):$(id -g)" "$out"
		return "$status"
	fi
	for file in "$modules"/*.ko "$tree/module/tests/there/log.sh" "$@"; do
		packs+=(--pack "$file")
	done
	for setting in HERE=/lab MODULES=/lab OUT=/out "${settings[@]}"; do
		packs+=(--env "$setting")
	done
	"$tree/tests/lab/guest" --kernel "$kernel" --script "$script" --out "$out" \
		--console "$out.console" "${lab_options[@]}" "${packs[@]}"
}
