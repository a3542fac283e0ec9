// SPDX-License-Identifier: GPL-2.0-only
#include "lab/growth.h"
#include "lab/kinds/kinds.h"

namespace memory_collector::lab {

namespace {

class Sawtooth : public Growth {
public:
    void add_options(Options &options) override
    {
        rate_ = 128ull << 20;
        add_rate(options);
        add_peak_and_limit(options);
        add_allow_oom(options);
    }

protected:
    Shape shape() const override { return {.bytes_per_second = rate_, .peak = peak_, .repeats = true}; }
};

} // namespace

std::unique_ptr<Workload> make_sawtooth()
{
    return std::make_unique<Sawtooth>();
}

} // namespace memory_collector::lab
