// SPDX-License-Identifier: GPL-2.0-only
#include "lab/common_options.h"

#include "support/error.h"

#include <spdlog/fmt/fmt.h>

namespace memory_collector::lab {

namespace {

constexpr std::uint64_t long_ns = 300'000'000'000;
constexpr std::uint64_t many_workers = 512;

} // namespace

void CommonOptions::add(Options &to)
{
    to.number("--duration-sec", duration_ns, {1, 3600, Unit::seconds},
              "how long; above 300 only with --unsafe-allow-long");
    to.number("--prepare-sec", prepare_ns, {1, 3600, Unit::seconds},
              "how long workers may take to get their memory, before the duration begins");
    to.number("--workers", workers, {1, 4096, Unit::count},
              "processes that share the work; above 512 only with --unsafe-allow-long");
    to.number("--seed", seed, {0, 9007199254740992.0, Unit::count}, "of contents and of what is drawn");
    to.share("--entropy", entropy, "of contents: 0 zero, 0.5 like text, 1 random");
    to.share("--hot-share", hot_share, "share of the pages that are hot");
    to.share("--hot-access-share", hot_access_share, "share of the accesses that go to hot pages");
    to.flag("--json", json, "the result as one JSON object");
    to.flag("--unsafe-allow-long", unsafe_allow_long, "allow long durations and many workers");
}

void CommonOptions::check() const
{
    if (!unsafe_allow_long && duration_ns > long_ns)
        throw UsageError(
            fmt::format("--duration-sec: {} is above 300 (its range is 1-3600): add --unsafe-allow-long "
                        "if you mean it",
                        duration_ns / unit_factor(Unit::seconds)));
    if (!unsafe_allow_long && workers > many_workers)
        throw UsageError(
            fmt::format("--workers: {} is above 512 (its range is 1-4096): add --unsafe-allow-long if "
                        "you mean it",
                        workers));
    if (hot_share == 0 && hot_access_share > 0)
        throw UsageError(fmt::format(
            "--hot-share: 0 leaves no page for --hot-access-share {} (its range is 0-1)", hot_access_share));
    if (hot_share == 1 && hot_access_share < 1)
        throw UsageError(
            fmt::format("--hot-share: 1 leaves no cold page, yet --hot-access-share is {} (its range is "
                        "0-1)",
                        hot_access_share));
}

} // namespace memory_collector::lab
