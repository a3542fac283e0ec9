// SPDX-License-Identifier: GPL-2.0-only
//
// What rows are made of: types of columns and of rows, and columns that several
// types of rows have.
#pragma once

#include "model/extra.h"

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace memory_collector {

using Number = std::optional<std::uint64_t>;
using Signed = std::optional<std::int64_t>;
// What is not finite is null, too: see known().
using Real = std::optional<double>;
using Text = std::optional<std::string_view>;
using List = std::vector<std::string_view>;

inline bool known(const Real &value)
{
    return value && std::isfinite(*value);
}

// Of a text that is empty where it is not known, and outlives the row.
inline Text text_or_null(std::string_view text)
{
    return text.empty() ? Text{} : Text{text};
}

enum class RowType : std::uint8_t {
    process,
    container,
    cgroup,
    domain,
    soft,
    interval,
    process_total,
    loss,
    oom,
    reclaim,
    self,
    self_program,
    fault,
};
inline constexpr RowType row_types[] = {
    RowType::process,  RowType::container,     RowType::cgroup, RowType::domain, RowType::soft,
    RowType::interval, RowType::process_total, RowType::loss,   RowType::oom,    RowType::reclaim,
    RowType::self,     RowType::self_program,  RowType::fault,
};

constexpr std::string_view row_type_name(RowType type)
{
    switch (type) {
    case RowType::process:
        return "process";
    case RowType::container:
        return "container";
    case RowType::cgroup:
        return "cgroup";
    case RowType::domain:
        return "domain";
    case RowType::soft:
        return "soft";
    case RowType::interval:
        return "interval";
    case RowType::process_total:
        return "process_total";
    case RowType::loss:
        return "loss";
    case RowType::fault:
        return "fault";
    case RowType::oom:
        return "oom";
    case RowType::reclaim:
        return "reclaim";
    case RowType::self:
        return "self";
    case RowType::self_program:
        return "self_program";
    }
    return "";
}

// Where a process is, or those are that a row sums up.
template <typename Row, typename Visit> void place_columns(const Row &row, Visit &&visit)
{
    visit("cgroup", row.cgroup);
    visit("container", row.container);
    visit("container_name", row.container_name);
    visit("container_runtime", row.container_runtime);
    visit("pod", row.pod);
    visit("unit", row.unit);
}

template <typename Row, typename Visit> void memory_columns(const Row &row, Visit &&visit)
{
    visit("rss_bytes", row.rss_bytes);
    visit("rss_anon_bytes", row.rss_anon_bytes);
    visit("rss_file_bytes", row.rss_file_bytes);
    visit("rss_shmem_bytes", row.rss_shmem_bytes);
    visit("swap_bytes", row.swap_bytes);
}

// That the kernel kills for want of memory where a process is: in its memory
// cgroup, in one around it, or on the whole host. Of several processes: the
// greatest probability, the soonest time.
struct OomOutlook {
    static constexpr std::array<std::string_view, 4> names{"oom_probability_1s", "oom_probability_5s",
                                                           "oom_probability_10s", "oom_probability_30s"};
    static constexpr std::size_t within_10s = 2;
    std::array<Real, names.size()> within;
    // Seconds until it is as likely to have happened as not; null also for never.
    Real expected_s;
};

template <typename Visit> void outlook_columns(const OomOutlook &outlook, Visit &&visit)
{
    for (std::size_t i = 0; i < outlook.names.size(); i++)
        visit(outlook.names[i], outlook.within[i]);
    visit("oom_expected_s", outlook.expected_s);
}

// What it, or they, used and hold: the columns to the end of the row.
template <typename Row, typename Visit> void usage_columns(const Row &row, Visit &&visit)
{
    visit("cpu_time_ns", row.cpu_time_ns);
    memory_columns(row, visit);
    visit("min_flt", row.min_flt);
    visit("maj_flt", row.maj_flt);
    visit("total_bytes", row.total_bytes);
    visit("local_bytes", row.local_bytes);
    visit("remote_bytes", row.remote_bytes);
    visit("peak_bytes_per_s", row.peak_bytes_per_s);
    visit("llc_bytes_mean", row.llc_bytes_mean);
    visit("llc_bytes_max", row.llc_bytes_max);
    for (std::size_t i = 0; i < extra_count; i++)
        visit(extra_columns[i].name, row.extra[i]);
    outlook_columns(row.oom, visit);
    visit("flags", row.flags);
}

} // namespace memory_collector
