// SPDX-License-Identifier: GPL-2.0-only
#include "lab/growth.h"
#include "lab/kinds/kinds.h"

namespace memory_collector::lab {

namespace {

class Leak : public Growth {
public:
    void add_options(Options &options) override
    {
        limit_ = 256ull << 20;
        add_rate(options);
        add_limit(options, "where it stops growing, all workers together");
        add_allow_oom(options);
    }

protected:
    Shape shape() const override { return {.bytes_per_second = rate_, .peak = limit_}; }
};

} // namespace

std::unique_ptr<Workload> make_leak()
{
    return std::make_unique<Leak>();
}

} // namespace memory_collector::lab
