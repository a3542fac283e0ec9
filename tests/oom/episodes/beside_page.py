# SPDX-License-Identifier: GPL-2.0-only
"""docs/oom-beside.md, from tests/oom/beside.json."""

from statistics import median

from .beside_text import ENDING, HOST, LIMIT, MEANING, METHOD, OPENING
from .report import table

HORIZON_S = 10.0
NAMES = {"memory-collector": "`memory-collector oom`", "model linear": "linear, from 0.5",
         "model logistic": "logistic, from 0.5", "model trees": "trees, from 0.5", "model linear strict": "linear, strict",
         "model logistic strict": "logistic, strict", "model trees strict": "trees, strict",
         "earlyoom": "earlyoom, SIGTERM", "earlyoom SIGKILL": "earlyoom, SIGKILL",
         "systemd-oomd debian": "systemd-oomd, 60 % for 20 s", "systemd-oomd 2s": "systemd-oomd, 60 % for 2 s",
         "systemd-oomd tight": "systemd-oomd, 10 % for 1 s"}


def forecasts(name):
    """Its alarms claim a kill within the horizon; the others' say that they would kill now."""
    return name == "memory-collector" or name.startswith("model ")


def true_leads(name, found):
    """Seconds before the kill, of alarms that were right. Who says "now" is right in any time before the kill."""
    leads = found.get("lead_s", [])
    return [lead for lead in leads if lead <= HORIZON_S] if forecasts(name) else leads


def untrue(name, found):
    return found["alarms"] - len(true_leads(name, found))


def summary_of(rows):
    """watcher -> figures over the rows."""
    result = {}
    for name in rows[0]["watchers"]:
        killed = [row["watchers"][name] for row in rows if row["killed"]]
        spared = [row["watchers"][name] for row in rows if not row["killed"]]
        firsts = [leads[0] for leads in (true_leads(name, found) for found in killed) if leads]
        result[name] = {"killed": len(killed), "before": len(firsts), "lead_median_s": median(firsts) if firsts else None,
                        "lead_least_s": min(firsts, default=None), "lead_most_s": max(firsts, default=None),
                        "too_early": sum(untrue(name, found) for found in killed),
                        "spared": len(spared), "in_spared": sum(1 for found in spared if found["alarms"])}
    return result


def figure(value):
    return "-" if value is None else f"{value:.1f} s" if value >= 10 else f"{value:.2f} s"


def summary_table(rows):
    found = summary_of(rows)
    return table(("who", "alarm before the kill", "lead: median", "least", "most", "claims untrue before a kill",
                  "alarm, and no kill came"),
                 [(NAMES[name], f"{line['before']} of {line['killed']}", figure(line["lead_median_s"]),
                   figure(line["lead_least_s"]), figure(line["lead_most_s"]),
                   line["too_early"] if forecasts(name) else "-", f"{line['in_spared']} of {line['spared']}")
                  for name, line in found.items()])


def cell(name, row):
    """Before a kill: the leads. Where none came: when the alarms were, counted from the episode's begin."""
    found = row["watchers"][name]
    if not found["alarms"]:
        return "none"
    rule = f" ({found['rule'][0]})" if "rule" in found else ""
    if not row["killed"]:
        more = f", {found['alarms'] - 1} more" if found["alarms"] > 1 else ""
        return f"**false**, at {figure(found['at_s'][0])}{more}{rule}"
    leads, early = true_leads(name, found), untrue(name, found)
    text = figure(leads[0]) + rule if leads else "none"
    return text + (f"; {early} untrue" if early else "")


def episodes_table(rows, watchers):
    lines = []
    for row in rows:
        memory = f"{row['limit_mib']} MiB" + (f" + {row['swap_mib']} swap" if row["swap_mib"] else "")
        end = f"killed, {figure(row['watched_s'])}" if row["killed"] else "none killed"
        lines.append((row["episode"].removeprefix("host-"), memory, end, *(cell(name, row) for name in watchers)))
    return table(("episode", "room", "end", *(NAMES[name] for name in watchers)), lines)


def meaning(host, limit):
    at_host, at_limit = summary_of(host), summary_of(limit)
    ours, linear, strict, earlyoom = (at_host[name] for name in ("memory-collector", "model linear",
                                                                 "model linear strict", "earlyoom"))
    where = [row["family"] for row in host if row["killed"] and row["watchers"]["systemd-oomd debian"]["alarms"]]
    return MEANING.strip().format(
        kills=linear["killed"], spared=linear["spared"], limit_kills=at_limit["earlyoom"]["killed"],
        linear=linear["before"], linear_median=figure(linear["lead_median_s"]), linear_spared=linear["in_spared"],
        strict=strict["before"], strict_median=figure(strict["lead_median_s"]), strict_spared=strict["in_spared"],
        default=ours["before"], default_median=figure(ours["lead_median_s"]), default_spared=ours["in_spared"],
        best=max(line["before"] for name, line in at_host.items() if name.startswith("model ")),
        earlyoom=earlyoom["before"], earlyoom_median=figure(earlyoom["lead_median_s"]),
        earlyoom_spared=earlyoom["in_spared"], earlyoom_most=figure(earlyoom["lead_most_s"]),
        earlyoom_least=figure(earlyoom["lead_least_s"]),
        oomd=at_host["systemd-oomd debian"]["before"], oomd_limit=at_limit["systemd-oomd debian"]["before"],
        oomd_where=f" ({', '.join(sorted(set(where)))})" if where else "",
        tight=at_host["systemd-oomd tight"]["before"], tight_limit=at_limit["systemd-oomd tight"]["before"])


def document(result):
    host = [row for row in result["episodes"] if row["host"]]
    limit = [row for row in result["episodes"] if not row["host"]]
    watchers = list(result["episodes"][0]["watchers"])
    both = [name for name in watchers if not name.startswith("model ") or name.startswith("model linear")]
    without_earlyoom = [name for name in both if not name.startswith("earlyoom")]
    heard = sum(row["watchers"]["earlyoom"]["alarms"] for row in limit)
    words = {"thresholds": ", ".join(f"{name} {value:.6g}" for name, value in result["thresholds"].items()), "kernel": result["kernel"], "earlyoom": result["versions"]["earlyoom"],
             "oomd": result["versions"]["systemd-oomd"], "host": len(host), "limit": len(limit),
             "host_kills": sum(1 for row in host if row["killed"]), "limit_kills": sum(1 for row in limit if row["killed"]),
             "earlyoom_heard": "said nothing in any of them" if not heard else f"raised {heard} alarms in them"}
    return "\n\n".join((
        OPENING.strip(), METHOD.strip().format(**words),
        HOST.strip().format(**words), summary_table(host), episodes_table(host, both),
        LIMIT.strip().format(**words), summary_table([without_them(row) for row in limit]),
        episodes_table(limit, without_earlyoom), meaning(host, limit), ENDING.strip())) + "\n"


def without_them(row):
    """earlyoom does not watch cgroups: its lines would say nothing about it."""
    return row | {"watchers": {name: found for name, found in row["watchers"].items() if not name.startswith("earlyoom")}}
