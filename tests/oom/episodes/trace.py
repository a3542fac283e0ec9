# SPDX-License-Identifier: GPL-2.0-only
"""What a recording says of kills, read apart from the program: the format is in docs/oom.md."""

import lzma


def open_trace(path):
    return lzma.open(path, "rt", encoding="ascii") if path.endswith(".xz") else open(path, encoding="ascii")


def kills_of(path):
    """cgroup path -> (ns of the first sample that counts a kill, [(ns, pid) of those that the log names])."""
    columns, paths, start_us, counted, named = [], {}, 0, {}, {}
    with open_trace(path) as lines:
        for line in lines:
            fields = line.rstrip("\n").split(",")
            kind = fields[0]
            if kind == "columns" and fields[1] == "S":
                columns = fields[2:]
            elif kind == "start_us":
                start_us = int(fields[1])
            elif kind == "T":
                paths[fields[2]] = fields[4] if len(fields) > 4 else ""
            elif kind == "S":
                at = columns.index("oom_kills") + 1
                path_here = paths[fields[2]]
                # An empty field is what it was before.
                if len(fields) > at and fields[at] not in ("", "-", "0"):
                    counted.setdefault(path_here, (start_us + int(fields[1])) * 1000)
            elif kind == "K":
                named.setdefault(paths.get(fields[2], ""), []).append(((start_us + int(fields[1])) * 1000, int(fields[3])))
    return {name: (counted.get(name), named.get(name, [])) for name in set(counted) | set(named)}


def cut_off(path, share, to):
    """Writes the recording's lines up to a share of its time; returns that time in ns."""
    with open_trace(path) as lines:
        text = lines.readlines()
    start_us = next(int(line.split(",")[1]) for line in text if line.startswith("start_us,"))
    times = [int(line.split(",")[1]) for line in text if line.startswith("S,")]
    end = int(times[-1] * share)
    with open(to, "w", encoding="ascii") as file:
        for line in text:
            if line[0] in "TGSLK" and line[1] == "," and int(line.split(",")[1]) > end:
                break
            file.write(line)
    return (start_us + end) * 1000
