// SPDX-License-Identifier: GPL-2.0-only
//
// `probe swap`: a line a second of what the kernel did for want of memory.
#include "probe/lines.h"
#include "probe/probe.h"
#include "probe/programs.h"
#include "source/ebpf/kernel_types.h"
#include "support/clock.h"
#include "support/error.h"

#include "probe_swap.skel.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace memory_collector::probe {

namespace {

// A tracepoint and the figures that come from it.
struct Hook {
    const char *tracepoint;
    bpf_program *program;
    std::vector<mc_probe_swap_count> figures;
};

class SwapProbe : public Probe {
public:
    explicit SwapProbe(const Settings &settings)
        : settings_(settings), skeleton_(opened<probe_swap>(settings, "swap"))
    {
        choose_programs();
        bpf_program__set_autoattach(skeleton_->progs.print_line, false);
        if (!settings.trace_pipe)
            bpf_program__set_autoload(skeleton_->progs.print_line, false);
        start(*skeleton_, settings, "swap");
        last_by_cpu_.resize(static_cast<std::size_t>(ebpf::possible_cpus()));
    }

    void second(Output &output) override
    {
        if (settings_.summary)
            return;
        SwapSecond line;
        line.ts = clock_ns(CLOCK_REALTIME) / ns_per_s;
        line.time_ns = monotonic_ns();
        ebpf::CpuCounts sums{skeleton_->maps.swap_counts};
        for (std::uint32_t i = 0; i < MC_PROBE_SWAP_COUNTS; i++) {
            if (!known_.at(i))
                continue;
            const std::uint64_t now = sums.of(i);
            line.counts.at(i) = now - before_.at(i);
            before_.at(i) = now;
        }
        read_last();
        if (last_.written != 0) {
            line.last_pid = last_.pid;
            line.last_comm = comm_of(last_.comm);
        }
        line_.clear();
        append_swap(line_, settings_.format, line);
        if (settings_.trace_pipe)
            print();
        else
            output.row(line_);
    }

    Account finish(Output &output) override
    {
        probe_swap::detach(skeleton_.get());
        if (settings_.summary)
            summarize(output);
        Account account = account_of(skeleton_->maps.probe_counts, {});
        for (const Hook &hook : hooks())
            account.missed += account_of(skeleton_->maps.probe_counts, {hook.program}).missed;
        return account;
    }

private:
    std::vector<Hook> hooks() const
    {
        const auto &programs = skeleton_->progs;
        return {
            {"mm_vmscan_kswapd_wake", programs.kswapd_wakes, {MC_PROBE_KSWAPD_WAKE}},
            {"mm_vmscan_kswapd_sleep", programs.kswapd_sleeps, {MC_PROBE_KSWAPD_SLEEP}},
            {"mm_vmscan_direct_reclaim_begin", programs.direct_begins, {MC_PROBE_DIRECT_BEGIN}},
            {"mm_vmscan_direct_reclaim_end",
             programs.direct_ends,
             {MC_PROBE_DIRECT_END, MC_PROBE_DIRECT_PAGES, MC_PROBE_DIRECT_NS}},
            {"mm_vmscan_write_folio", programs.writes_folio, {MC_PROBE_WRITE_FOLIO}},
            {"mm_vmscan_writepage", programs.writes_page, {MC_PROBE_WRITE_FOLIO}},
            {"mm_vmscan_memcg_reclaim_begin", programs.memcg_begins, {MC_PROBE_MEMCG_BEGIN}},
            {"mm_vmscan_memcg_reclaim_end",
             programs.memcg_ends,
             {MC_PROBE_MEMCG_END, MC_PROBE_MEMCG_PAGES, MC_PROBE_MEMCG_NS}},
        };
    }

    void choose_programs()
    {
        const ebpf::KernelTypes kernel;
        for (const Hook &hook : hooks()) {
            const bool there = kernel.has_tracepoint(hook.tracepoint);
            bpf_program__set_autoload(hook.program, there);
            for (const mc_probe_swap_count figure : hook.figures)
                known_.at(figure) = known_.at(figure) || there;
        }
        for (const Hook &hook : hooks())
            if (!kernel.has_tracepoint(hook.tracepoint) && !known_.at(hook.figures.front()))
                spdlog::warn("this kernel has no tracepoint vmscan:{}: what it would tell is {}",
                             hook.tracepoint, settings_.format == Format::text ? "\"-\"" : "null");
        if (std::none_of(known_.begin(), known_.end(), [](bool known) { return known; }))
            throw Error("this kernel has none of the tracepoints of vmscan, which probe swap counts; "
                        "its counts since boot are in /proc/vmstat");
    }

    // The latest of all CPUs, and only what was not being written at that moment.
    void read_last()
    {
        const std::uint32_t zero = 0;
        const int map = bpf_map__fd(skeleton_->maps.swap_last);
        for (int attempt = 0; attempt < 10; attempt++) {
            if (bpf_map_lookup_elem(map, &zero, last_by_cpu_.data()) != 0)
                ebpf::fail("read who last reclaimed", errno);
            bool whole = true;
            for (const mc_probe_last &last : last_by_cpu_) {
                if (last.written != last.begun)
                    whole = false;
                else if (last.time_ns > last_.time_ns)
                    last_ = last;
            }
            if (whole)
                return;
        }
    }

    void print()
    {
        auto &text = skeleton_->bss->trace_line;
        const std::size_t length = std::min(line_.size() - 1, sizeof(text) - 1);
        std::copy_n(line_.begin(), length, text);
        text[length] = '\0';
        LIBBPF_OPTS(bpf_test_run_opts, options);
        if (bpf_prog_test_run_opts(bpf_program__fd(skeleton_->progs.print_line), &options) != 0)
            ebpf::fail("run the eBPF program that prints to the trace pipe", errno);
    }

    void summarize(Output &output)
    {
        each_process<mc_probe_reclaims>(
            skeleton_->maps.probe_reclaims,
            [&](const mc_probe_process_key &key, const mc_probe_reclaims &reclaims) {
                const std::array<Column, 6> columns{{
                    {"direct", reclaims.direct},
                    {"direct_pages", reclaims.direct_pages},
                    {"direct_ns", reclaims.direct_ns},
                    {"memcg", reclaims.memcg},
                    {"memcg_pages", reclaims.memcg_pages},
                    {"memcg_ns", reclaims.memcg_ns},
                }};
                line_.clear();
                append_process(line_, settings_.format, "swap_summary",
                               {key.pid, key.start_time_ns, comm_of(reclaims.comm)}, columns);
                output.row(line_);
            });
        line_.clear();
        const bpf_map *map = skeleton_->maps.probe_histogram;
        append_histogram(line_, settings_.format, "direct_reclaim", histogram_of(map, MC_PROBE_DIRECT));
        append_histogram(line_, settings_.format, "memcg_reclaim", histogram_of(map, MC_PROBE_MEMCG));
        if (!line_.empty())
            output.row(line_);
    }

    Settings settings_;
    Owned<probe_swap> skeleton_;
    std::array<bool, MC_PROBE_SWAP_COUNTS> known_{};
    std::array<std::uint64_t, MC_PROBE_SWAP_COUNTS> before_{};
    std::vector<mc_probe_last> last_by_cpu_;
    mc_probe_last last_{};
    std::string line_;
};

} // namespace

std::unique_ptr<Probe> make_swap_probe(const Settings &settings)
{
    return std::make_unique<SwapProbe>(settings);
}

} // namespace memory_collector::probe
