# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# Sourced by what runs as root where modules are loaded (busybox sh or dash):
# OUT is where results go, MODULES holds the .ko files.
set -eu

fail() {
	echo "error: $*" >&2
	exit 1
}

# log_begin NAME: from here on the kernel's log is this one's.
log_begin() {
	log_mark="Memory Collector test: $1, process $$ at $(cut -d' ' -f1 /proc/uptime)"
	[ ! -w /sys/kernel/debug/kmemleak ] || echo clear >/sys/kernel/debug/kmemleak
	echo "<6>$log_mark" >/dev/kmsg
}

# log_end FILE
log_end() {
	if [ -w /sys/kernel/debug/kmemleak ]; then
		# It reports only what was unreferenced for some seconds.
		sleep 6
		echo scan >/sys/kernel/debug/kmemleak
		echo scan >/sys/kernel/debug/kmemleak
		# A line each: a longer write is refused.
		while read -r line; do
			echo "kmemleak: $line" >/dev/kmsg
		done </sys/kernel/debug/kmemleak
	fi
	dmesg | sed -n "\\|$log_mark|,\$p" >"$1"
	[ -s "$1" ] || fail "the kernel's log overran: boot with a larger log_buf_len="
}
