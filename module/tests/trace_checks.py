# SPDX-License-Identifier: GPL-2.0-only
"""What must hold in a recording of the module's events. Each check returns its
complaints, and in a few words what it looked at."""

from collections import Counter, defaultdict

from trace_text import FIELDS

MODE_SOFTWARE, MODE_RDT, MODE_RESCTRL = 0, 1, 2
STATE_DUMP_END = 7
FLAG_EXISTING, FLAG_SOFTWARE = 1 << 2, 1 << 11
# A tick's event is written at its end, and an emulated CPU may stand still within.
LONGEST_TICK_NS = 10**9


def check_fields(trace):
    """Every line was understood, and there is something of each kind."""
    counts = Counter(event.name for event in trace.events)
    wanted = {"tick", "process_sample", "process_info", "process_exit", "state"}
    if any(state.fields["mode"] == MODE_RDT for state in trace.of("state")):
        # Soft RMIDs are used only where processes have no other.
        wanted = set(FIELDS) - {"soft_sample"}
    complaints = list(trace.complaints)
    complaints += [f"no {name} event" for name in sorted(wanted - set(counts))]
    return complaints, ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))


def check_loss(trace):
    """Each CPU's events between two of its ticks are as many as the module counted."""
    complaints = list(trace.losses)
    at_tick, since, checked = {}, Counter(), 0
    for event in trace.events:
        since[event.cpu] += 1
        if event.name != "tick":
            continue
        counted = event.fields["events"]
        if event.cpu in at_tick:
            checked += since[event.cpu]
            emitted = counted - at_tick[event.cpu]
            if emitted != since[event.cpu]:
                complaints.append(f"CPU {event.cpu} before slot {event.fields['slot']}: {emitted} events were "
                                  f"emitted, {since[event.cpu]} are recorded")
        at_tick[event.cpu], since[event.cpu] = counted, 0
    if not checked:
        complaints.append("no CPU has two ticks: nothing was checked")
    return complaints, f"{checked} events emitted and recorded"


def interval_of(trace):
    intervals = {state.fields["interval"] for state in trace.of("state")}
    return intervals.pop() if len(intervals) == 1 else None


def check_slots(trace, cpus):
    """Slots are multiples of the interval and go forward on every CPU; each one that is passed over
    was counted as missed or idle."""
    interval = interval_of(trace)
    if not interval:
        return ["the state events name no interval, or several"], ""
    complaints, ticks, missed = [], defaultdict(list), 0
    for event in trace.of("tick"):
        ticks[event.cpu].append(event)
    for event in trace.events:
        if event.fields.get("slot", 0) % interval:
            complaints.append(f"{event.name}: slot {event.fields['slot']} is no multiple of {interval}")
    for cpu in cpus:
        if len(ticks[cpu]) < 2:
            complaints.append(f"CPU {cpu} is online and has {len(ticks[cpu])} ticks")
    for cpu, events in sorted(ticks.items()):
        for before, after in zip(events, events[1:]):
            old, new = before.fields, after.fields
            passed = (new["slot"] - old["slot"]) // interval - 1
            said = new["missed"] - old["missed"] + new["idle"] - old["idle"]
            missed += new["missed"] - old["missed"]
            if passed != said:
                complaints.append(f"CPU {cpu}: {passed} slots without a tick before {new['slot']}, {said} were counted")
        complaints += [f"CPU {cpu}: tick {event.fields['slot']} ran at {event.time_ns}, which is not its slot"
                       for event in events
                       if not 0 <= event.time_ns - event.fields["slot"] - event.fields["late"] < LONGEST_TICK_NS]
    total = sum(map(len, ticks.values()))
    common = Counter(event.fields["slot"] for events in ticks.values() for event in events)
    shared = sum(count == len(cpus) for count in common.values())
    if not shared:
        complaints.append("not one slot has a tick on every CPU")
    return complaints, f"{total} ticks on {len(ticks)} CPUs, {missed} missed, {shared} slots on all CPUs"


def check_load(trace, load):
    """What ran under our eyes was seen to run."""
    complaints, cpu_time = [], defaultdict(list)
    for event in trace.of("process_sample"):
        cpu_time[event.fields["pid"]].append(event.fields["cpu_time"])
    for pid in load:
        if not cpu_time[pid]:
            complaints.append(f"process {pid} of the load has no sample")
        elif max(cpu_time[pid]) == min(cpu_time[pid]):
            complaints.append(f"process {pid} of the load was busy and shows no CPU time")
    if not load:
        complaints.append("there was no load")
    return complaints, f"{len(load)} busy processes were sampled"


def check_detection(trace, log, has_rdt, resctrl_mounted):
    """The module found what the kernel says of the CPU, says so, and does accordingly."""
    modes = {state.fields["mode"] for state in trace.of("state")}
    samples = len(trace.of("rdt_sample"))
    said = [line.split("Memory Collector: ", 1)[1] for line in log.splitlines()
            if "Memory Collector: " in line and ("RDT" in line or "RMIDs" in line or "sub-NUMA" in line)]
    complaints = []
    if not said:
        complaints.append("the kernel log does not say whether RDT was found")
    software = any("software mode" in line for line in said)
    if software:
        expected = MODE_SOFTWARE
    else:
        expected = MODE_RESCTRL if resctrl_mounted else MODE_RDT
        if not has_rdt:
            complaints.append(f"RDT is said to be there ({said}), which /proc/cpuinfo does not show")
    if modes != {expected}:
        complaints.append(f"the state events say mode {sorted(modes)}, the log and the mounts mean {expected}")
    if has_rdt and software and not any(word in said[0] for word in ("errata", "fault", "sub-NUMA", "few")):
        complaints.append(f"/proc/cpuinfo shows RDT, and the log gives no reason against it: {said[0]}")
    if expected == MODE_RDT and not samples:
        complaints.append("RDT is used, and there is no rdt_sample")
    if expected != MODE_RDT and samples:
        complaints.append(f"{samples} rdt_sample events without RDT")
    unflagged = [event for event in trace.of("process_sample")
                 if bool(event.fields["flags"] & FLAG_SOFTWARE) != (expected != MODE_RDT)
                 and not event.fields["flags"] & FLAG_EXISTING]
    if unflagged:
        complaints.append(f"{len(unflagged)} process_sample events have the wrong software flag")
    return complaints, "; ".join(said)


