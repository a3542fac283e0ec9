// SPDX-License-Identifier: GPL-2.0-only
#include "compress/sweep_plot.h"

#include "support/text.h"
#include "support/units.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <tuple>
#include <utility>

namespace memory_collector::compress {

namespace {

constexpr double width = 720;
constexpr double left = 64;
constexpr double right = 24;
constexpr double panel_height = 220;
constexpr double above_panel = 36;
constexpr double below_panel = 48;
constexpr double head = 44;
constexpr double label_room = 12;

struct Series {
    Mode mode;
    const char *color;
    const char *name;
    bool label_above; // where labels of two series would lie upon each other
};

constexpr std::array<Series, 3> series{{{Mode::lz4_fast, "#1b6ca8", "LZ4 fast (acceleration)", false},
                                        {Mode::lz4_hc, "#d1751f", "LZ4 HC (level)", true},
                                        {Mode::zstd, "#3a8a3f", "zstd (level)", false}}};

struct Point {
    int level;
    double speed; // MiB of input per second of CPU
    double ratio;
};

struct Panel {
    std::string name;
    std::uint64_t size_bytes = 0;
    std::vector<SweepRow> rows;

    std::vector<Point> points(Mode mode) const
    {
        std::vector<Point> all;
        for (const SweepRow &row : rows)
            if (row.setting.mode == mode && row.compress.thread_cpu_ms > 0)
                all.push_back(
                    {row.setting.level,
                     static_cast<double>(row.size_bytes) / (1 << 20) / (row.compress.thread_cpu_ms / 1e3),
                     row.ratio_median});
        return all;
    }
};

bool of_pages(const std::string &name)
{
    constexpr std::string_view end = ":pages";
    return name.size() > end.size() && name.compare(name.size() - end.size(), end.size(), end) == 0;
}

// Pages before whole inputs, then the larger one.
std::vector<Panel> panels_of(std::span<const SweepRow> rows)
{
    std::vector<Panel> panels;
    for (const SweepRow &row : rows) {
        const bool pages = of_pages(row.dataset_type);
        const std::string name =
            pages ? row.dataset_type.substr(0, row.dataset_type.rfind(':')) : row.dataset_type;
        auto at = std::find_if(panels.begin(), panels.end(), [&](const Panel &one) {
            return one.name == name || one.name == name + ":pages";
        });
        if (at == panels.end())
            at = panels.insert(at, Panel{row.dataset_type, row.size_bytes, {}});
        const std::pair mine{pages, row.size_bytes};
        const std::pair there{of_pages(at->name), at->size_bytes};
        if (mine < there)
            continue;
        if (mine > there)
            *at = Panel{row.dataset_type, row.size_bytes, {}};
        at->rows.push_back(row);
    }
    return panels;
}

// Positions on the page of what is in a panel.
class Axes {
public:
    Axes(const Panel &panel, double top) : top_(top)
    {
        double least = 1e300;
        double most = 0;
        double highest = 0;
        for (const Series &one : series)
            for (const Point &point : panel.points(one.mode)) {
                least = std::min(least, point.speed);
                most = std::max(most, point.speed);
                highest = std::max(highest, point.ratio);
            }
        if (most == 0)
            least = most = 1;
        from_ = std::floor(std::log10(least));
        to_ = std::max(from_ + 1, std::ceil(std::log10(most)));
        // Steps of 1, 2 or 5 times a power of ten, five of them or so.
        const double rough = std::max(highest, 1e-6) / 5;
        const double power = std::pow(10, std::floor(std::log10(rough)));
        step_ = rough / power > 5   ? 10 * power
                : rough / power > 2 ? 5 * power
                : rough / power > 1 ? 2 * power
                                    : power;
        highest_ = std::ceil(highest * 1.0001 / step_) * step_;
        highest_ = std::max(highest_, step_);
    }
    double x(double speed) const
    {
        return left + (std::log10(speed) - from_) / (to_ - from_) * (width - left - right);
    }
    double y(double ratio) const { return top_ + panel_height * (1 - ratio / highest_); }

