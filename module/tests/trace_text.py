# SPDX-License-Identifier: GPL-2.0-only
"""The text of `trace-cmd report -t` of the system memory_collector. It is read
here as trace-cmd prints it, without any code of memory-collector's own."""

import re
from collections import namedtuple

# What each event prints, in this order.
RMID_EVENT = "rmid pid start reason flags comm"
FIELDS = {name: tuple(fields.split()) for name, fields in {
    "rdt_sample": "slot pid start rmid domain total local occupancy flags",
    "domain_sample": "slot domain total local unattributed unattributed_local flags",
    "soft_sample": "slot soft_cpu rmid domain total local occupancy flags",
    "process_sample": "slot pid start cpu_time rss anon shmem swap min_flt maj_flt flags",
    "process_info": "pid start ppid cgroup reason flags comm",
    "process_exit": "slot pid start total local cpu_time min_flt maj_flt flags comm",
    "rmid_alloc": RMID_EVENT,
    "rmid_free": RMID_EVENT,
    "rmid_existing": RMID_EVENT,
    "tick": "slot late duration reading complete missed idle reads events sample sweep drain limbo "
            "soft soft_switches soft_refused flags overflow processes",
    "state": "slot what arg mode interval unit rmids counter_bits abi",
}.items()}

LINE = re.compile(r"\s*(?P<task>.+)-\d+\s+\[(?P<cpu>\d+)\]\s+(?:[.\w#]{4,6}\s+)?"
                  r"(?P<seconds>\d+)\.(?P<fraction>\d{9}):\s+(?P<event>\w+):\s+(?P<text>.*)$")
LOST = re.compile(r"EVENTS? DROPPED|LOST \d+|EVENTS? LOST")
HEADER = re.compile(r"cpus=\d+$|version = \d+$|CPU \d+ is empty$|\s*$")
NUMBER = re.compile(r"0x[0-9a-f]+$|\d+$")

Event = namedtuple("Event", "name cpu time_ns fields")


class Trace:
    def __init__(self):
        self.events = []
        self.complaints = []  # lines that say something else than they should
        self.losses = []

    def of(self, *names):
        return [event for event in self.events if event.name in names]


def fields_of(name, text):
    """The event's fields by name; ValueError if they are not what they should be."""
    names, fields = FIELDS[name], {}
    if names[-1] == "comm":  # it may contain anything
        text, separator, comm = text.partition(" comm=")
        if not separator:
            raise ValueError("no comm")
        fields["comm"] = comm
        names = names[:-1]
    words = text.split()
    if len(words) != len(names):
        raise ValueError(f"{len(words)} fields, not {len(names)}")
    for expected, word in zip(names, words):
        key, _, value = word.partition("=")
        if key != expected or not NUMBER.match(value):
            raise ValueError(f"{word} where {expected}=NUMBER should be")
        fields[key] = int(value, 0)
    return fields


def parse(lines):
    trace = Trace()
    for line in lines:
        line = line.rstrip("\n")
        match = LINE.match(line)
        if not match:
            if LOST.search(line):
                trace.losses.append(line.strip())
            elif not HEADER.match(line):
                trace.complaints.append(f"not understood: {line}")
            continue
        name = match["event"]
        if name not in FIELDS:
            trace.complaints.append(f"unknown event {name}")
            continue
        try:
            fields = fields_of(name, match["text"])
        except ValueError as error:
            trace.complaints.append(f"{name}: {error}: {match['text']}")
            continue
        time_ns = int(match["seconds"]) * 10**9 + int(match["fraction"])
        trace.events.append(Event(name, int(match["cpu"]), time_ns, fields))
    return trace
