// SPDX-License-Identifier: GPL-2.0-only
#include "lab/growth.h"
#include "lab/kinds/kinds.h"

namespace memory_collector::lab {

namespace {

class Burst : public Growth {
public:
    void add_options(Options &options) override
    {
        rate_ = 512ull << 20;
        add_rate(options);
        add_peak_and_limit(options);
        options.number("--active-ms", active_ns_, {1, 10000, Unit::milliseconds},
                       "how long the peak is held");
        options.number("--idle-ms", idle_ns_, {1, 30000, Unit::milliseconds},
                       "how long nothing is held then");
        add_allow_oom(options);
    }

protected:
    Shape shape() const override
    {
        return {.bytes_per_second = rate_,
                .peak = peak_,
                .hold_ns = active_ns_,
                .rest_ns = idle_ns_,
                .repeats = true};
    }

private:
    std::uint64_t active_ns_ = 1000 * ns_per_ms;
    std::uint64_t idle_ns_ = 2000 * ns_per_ms;
};

} // namespace

std::unique_ptr<Workload> make_burst()
{
    return std::make_unique<Burst>();
}

} // namespace memory_collector::lab
