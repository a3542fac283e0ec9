// SPDX-License-Identifier: GPL-2.0-only
//
// The options that `compress sample` and `compress recommend` share, and the
// way through the processes that they choose.
#pragma once

#include "compress/process_choice.h"
#include "compress/sampler.h"
#include "sink/output.h"

#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace memory_collector {

class CompressSampling {
public:
    void add_to(CLI::App &app);

    // Writes a row or some lines of each process, as it is sampled. Returns the exit code: failed if
    // a process asked for by pid, or every one, could not be sampled.
    using Show = std::function<std::string(const compress::SampledProcess &, bool table)>;
    int run(const Show &show);

private:
    void check();
    int sample_all(compress::Sampler &sampler, const std::vector<std::uint32_t> &pids, Output &output,
                   const Show &show);

    std::vector<std::uint32_t> pids_;
    std::string cgroup_;
    bool all_ = false;
    std::string format_;
    std::string output_;
    std::string settings_ = "lz4-fast-1,lz4-hc-9,zstd-1,zstd-3";
    std::size_t pages_ = compress::default_sampled_pages;
    std::uint64_t seed_ = 1;
    std::string coldness_ = "auto";
    bool clear_refs_ = false;
    std::string cold_after_ = "5s";
    std::string max_cpu_ = "1%";

    compress::SamplerOptions options_;
};

} // namespace memory_collector
