# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
#
# What the scripts of the OOM forecast share; sourced after packages.sh and build.sh.

# oom_tool NAME ARGUMENTS...: a program of tests/oom, with what it needs. Debian's python3: it is
# the one that Debian's numpy is installed for.
oom_tool() {
	local name=$1 argument
	shift
	need_packages python3 python3-numpy
	for argument; do
		case $argument in
		--help | -h | --list) exec /usr/bin/python3 -B "$tree/tests/oom/$name" "$argument" ;;
		esac
	done
	check_distribution
	need_packages "${program_packages[@]}"
	build_program "$tree/build" memory-collector
	exec /usr/bin/python3 -B "$tree/tests/oom/$name" "$@"
}
