# SPDX-License-Identifier: GPL-2.0-only
"""Whose RMID a sample speaks of: by rmid_alloc, rmid_free and rmid_existing."""

from collections import defaultdict

from trace_checks import FLAG_EXISTING, dumped_at, identity, interval_of

FLAG_KERNEL_THREADS = 1 << 13
FLAG_SOFT = 1 << 16


class Ownership:
    def __init__(self, process, begin_ns, end_ns):
        self.process, self.begin_ns, self.end_ns = process, begin_ns, end_ns


def ownerships(trace):
    """(RMID -> its ownerships in order of time, complaints). One that was there before the recording
    begins at 0, one that outlives it has no end."""
    owners, complaints = defaultdict(list), []
    for event in trace.of("rmid_alloc", "rmid_free", "rmid_existing"):
        rmid, process = event.fields["rmid"], identity(event)
        now = owners[rmid][-1] if owners[rmid] and owners[rmid][-1].end_ns is None else None
        if event.name == "rmid_alloc":
            if now:
                complaints.append(f"RMID {rmid} goes to {process} at {event.time_ns}, and is {now.process}'s")
                now.end_ns = event.time_ns
            owners[rmid].append(Ownership(process, event.time_ns, None))
        elif now and now.process != process:
            complaints.append(f"{event.name} says RMID {rmid} is {process}'s at {event.time_ns}, "
                              f"it went to {now.process}")
        elif event.name == "rmid_existing":
            if not now:
                begin = owners[rmid][-1].end_ns if owners[rmid] else 0
                owners[rmid].append(Ownership(process, begin, None))
        elif now:
            now.end_ns = event.time_ns
        elif owners[rmid]:
            complaints.append(f"RMID {rmid} of {process} is freed twice, at {event.time_ns}")
        else:
            owners[rmid].append(Ownership(process, 0, event.time_ns))
    return owners, complaints


def check_owners(trace):
    """Each rdt_sample is of a process that owned the RMID then, and an RMID has one owner. Events of
    different CPUs may stand the wrong way round within an interval."""
    if not trace.of("rdt_sample"):
        return [], "no RDT, no owners"
    slack = interval_of(trace) or 0
    dump = dumped_at(trace)
    owners, complaints = ownerships(trace)
    kernel_rmids, soft_cpus, checked, early = set(), defaultdict(set), 0, 0
    for event in trace.of("rdt_sample"):
        rmid = event.fields["rmid"]
        if event.fields["flags"] & FLAG_KERNEL_THREADS:
            kernel_rmids.add(rmid)
            continue
        if event.fields["flags"] & FLAG_SOFT:
            soft_cpus[event.fields["domain"], rmid].add(event.cpu)
            continue
        if event.fields["flags"] & FLAG_EXISTING and not rmid:
            continue  # a dump of what it moved while it had one
        held = [owner for owner in owners[rmid]
                if owner.begin_ns - slack <= event.time_ns and (owner.end_ns or event.time_ns) + slack >= event.time_ns]
        if any(owner.process == identity(event) for owner in held):
            checked += 1
        elif not held and dump and event.time_ns < dump.time_ns:
            early += 1  # given and freed before rmid_alloc was recorded
        else:
            whose = ", ".join(str(owner.process) for owner in held) or "nobody"
            complaints.append(f"at {event.time_ns} {identity(event)} has a sample of RMID {rmid}, which was {whose}'s")
    if len(kernel_rmids) > 1:
        complaints.append(f"the kernel threads have several RMIDs: {sorted(kernel_rmids)}")
    complaints += [f"RMID {rmid} of the kernel threads went to a process" for rmid in kernel_rmids
                   if any(owner.process[0] != 2 for owner in owners[rmid])]
    complaints += [f"soft RMID {rmid} of domain {domain} was used by CPUs {sorted(cpus)}"
                   for (domain, rmid), cpus in soft_cpus.items() if len(cpus) > 1]
    complaints += [f"soft RMID {rmid} went to a process" for rmid in {rmid for _, rmid in soft_cpus} if owners[rmid]]
    if not checked:
        complaints.append("no sample's owner is known")
    allocated = sum(map(len, owners.values()))
    return complaints, f"{checked} samples, {allocated} ownerships of {len(owners)} RMIDs" + (
        f", {early} samples from before the first owner was recorded" if early else "")
