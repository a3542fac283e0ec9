// SPDX-License-Identifier: GPL-2.0-only
//
// What was done, added up over the workers, and how it is shown.
#pragma once

#include "lab/ledger.h"
#include "lab/workload.h"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <vector>

namespace memory_collector::lab {

struct Totals {
    Counts counts{};
    Histogram lateness;
    rusage self{};
    rusage children{};
    std::uint64_t elapsed_ns = 0;

    void add(const Tally &tally);
};

// A rate counts as achieved from here on.
inline constexpr double rate_tolerance = 0.05;

// The shortfall, in words; what failed.
void add_problems(const Totals &totals, const std::optional<Goal> &goal, std::vector<std::string> &to);

nlohmann::json result_json(std::string_view name, const CommonOptions &common, const nlohmann::json &options,
                           const Totals &totals, const std::optional<Goal> &goal);

// With all that a result has, and nothing in it.
nlohmann::json empty_result(std::string_view name);
// What the children that were waited for used since then (getrusage(2)).
nlohmann::json usage_since(const rusage &before);

rusage difference(const rusage &end, const rusage &begin);

// The same for people, some lines.
std::string result_text(const nlohmann::json &result);

} // namespace memory_collector::lab
