#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. /lab/common.sh

# probe NAME OPTION...: in the background, until end_probes; its rows in /out/NAME.jsonl.
probes=
probe() {
	name=$1
	shift
	memory-collector probe "$@" --format jsonl >"/out/$name.jsonl" 2>"/out/$name.log" &
	probes="$probes $!"
	until grep -qs "Ctrl-C ends it" "/out/$name.log"; do
		kill -0 $! || { cat "/out/$name.log"; fail "probe $*"; }
		sleep 0.1
	done
}
end_probes() {
	# The last whole second.
	sleep 1.5
	kill -INT $probes
	for one in $probes; do
		wait "$one" || fail "a probe ended with status $?"
	done
	probes=
}

# waiting COMMAND...: a process, $waits, that becomes COMMAND at `go`.
waiting() {
	mkfifo /tmp/go
	sh -c 'read -r _ </tmp/go; exec "$@"' sh "$@" &
	waits=$!
}
go() {
	echo >/tmp/go
	wait "$waits" || fail "the waiting process ended with status $?"
	rm /tmp/go
}

# Faults of one process, which the kernel takes for it: 64 MiB out of /dev/zero.
waiting dd if=/dev/zero of=/dev/null bs=64M count=1
echo "$waits" >/out/faulter.txt
probe fault fault --summary --pid "$waits"
go
end_probes

# The machine runs out of memory, and swaps.
echo 640M >/sys/block/zram0/disksize || fail "zram"
mkswap /dev/zram0 >/dev/null
swapon /dev/zram0
probe swap swap
probe swap-summary swap --summary
sleep 1
cat /proc/vmstat >/out/vmstat-before.txt
dd if=/dev/zero of=/dev/null bs=300M count=1 &
other=$!
dd if=/dev/zero of=/dev/null bs=300M count=1 || fail "dd"
wait $other || fail "the other dd"
cat /proc/vmstat >/out/vmstat-after.txt
end_probes

# This shell's pages come back: a child of it would read them from swap before it is in the cgroup.
swapoff /dev/zram0
swapon /dev/zram0

# A cgroup runs out of its memory, and takes it back from swap; only what is done in it.
mkdir /sys/fs/cgroup/small
echo +memory >/sys/fs/cgroup/cgroup.subtree_control
echo 24M >/sys/fs/cgroup/small/memory.max
probe memcg swap --cgroup /small
probe memcg-summary swap --summary --cgroup /small
probe memcg-fault fault --summary --cgroup /small
cat /sys/fs/cgroup/small/memory.stat >/out/memory-stat-before.txt
sh -c 'echo 0 >/sys/fs/cgroup/small/cgroup.procs; exec dd if=/dev/zero of=/dev/null bs=40M count=2'
cat /sys/fs/cgroup/small/memory.stat >/out/memory-stat-after.txt
end_probes
swapoff /dev/zram0
