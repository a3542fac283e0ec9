# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
#
# The lab as scripts use it; sourced after packages.sh and build.sh.

# lab_module KERNEL: builds the module for a kernel of the lab, and prints the
# folder that holds collector.ko. With MC_TEST_BUILD=1 in the environment: see
# module/fail_step.h.
lab_module() {
	local kernel=$1 kdir folder=$tree/build/modules/$1${MC_TEST_BUILD:+-test}
	kdir=$("$tree/tests/lab/fetch-kernel" --headers "$kernel") || return 1
	build_module "$kdir" "$folder" || return 1
	printf '%s\n' "$folder"
}
