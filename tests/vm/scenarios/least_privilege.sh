#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. /lab/common.sh

user=65534
collector=/lab/memory-collector.service.in
loader=/lab/memory-collector-module.service.in

# capabilities UNIT [LESS]: those of the unit's file, as setpriv takes them, without one.
capabilities() {
	sed -n 's/^CapabilityBoundingSet=//p' "$1" | tr 'A-Z ' 'a-z\n' | sed "s/^cap_//; /^${2:-none}\$/d; s/^/,+/" | tr -d '\n'
}

# as_collector [LESS] -- COMMAND...: as the unit's user, with its capabilities and no other.
as_collector() {
	less=none
	[ "$1" = -- ] || { less=$1; shift; }
	shift
	set_of="-all$(capabilities "$collector" "$less")"
	/lab/setpriv --reuid=$user --regid=$user --clear-groups --no-new-privs --bounding-set="$set_of" \
		--inh-caps="$set_of" --ambient-caps="$set_of" "$@"
}

# as_loader [LESS] -- COMMAND...: root with these only.
as_loader() {
	less=none
	[ "$1" = -- ] || { less=$1; shift; }
	shift
	/lab/setpriv --no-new-privs --bounding-set="-all$(capabilities "$loader" "$less")" --inh-caps=-all "$@"
}

# refused TEXT COMMAND...: fails, and says this.
refused() {
	text=$1
	shift
	! "$@" >/tmp/refused.out 2>&1 || fail "worked: $*"
	grep -q "$text" /tmp/refused.out || { cat /tmp/refused.out; fail "does not say '$text': $*"; }
}

run="/lab/memory-collector run --interval 500ms --format jsonl"
chmod 777 /out /tmp
chmod 755 /run

echo "== eBPF"
as_collector -- $run --source ebpf --output /out/ebpf.jsonl -- sh -c 'for i in 1 2 3 4; do sleep 0.3; done' ||
	fail "--source ebpf with the unit's capabilities: status $?"
[ "$(grep '"type":"process_total"' /out/ebpf.jsonl | grep -c '"comm":"sleep"')" -ge 4 ] || fail "no rows by eBPF"
grep '"type":"process"' /out/ebpf.jsonl | grep -q '"rss_bytes":[1-9]' || fail "no memory by eBPF"
refused "lacks CAP_BPF:" as_collector bpf -- $run --source ebpf --duration 1s
refused "lacks CAP_PERFMON:" as_collector perfmon -- $run --source ebpf --duration 1s

refused "lacks CAP_SYS_ADMIN; where root has said" as_collector -- $run --source ebpf --bpf-stats --duration 1s
refused "lacks CAP_SYS_ADMIN; where root has said" as_collector -- $run --source ebpf --max-cpu 50% --duration 1s
echo 1 >/proc/sys/kernel/bpf_stats_enabled
as_collector -- $run --source ebpf --bpf-stats --output /out/measured.jsonl --duration 1s ||
	fail "--bpf-stats where the machine measures: status $?"
echo 0 >/proc/sys/kernel/bpf_stats_enabled
grep '"type":"self_program"' /out/measured.jsonl | grep -q '"run_ns":[1-9]' || fail "no run time of programs"
# With the time of handle_mm_fault(), which is a function and no tracepoint.
{ for _ in 1 2 3 4 5 6 7 8; do sleep 0.3; done; } &
as_collector dac_read_search -- /lab/memory-collector probe fault --summary --duration 2s >/tmp/summary.out 2>&1 ||
	{ cat /tmp/summary.out; fail "probe fault --summary with CAP_BPF and CAP_PERFMON: status $?"; }
wait $!
grep -q "^fault_summary .*minor_ns=[0-9]" /tmp/summary.out || { cat /tmp/summary.out; fail "probe fault --summary"; }

echo "== the module"
lab_stat before
refused "ermitted" as_loader sys_module -- insmod /lab/collector.ko
as_loader -- insmod /lab/collector.ko tick_budget_us=1000 || fail "insmod with the loader's capabilities"
refused "/run/memory-collector.lock.*make it yours" as_collector -- $run --source module --duration 1s
# As tmpfiles.d does.
touch /run/memory-collector.lock
chown $user:$user /run/memory-collector.lock
chmod 600 /run/memory-collector.lock
refused "it is another's: run as root, or .* owns /sys/kernel/tracing/instances" \
	as_collector -- $run --source module --duration 1s
refused "ermitted" as_loader chown -- chown $user /sys/kernel/tracing/instances
as_loader -- chown $user /sys/kernel/tracing/instances || fail "chown with the loader's capabilities"
refused "lacks CAP_DAC_READ_SEARCH" as_collector dac_read_search -- $run --source module --duration 1s
as_collector -- /lab/memory-collector doctor >/tmp/doctor.txt || { cat /tmp/doctor.txt; fail "doctor"; }
grep -q "^privileges .*not CAP_SYS_ADMIN" /tmp/doctor.txt || { cat /tmp/doctor.txt; fail "doctor"; }
as_collector -- $run --source auto --output /out/rows.jsonl -- \
	charge --rate 40MiB --threads 2 --cpus 0-1 --duration 3s --truth /out/truth.jsonl 2>/tmp/run.err ||
	{ cat /tmp/run.err; fail "--source auto with the unit's capabilities: status $?"; }
grep -q "refuses to dump: Permission denied" /tmp/run.err || { cat /tmp/run.err; fail "does not say that there was no dump"; }
[ ! -d /sys/kernel/tracing/instances/memory-collector ] || fail "the instance is left"
chown 0 /sys/kernel/tracing/instances
module_out
