# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
#
# May the module be loaded on this very host? Sourced after packages.sh.

# Where /proc and /sys are; tests put a tree of their own here.
host_root=${MEMORY_COLLECTOR_HOST_ROOT:-}

host_word() {
	cat "$host_root$1" 2>/dev/null || true
}

# Effective capabilities of this process: bit 16 is CAP_SYS_MODULE. Root of a
# container mostly lacks it.
host_may_load() {
	local effective
	effective=$(awk '$1 == "CapEff:" { print $2 }' "$host_root/proc/self/status" 2>/dev/null)
	[ -n "$effective" ] && [ $(((16#$effective >> 16) & 1)) -eq 1 ]
}

# Prints why the module cannot be loaded here; nothing if it can.
why_not_on_host() {
	if [ "$(uname -m)" != x86_64 ]; then
		echo "this is not an x86-64 machine"
	elif [ ! -e "$host_root/proc/modules" ]; then
		echo "this kernel is built without loadable modules"
	elif [ "$(host_word /proc/sys/kernel/modules_disabled)" = 1 ]; then
		echo "kernel.modules_disabled is 1"
	elif [ "$(host_word /sys/module/module/parameters/sig_enforce)" = Y ]; then
		echo "this kernel loads signed modules only"
	elif [[ "$(host_word /sys/kernel/security/lockdown)" =~ \[(integrity|confidentiality)\] ]]; then
		echo "the kernel is locked down (${BASH_REMATCH[1]})"
	elif [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null 2>&1; then
		echo "only root loads modules, and there is no sudo"
	elif [ "$(id -u)" -eq 0 ] && ! host_may_load; then
		echo "CAP_SYS_MODULE is missing (a container?)"
	fi
}

# Prints why there is no report by eBPF here; nothing if there should be one.
why_not_by_ebpf() {
	if [ ! -e "$host_root/sys/kernel/btf/vmlinux" ]; then
		echo "this kernel has no BTF"
	elif [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null 2>&1; then
		echo "only root loads eBPF programs, and there is no sudo"
	fi
}

# Headers for the running kernel: there, or to be had. Prints KDIR.
host_kdir() {
	local kdir
	kdir=$host_root/lib/modules/$(uname -r)/build
	if [ ! -e "$kdir/Makefile" ] && apt-cache show "linux-headers-$(uname -r)" >/dev/null 2>&1; then
		need_packages "linux-headers-$(uname -r)"
	fi
	[ -e "$kdir/Makefile" ] && printf '%s\n' "$kdir"
}
