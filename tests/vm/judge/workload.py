# SPDX-License-Identifier: GPL-2.0-only
"""Did the workload do what its scenario is about? A storm that did not blow
proves nothing."""

from collections import Counter


def check_workload(truth, settings, lived=None, processes=None, reused_pids=None, wraps=None, domains=None,
                   rmids=None, unowned=None):
    """Each option is the least that must have happened:
    lived        processes of the workload
    processes    of them that charged something: on a busy host a life of 2 ms
                 may end before it has
    reused_pids  pids that two or more processes had
    wraps        how often a counter of one process wrapped in one domain
    domains      in which every process charged
    rmids        that were charged at all
    unowned      bytes moved without an RMID
    """
    complaints = []
    active = [process for process in truth if process.cells]

    def demand(what, least, figure):
        if least is not None and figure < least:
            complaints.append(f"{what}: {figure}, the scenario needs {least}")

    demand("processes", lived, len(truth))
    demand("processes that charged", processes, len(active))
    demand("pids used again", reused_pids,
           sum(1 for count in Counter(process.pid for process in truth).values() if count > 1))
    wrap = settings["unit_bytes"] << settings["counter_bits"]
    demand("wraps of a counter", wraps,
           max((cell[0] // wrap for process in active for cell in process.cells.values()), default=0))
    demand("domains of every process", domains,
           min((len({domain for (domain, _) in process.cells}) for process in active), default=0))
    demand("RMIDs charged", rmids, len({rmid for process in active for (_, rmid) in process.cells if rmid > 0}))
    demand("bytes moved without an RMID", unowned, sum(process.unowned() for process in active))
    beyond = sum(cell[0] for process in active for (_, rmid), cell in process.cells.items() if rmid < 0)
    if beyond:
        complaints.append(f"{beyond} bytes were charged to RMIDs that the machine does not have")
    return complaints
