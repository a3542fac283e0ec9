#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. /lab/common.sh

# verdict WANTED: doctor and run must agree, doctor by its status and its JSON.
verdict() {
	status=0
	memory-collector doctor >/out/doctor.txt || status=$?
	[ "$status" -eq "$1" ] || { cat /out/doctor.txt; fail "doctor: status $status, not $1 ($2)"; }
	memory-collector doctor --json >/out/doctor.json || true
	wanted=true
	[ "$1" -eq 0 ] || wanted=false
	grep -q "\"run_will_work\": $wanted" /out/doctor.json || fail "doctor --json disagrees ($2)"
	status=0
	memory-collector run --duration 300ms --format jsonl --output /out/rows.jsonl 2>/out/run.txt || status=$?
	[ "$status" -eq "$1" ] || { cat /out/run.txt; fail "run: status $status, not $1 ($2)"; }
}

# said CHECK TEXT
said() {
	grep -q "^$1 .*$2" /out/doctor.txt || { cat /out/doctor.txt; fail "doctor does not say '$2' of $1"; }
}

verdict 0 "module not loaded"
said module "not loaded"
said ebpf "its programs load"
said coldness "soft-dirty; when asked for: .*clear-refs"
said pool "zram"
said rdt "64 RMIDs, 32-bit counters of 65536 bytes"
module_in
verdict 0 "all is well"
said module "ABI version"
umount /sys/kernel/tracing
umount /sys/kernel/debug/tracing 2>/dev/null || true
# The program mounts it where it is not.
verdict 0 "no tracefs"
said tracefs "not mounted"
[ -d /sys/kernel/tracing/events ] || fail "run did not mount tracefs"
mount -t resctrl resctrl /sys/fs/resctrl
verdict 0 "resctrl mounted"
said resctrl "/sys/fs/resctrl"
umount /sys/fs/resctrl
mkdir -p /etc
echo "user:x:1000:1000::/:/bin/sh" >>/etc/passwd
echo "user:x:1000:" >>/etc/group
status=0
su user -s /bin/sh -c "/lab/memory-collector doctor" >/out/doctor.txt 2>&1 || status=$?
[ "$status" -eq 1 ] || { cat /out/doctor.txt; fail "doctor of a user: status $status"; }
said privileges "missing: CAP_DAC_READ_SEARCH"
module_out
