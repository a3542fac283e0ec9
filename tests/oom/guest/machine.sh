# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# Sourced by the scripts beside it, in the guest: disk, swap ($SWAP, $SWAP_MIB), and the cgroups in which episodes
# and their watchers are.

disks=/lib/modules/lab/null_blk.ko
if [ -e "$disks" ]; then
	# Disks in memory whose requests take time as a flash disk's do, counted in the guest's own time.
	rmmod null_blk
	insmod "$disks" memory_backed=1 nr_devices=2 gb=4 irqmode=2 completion_nsec=80000 submit_queues=1 bs=4096
	mke2fs -b 4096 -m 0 /dev/nullb0 >/dev/null
	mkdir -p /disk
	mount -t ext4 /dev/nullb0 /disk
fi
case ${SWAP:-none} in
disk)
	mkswap /dev/nullb1 >/dev/null
	swapon /dev/nullb1
	;;
zram)
	echo "${SWAP_MIB:-1024}M" >/sys/block/zram0/disksize
	mkswap /dev/zram0 >/dev/null
	swapon /dev/zram0
	;;
esac

cgroups=/sys/fs/cgroup
echo "+memory +pids" >$cgroups/cgroup.subtree_control
mkdir $cgroups/oom
echo "+memory +pids" >$cgroups/oom/cgroup.subtree_control
# Watcher and supervisors are not to wait for the CPU behind those they watch.
mkdir $cgroups/watch
echo $$ >$cgroups/watch/cgroup.procs
