#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. /lab/common.sh

swap_pool="memory-collector pool"
control=/sys/fs/cgroup/cgroup.subtree_control
mkdir -p /out

# refused TEXT COMMAND...: fails with status 1, and says this.
refused() {
	text=$1
	shift
	status=0
	"$@" >/tmp/refused.out 2>&1 || status=$?
	[ $status = 1 ] || { cat /tmp/refused.out; fail "status $status: $*"; }
	grep -q "$text" /tmp/refused.out || { cat /tmp/refused.out; fail "does not say '$text': $*"; }
}

# What there is of devices, swap areas, cgroups and processes.
machine() {
	for device in /sys/block/zram*; do
		[ ! -e "$device" ] || echo "$device $(cat "$device/disksize") $(cat "$device/mm_stat")"
	done
	cat /proc/swaps $control
	ls -d /sys/fs/cgroup/memory-collector* 2>/dev/null || true
	grep -l pool-holder /proc/[0-9]*/comm 2>/dev/null || true
}

machine >/tmp/before.txt
second=${SECOND:+--recompress-algo $SECOND}
for algorithm in lz4 zstd; do
	echo "== $algorithm"
	out=/out/$algorithm
	# shellcheck disable=SC2086 # two words, or none
	$swap_pool setup --algo $algorithm --size 192MiB --mem-limit 96MiB $second || fail "setup with $algorithm"
	$swap_pool trigger compress --size 24MiB --duration-sec 1 --json >"$out-compress.json" || fail "trigger compress"
	$swap_pool status --json >"$out-status.json" || fail "status"
	cat /sys/block/zram1/mm_stat >"$out-mm_stat.txt"
	cat /sys/fs/cgroup/memory-collector-pool-*/memory.swap.current >"$out-swap.txt"
	if [ -n "$second" ] && [ $algorithm = lz4 ]; then
		for type in huge all; do
			$swap_pool recompress --type $type --json >"$out-recompress-$type.json" || fail "recompress --type $type"
		done
		$swap_pool recompress --type huge_idle || fail "recompress --type huge_idle"
	elif [ -z "$second" ]; then
		refused "CONFIG_ZRAM_MULTI_COMP is off" $swap_pool recompress
	fi
	$swap_pool trigger decompress --profile readback --duration-sec 1 --json >"$out-decompress.json" ||
		fail "trigger decompress"
	$swap_pool reset || fail reset
done
machine >/tmp/after.txt
diff /tmp/before.txt /tmp/after.txt || fail "the machine is another than before"

# swap_out GROUP LIMIT SIZE: starts a writer of this size in a memory cgroup of this limit, and waits
# until 3 of 4 of what is beyond the limit are swapped out.
swap_out() {
	$swap_pool setup --algo lz4 --size 400MiB --mem-limit none || fail setup
	echo +memory >$control
	mkdir "/sys/fs/cgroup/$1"
	echo "$2M" >"/sys/fs/cgroup/$1/memory.max"
	rm -f /tmp/never
	mkfifo /tmp/never
	exec 9<>/tmp/never
	sh -c "echo 0 >/sys/fs/cgroup/$1/cgroup.procs; exec dd if=/dev/zero bs=${3}M count=1 of=/tmp/never" &
	writer=$!
	# It has filled its memory when it writes: the pipe, which nobody reads, takes no more.
	tries=0
	until [ "$(awk '/zram/ { print $4 }' /proc/swaps)" -gt $((($3 - $2) * 768)) ]; do
		tries=$((tries + 1))
		[ $tries -lt 600 ] || { cat /proc/swaps; fail "nothing is swapped out"; }
		sleep 0.1
	done
}

# still_there: a refused reset has changed nothing.
still_there() {
	$swap_pool status --json | grep -q '"swap_active":true' || fail "a refused reset has ended the pool"
	kill -0 $writer || fail "a refused reset has ended the writer"
}

# gone GROUP: the writer is ended, and all is as it was.
gone() {
	kill -9 $writer
	wait $writer 2>/dev/null || true
	exec 9>&-
	until rmdir "/sys/fs/cgroup/$1"; do sleep 0.1; done
}

as_before() {
	echo -memory >$control
	machine >/tmp/after.txt
	diff /tmp/before.txt /tmp/after.txt || fail "the machine is another than before"
}

# A debug kernel's guest has so much memory that all of it fits.
if [ -z "$second" ]; then
	echo "== swapped pages that do not fit back into memory"
	swap_out large 24 280
	refused "are swapped out there, and .* of memory are available" $swap_pool reset
	still_there
	gone large
	$swap_pool reset || fail "reset once there is room"
	as_before
fi

echo "== swapped pages that do not fit below their cgroup's limit"
swap_out tight 24 72
refused "memory cgroup /tight has .* raise its memory.max" $swap_pool reset
still_there
echo 96M >/sys/fs/cgroup/tight/memory.max
$swap_pool reset || fail "reset once its cgroup has room"
grep -q '^oom_kill 0$' /sys/fs/cgroup/tight/memory.events || fail "the kernel has killed in the cgroup"
kill -0 $writer || fail "reset has ended the writer"
gone tight
as_before

echo "== the module"
if [ -e /sys/module/zram/initstate ]; then
	$swap_pool setup --algo lz4 || fail "setup with what it takes by itself"
	$swap_pool reset --unload-module || fail "reset --unload-module"
	[ ! -e /sys/module/zram ] || fail "the module is there"
	refused "this kernel has no zram, and its module cannot be loaded" $swap_pool setup
	[ ! -e /run/memory-collector/pool.json ] || fail "state of a pool that there is not"
	insmod /lib/modules/lab/zram.ko num_devices=0 || fail insmod
	$swap_pool setup --algo zstd --size 64MiB || fail "setup after the module has come back"
	# A device of another's with data keeps it.
	other=$(cat /sys/class/zram-control/hot_add)
	echo lz4 >"/sys/block/zram$other/comp_algorithm"
	echo 1M >"/sys/block/zram$other/disksize" || fail "a device beside"
	refused "the module zram stays: /dev/zram$other has data" $swap_pool reset --unload-module
	! grep -q zram /proc/swaps || fail "the pool is there, too"
else
	$swap_pool reset --unload-module 2>&1 | grep -q "built into this kernel, and stays" || fail "does not say that it stays"
fi
dmesg >/out/dmesg.txt
