#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Draws the lateness of several results of timer_statistics.py as one SVG, on
standard output: for each delay, which share of the ticks came later still. Both
axes are logarithmic. Solid: the timer's ticks; dashed: cyclictest's threads.

usage: timer_plot.py RESULT.json...
"""

import math
import sys
from xml.sax.saxutils import escape

import timer_results

WIDTH, HEIGHT = 960, 600
LEFT, RIGHT, TOP, BOTTOM = 80, 250, 70, 60
COLORS = ("#1b6ca8", "#d1495b", "#2e8b57", "#edae49", "#7b4fa3", "#666666", "#00a6a6", "#a0522d")
UNITS = ((10**9, "s"), (10**6, "ms"), (10**3, "us"), (1, "ns"))


def human(nanoseconds):
    for size, unit in UNITS:
        if nanoseconds >= size:
            return f"{nanoseconds / size:g} {unit}"
    return f"{nanoseconds:g} ns"


class Axes:
    """Where a delay and a share are on the sheet."""

    def __init__(self, curves):
        ends = [point[0] for _, _, points in curves for point in points]
        starts = [points[0][0] for _, _, points in curves if points]
        shares = [share for _, _, points in curves for _, share in points if share > 0]
        self.first = math.floor(math.log10(max(min(starts, default=1), 1)))
        self.last = max(math.ceil(math.log10(max(ends, default=10))), self.first + 1)
        self.lowest = math.floor(math.log10(min(shares, default=0.1)))
        self.lowest = min(self.lowest, -1)

    def x(self, nanoseconds):
        place = (math.log10(max(nanoseconds, 10 ** self.first)) - self.first) / (self.last - self.first)
        return LEFT + place * (WIDTH - LEFT - RIGHT)

    def y(self, share):
        place = math.log10(max(share, 10 ** self.lowest)) / self.lowest
        return TOP + place * (HEIGHT - TOP - BOTTOM)


def text(x, y, content, anchor="middle", size=13, extra=""):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" {extra}>'
            f"{escape(content)}</text>")


def curves_of(results):
    """(label, color and dashes, points) of each line; a curve begins at the last delay that all exceed."""
    curves = []
    for number, result in enumerate(results):
        color = COLORS[number % len(COLORS)]
        curves.append((result["load"], f'stroke="{color}"', trimmed(result["lateness_distribution"])))
        if result["cyclictest_ns"]:
            curves.append((f"{result['load']}, cyclictest", f'stroke="{color}" stroke-dasharray="5 4"',
                           trimmed(result["cyclictest_ns"]["distribution"])))
    return curves


def trimmed(points):
    begin = max((index for index, (_, share) in enumerate(points) if share == 1), default=0)
    return points[begin:]


def grid(axes):
    parts = []
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    for decade in range(axes.first, axes.last + 1):
        x = axes.x(10 ** decade)
        parts.append(f'<path d="M{x:.1f} {TOP}V{bottom}" stroke="#ddd"/>')
        parts.append(text(x, bottom + 18, human(10 ** decade)))
    for decade in range(0, axes.lowest - 1, -1):
        y = axes.y(10.0 ** decade)
        parts.append(f'<path d="M{LEFT} {y:.1f}H{right}" stroke="#ddd"/>')
        parts.append(text(LEFT - 8, y + 4, f"{100 * 10.0 ** decade:g}%", "end"))
    parts.append(f'<path d="M{LEFT} {TOP}V{bottom}H{right}" fill="none" stroke="#333"/>')
    parts.append(text((LEFT + right) / 2, HEIGHT - 16, "lateness"))
    middle = (TOP + bottom) / 2
    parts.append(text(20, middle, "ticks that came later", extra=f'transform="rotate(-90 20 {middle})"'))
    return parts


def line(axes, style, points):
    # The last one, later than which nothing came, has no place on a logarithmic axis: it ends on the floor.
    path = " ".join(f"{axes.x(delay):.1f},{axes.y(share):.1f}" for delay, share in points)
    return f'<polyline points="{path}" fill="none" stroke-width="1.8" {style}/>'


def draw(results):
    curves = curves_of(results)
    axes = Axes(curves)
    emulated = any(result["emulated"] for result in results)
    first = results[0]
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
             f'viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif">',
             f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
             text(LEFT, 26, f"Lateness of ticks every {human(first['interval_ns'])} on {first['cpus']} CPUs, "
                  f"kernel {first['kernel']}", "start", 17)]
    if emulated:
        parts.append(text(LEFT, 48, "Measured in an emulated machine: no measure of real hardware", "start", 13,
                          'fill="#b00"'))
    parts += grid(axes)
    for number, (label, style, points) in enumerate(curves):
        parts.append(line(axes, style, points))
        y, x = TOP + 10 + 20 * number, WIDTH - RIGHT + 20
        parts.append(f'<path d="M{x} {y}h28" stroke-width="1.8" {style}/>')
        parts.append(text(x + 36, y + 4, label, "start"))
    return "\n".join([*parts, "</svg>\n"])


def main():
    sys.stdout.write(draw(timer_results.of_arguments(__doc__)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
