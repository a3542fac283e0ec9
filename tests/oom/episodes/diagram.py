# SPDX-License-Identifier: GPL-2.0-only
"""The reliability diagram, as SVG."""

SIZE, MARGIN = 360, 48
COLORS = {"linear": "#888888", "logistic": "#1f77b4", "trees": "#d62728"}


def reliability_svg(lines, title):
    """lines: name -> [(mean forecast, share that came true, samples)]."""
    def place(forecast, true):
        return MARGIN + forecast * SIZE, MARGIN + (1 - true) * SIZE

    width, height = SIZE + 2 * MARGIN + 90, SIZE + 2 * MARGIN
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif" '
             f'font-size="12">',
             f'<rect width="{width}" height="{height}" fill="white"/>',
             f'<text x="{MARGIN}" y="24" font-size="14">{title}</text>',
             f'<rect x="{MARGIN}" y="{MARGIN}" width="{SIZE}" height="{SIZE}" fill="none" stroke="black"/>']
    for step in range(0, 11, 2):
        x, y = place(step / 10, step / 10)
        parts.append(f'<text x="{x:.0f}" y="{MARGIN + SIZE + 16}" text-anchor="middle">{step / 10:g}</text>')
        parts.append(f'<text x="{MARGIN - 6}" y="{y + 4:.0f}" text-anchor="end">{step / 10:g}</text>')
    parts.append(f'<text x="{MARGIN + SIZE / 2:.0f}" y="{MARGIN + SIZE + 34}" text-anchor="middle">forecast</text>')
    parts.append(f'<text x="14" y="{MARGIN + SIZE / 2:.0f}" text-anchor="middle" '
                 f'transform="rotate(-90 14 {MARGIN + SIZE / 2:.0f})">came true</text>')
    (x1, y1), (x2, y2) = place(0, 0), place(1, 1)
    parts.append(f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="black" stroke-dasharray="4"/>')
    for number, (name, points) in enumerate(lines.items()):
        color = COLORS.get(name, "black")
        spots = [place(forecast, true) for forecast, true, _ in points]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{color}"/>' for x, y in spots]
        parts.append(f'<text x="{MARGIN + SIZE + 10}" y="{MARGIN + 20 + 18 * number}" fill="{color}">{name}</text>')
    return "\n".join(parts) + "\n</svg>\n"
