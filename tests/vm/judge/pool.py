# SPDX-License-Identifier: GPL-2.0-only
"""`memory-collector pool` in a guest where nothing else swaps: each figure is held against the pages that
were pushed, of which it is known how they compress, and against the kernel's own account."""

import json

# What text of a small vocabulary takes of itself, by either algorithm and with the header of each page.
TEXT_RATIO = {"lz4": (0.25, 0.65), "zstd": (0.15, 0.50)}
# The header of the swap area.
HEADER_PAGES = 1
# Before Linux 6.15 each CPU keeps so many freed pages of a swap area for itself; a guest has two.
KEPT_PAGES = 2 * 64


def check_pushed(algorithm, pushed, mm_stat, swap_current):
    pages, page = pushed["pages"], pushed["page_size"]
    all_pages = sum(pages.values())
    complaints = []
    # Linux 6.12 keeps zero pages from the device; earlier ones write them, and zram finds them to be the same.
    zero = pages["zero"] if pushed["same_pages_rise"] != pages["same"] else 0
    for name, is_so, wanted in (
            ("bytes", pushed["bytes"], all_pages * page),
            ("swapped_pages", pushed["swapped_pages"], all_pages),
            ("orig_data_size_rise", pushed["orig_data_size_rise"], (all_pages - pages["zero"] + zero) * page),
            ("same_pages_rise", pushed["same_pages_rise"], pages["same"] + zero),
            ("huge_pages_rise", pushed["huge_pages_rise"], pages["random"]),
            ("failed_writes", pushed["failed_writes"], 0),
            ("orig_data_size of mm_stat", mm_stat[0], pushed["orig_data_size_rise"] + HEADER_PAGES * page),
            ("memory.swap.current of the holder's cgroup", swap_current, all_pages * page)):
        if is_so != wanted:
            complaints.append(f"{algorithm}: {name} is {is_so}, that is not {wanted}")
    text = (pushed["compr_data_size_rise"] - pages["random"] * page) / (pages["text"] * page)
    least, most = TEXT_RATIO[algorithm]
    if not least <= text <= most:
        complaints.append(f"{algorithm}: text pages take {text:.3f} of themselves")
    return complaints


def check_status(algorithm, status, mm_stat, pushed):
    names = ("orig_data_size", "compr_data_size", "mem_used_total", "mem_limit", None, "same_pages", None, "huge_pages")
    complaints = [f"{algorithm}: status says {name} {status[name]}, mm_stat {value}"
                  for name, value in zip(names, mm_stat) if name and status[name] != value]
    if status["algorithm"] != algorithm or not status["swap_active"]:
        complaints.append(f"{algorithm}: status says {status['algorithm']}, swap {status['swap_active']}")
    if abs(status["compression_ratio"] - mm_stat[1] / mm_stat[0]) > 1e-6 or \
            status["overhead_bytes"] != mm_stat[2] - mm_stat[1]:
        complaints.append(f"{algorithm}: ratio {status['compression_ratio']}, overhead {status['overhead_bytes']}: {mm_stat}")
    if status["holder"]["swapped_bytes"] != pushed["bytes"] or not status["holder"]["alive"]:
        complaints.append(f"{algorithm}: holder {status['holder']}")
    return complaints


def check_back(algorithm, back, pushed):
    rise, page = pushed["orig_data_size_rise"], pushed["page_size"]
    if back["read_bytes"] != rise or not -rise <= back["orig_data_size_rise"] <= -rise + KEPT_PAGES * page:
        return [f"{algorithm}: of {rise} bytes were read back {back}"]
    return []


def check_recompressed(second, of, pushed):
    """Of random pages nothing is gained; of text it is."""
    huge, everything = of
    complaints = [f"recompressed by {row['algorithm']}, wanted is {second}" for row in of if row["algorithm"] != second]
    if huge["compr_data_size_rise"] != 0 or huge["huge_pages_rise"] > 0:
        complaints.append(f"pages that are random became smaller: {huge}")
    gain = -everything["compr_data_size_rise"] / (pushed["pages"]["text"] * pushed["page_size"])
    if not 0.05 <= gain <= 0.5:
        complaints.append(f"text pages lost {gain:.3f} of themselves by {second}")
    return complaints


def check_pool(run, second=None):
    def text(name):
        with open(run.path(name), encoding="utf-8") as file:
            return file.read()

    complaints = []
    for algorithm in ("lz4", "zstd"):
        pushed = json.loads(text(f"{algorithm}-compress.json"))
        mm_stat = [int(word) for word in text(f"{algorithm}-mm_stat.txt").split()]
        complaints += check_pushed(algorithm, pushed, mm_stat, int(text(f"{algorithm}-swap.txt")))
        complaints += check_status(algorithm, json.loads(text(f"{algorithm}-status.json")), mm_stat, pushed)
        complaints += check_back(algorithm, json.loads(text(f"{algorithm}-decompress.json")), pushed)
        if second and algorithm == "lz4":
            of = [json.loads(text(f"lz4-recompress-{kind}.json")) for kind in ("huge", "all")]
            complaints += check_recompressed(second, of, pushed)
    return complaints