    void draw(std::string &to) const
    {
        for (double power = from_; power <= to_; power++) {
            const double at = x(std::pow(10, power));
            to += fmt::format(
                "<line x1=\"{0:.1f}\" y1=\"{1:.1f}\" x2=\"{0:.1f}\" y2=\"{2:.1f}\" stroke=\"#dddddd\"/>\n"
                "<text x=\"{0:.1f}\" y=\"{3:.1f}\" text-anchor=\"middle\">{4:g}</text>\n",
                at, top_, top_ + panel_height, top_ + panel_height + 16, std::pow(10, power));
        }
        for (int i = 0; i * step_ <= highest_ * 1.0001; i++) {
            const double at = y(i * step_);
            to += fmt::format(
                "<line x1=\"{0:.1f}\" y1=\"{2:.1f}\" x2=\"{1:.1f}\" y2=\"{2:.1f}\" stroke=\"#dddddd\"/>\n"
                "<text x=\"{3:.1f}\" y=\"{4:.1f}\" text-anchor=\"end\">{5:g}</text>\n",
                left, width - right, at, left - 6, at + 4, i * step_);
        }
        to += fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"none\" "
                          "stroke=\"black\"/>\n",
                          left, top_, width - left - right, panel_height);
        to += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">MiB compressed per second "
                          "of CPU</text>\n",
                          (left + width - right) / 2, top_ + panel_height + 34);
        to += fmt::format(
            "<text x=\"16\" y=\"{0:.1f}\" text-anchor=\"middle\" transform=\"rotate(-90 16 {0:.1f})\">"
            "compressed / input</text>\n",
            top_ + panel_height / 2);
    }

private:
    double top_;
    double from_; // powers of ten
    double to_;
    double step_;
    double highest_;
};

std::string xml(std::string_view text)
{
    std::string out;
    for (const char letter : printable(text)) {
        if (letter == '&')
            out += "&amp;";
        else if (letter == '<')
            out += "&lt;";
        else
            out += letter;
    }
    return out;
}

void draw(std::string &to, const Panel &panel, double top)
{
    to += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" font-weight=\"bold\">{}, {}{}</text>\n", left, top - 8,
                      xml(of_pages(panel.name) ? panel.name.substr(0, panel.name.rfind(':')) : panel.name),
                      format_bytes(panel.size_bytes), of_pages(panel.name) ? " in pages of 4 KiB" : "");
    const Axes axes{panel, top};
    axes.draw(to);
    for (const Series &one : series) {
        const std::vector<Point> points = panel.points(one.mode);
        if (points.empty())
            continue;
        std::string line;
        for (const Point &point : points)
            line += fmt::format("{:.1f},{:.1f} ", axes.x(point.speed), axes.y(point.ratio));
        line.pop_back();
        to += fmt::format("<polyline points=\"{}\" fill=\"none\" stroke=\"{}\"/>\n", line, one.color);
        double labelled = -1e9;
        for (const Point &point : points) {
            const double x = axes.x(point.speed);
            const double y = axes.y(point.ratio);
            to += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\" fill=\"{}\"/>\n", x, y, one.color);
            // Labels that would lie upon the one before are left out.
            if (std::abs(x - labelled) < label_room)
                continue;
            labelled = x;
            to += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\" font-size=\"9\" "
                              "fill=\"{}\">{}</text>\n",
                              x, y + (one.label_above ? -6 : 13), one.color, point.level);
        }
    }
}

} // namespace

std::string sweep_plot(std::span<const SweepRow> rows)
{
    const std::vector<Panel> panels = panels_of(rows);
    constexpr double each = above_panel + panel_height + below_panel;
    const double height = head + each * static_cast<double>(panels.size());
    std::string to =
        fmt::format("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" "
                    "font-family=\"sans-serif\" font-size=\"12\">\n"
                    "<rect width=\"{0:.0f}\" height=\"{1:.0f}\" fill=\"white\"/>\n",
                    width, height);
    double at = left;
    for (const Series &one : series) {
        to += fmt::format(
            "<circle cx=\"{:.1f}\" cy=\"24\" r=\"4\" fill=\"{}\"/>\n<text x=\"{:.1f}\" y=\"28\">{}</text>\n",
            at, one.color, at + 10, one.name);
        at += 190;
    }
    double top = head + above_panel;
    for (const Panel &panel : panels) {
        draw(to, panel, top);
        top += each;
    }
    return to + "</svg>\n";
}

} // namespace memory_collector::compress