def identity(event):
    return event.fields["pid"], event.fields["start"]


def closed_slots(trace):
    """Of all domains. A dump's closes none: reads of an earlier slot may come after it."""
    return [event for event in trace.of("domain_sample") if not event.fields["flags"] & FLAG_EXISTING]


def check_forward(trace):
    """No total of a process or domain runs backwards from slot to slot, or within a CPU's events."""
    complaints, series = [], 0
    for name, keys, totals in (("rdt_sample", ("pid", "start", "domain"), ("total", "local")),
                               ("domain_sample", ("domain",), ("total", "local", "unattributed")),
                               ("process_sample", ("pid", "start"), ("cpu_time", "min_flt", "maj_flt"))):
        by_key = defaultdict(list)
        for event in closed_slots(trace) if name == "domain_sample" else trace.of(name):
            by_key[tuple(event.fields[key] for key in keys)].append(event)
        series += len(by_key)
        for key, events in by_key.items():
            for total in totals:
                complaints += backwards(f"{name} {key}: {total}", events, total, across=name != "process_sample")
    return complaints, f"{series} processes and domains"


def backwards(what, events, total, across):
    """across: CPUs read the same counter, under one lock."""
    last = {}
    for event in events:
        value = event.fields[total]
        if value < last.get(event.cpu, 0):
            yield f"{what} falls from {last[event.cpu]} to {value} on CPU {event.cpu}"
        last[event.cpu] = value
    if not across:
        return
    # CPUs read one after the other, and may say so the other way round: only slots have an order.
    highest = defaultdict(int)
    lowest = {}
    for event in events:
        slot, value = event.fields["slot"], event.fields[total]
        highest[slot] = max(highest[slot], value)
        lowest[slot] = min(lowest.get(slot, value), value)
    before = 0
    for slot in sorted(lowest):
        if lowest[slot] < before:
            yield f"{what} is {lowest[slot]} in slot {slot}, and was {before} before"
        before = max(before, highest[slot])


def dumped_at(trace):
    """From when on every process is known: the end of the first dump."""
    for event in trace.of("state"):
        if event.fields["what"] == STATE_DUMP_END:
            return event
    return None


def check_domains(trace):
    """What a domain moved between two slots is what its processes moved, and what is unattributed."""
    dump = dumped_at(trace)
    if dump is None:
        return ["there is no dump in the recording"], ""
    complaints, compared, domain_samples = [], 0, closed_slots(trace)
    for domain in sorted({event.fields["domain"] for event in domain_samples}):
        closed = {}
        for event in domain_samples:
            if event.fields["domain"] == domain:
                slot = event.fields["slot"]
                attributed = event.fields["total"] - event.fields["unattributed"]
                closed[slot] = max(closed.get(slot, 0), attributed)
        samples = sorted(((event.fields["slot"], event.fields["total"], identity(event))
                          for event in trace.of("rdt_sample") if event.fields["domain"] == domain), reverse=True)
        known, rest = {}, None
        for slot in sorted(closed):
            while samples and samples[-1][0] <= slot:
                _, total, process = samples.pop()
                known[process] = max(known.get(process, 0), total)
            if slot <= dump.fields["slot"]:
                continue
            difference = closed[slot] - sum(known.values())
            compared += 1
            if rest is not None and difference != rest:
                complaints.append(f"domain {domain}, slot {slot}: {difference - rest} bytes of the domain are in no "
                                  "process's samples")
            rest = difference
    if not compared and trace.of("rdt_sample"):
        complaints.append("no slot of any domain could be compared")
    return complaints, f"{compared} closed slots add up to the byte"


def check_exits(trace):
    """The last word on a process is the sum of its samples, where the recording has all of them."""
    complaints, compared = [], 0
    first = min((event.time_ns for event in trace.of("tick")), default=0)
    totals = defaultdict(dict)
    for event in trace.of("rdt_sample"):
        domains = totals[identity(event)]
        domain = event.fields["domain"]
        domains[domain] = max(domains.get(domain, 0), event.fields["total"])
    exits = trace.of("process_exit")
    for event in exits:
        total = sum(totals[identity(event)].values())
        whole = event.fields["start"] > first
        compared += whole
        if event.fields["total"] < total or (whole and event.fields["total"] != total):
            complaints.append(f"process {identity(event)} ended with {event.fields['total']} bytes, "
                              f"its samples say {total}")
    twice = [key for key, count in Counter(map(identity, exits)).items() if count > 1]
    complaints += [f"process {key} ended twice" for key in twice]
    if not compared:
        complaints.append("no process began and ended in the recording")
    return complaints, f"{compared} processes began and ended"
