// SPDX-License-Identifier: GPL-2.0-only
//
// A recording of `memory-collector oom` that others wrote: told in order of time and of
// what was introduced, or refused in words.
#include "fuzz_support.h"
#include "oom/trace_reader.h"
#include "support/error.h"

#include <algorithm>
#include <set>
#include <sstream>

using namespace memory_collector;
using namespace memory_collector::oom;

namespace {

class Listener : public Observer {
public:
    void appeared(std::uint64_t time_ns, const Target &target) override
    {
        at(time_ns);
        known_.insert(target.id);
    }
    void vanished(std::uint64_t time_ns, TargetId target) override
    {
        of(time_ns, target);
        known_.erase(target);
    }
    void sampled(std::uint64_t time_ns, TargetId target, const SignalValues &) override
    {
        of(time_ns, target);
    }
    void looked(std::uint64_t time_ns, TargetId target, std::span<const ProcessSample> processes) override
    {
        of(time_ns, target);
        const auto ascending = [](const ProcessSample &a, const ProcessSample &b) { return a.pid < b.pid; };
        fuzz::require(std::is_sorted(processes.begin(), processes.end(), ascending), "pids ascend");
    }
    void killed(std::uint64_t time_ns, const Victim &) override { at(time_ns); }
    void round_ended(std::uint64_t time_ns) override { at(time_ns); }

private:
    void at(std::uint64_t time_ns)
    {
        fuzz::require(time_ns >= last_ns_, "time does not run backwards");
        last_ns_ = time_ns;
    }
    void of(std::uint64_t time_ns, TargetId target)
    {
        at(time_ns);
        fuzz::require(known_.contains(target), "a target appears before it is spoken of");
    }

    std::uint64_t last_ns_ = 0;
    std::set<TargetId> known_;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    std::istringstream input{std::string{fuzz::text_of(data, size)}};
    Listener listener;
    try {
        TraceReader reader{input, "input"};
        reader.run(listener);
    } catch (const Error &error) {
        fuzz::require(std::string_view{error.what()}.find("'input' line ") == 0, "an error names the line");
    }
    return 0;
}
