// SPDX-License-Identifier: GPL-2.0-only
//
// An estimate of the memory bandwidth of processes by misses of the last level cache, where the
// processor has a counter of them: each is a line that was read. Not in it are what the processor
// fetched ahead of being asked, and what it wrote back.
#include "pmu.skel.h"
#include "source/ebpf/cpu_counts.h"
#include "source/ebpf/group.h"
#include "source/ebpf/kernel_btf.h"
#include "source/ebpf/loading.h"
#include "source/ebpf/process_map.h"
#include "support/error.h"
#include "support/fd.h"

#include <spdlog/spdlog.h>

#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <optional>
#include <string_view>

namespace memory_collector::ebpf {

namespace {

struct Counter {
    std::uint32_t type = PERF_TYPE_HARDWARE;
    std::uint64_t config = PERF_COUNT_HW_CACHE_MISSES;
};

// For tests, on machines that have no such counter: page faults, which are known
// of every process, stand for misses.
Counter counter()
{
    const char *const stand_in = std::getenv("MEMORY_COLLECTOR_TEST_PMU");
    if (stand_in != nullptr && std::string_view{stand_in} == "page-faults")
        return {PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS};
    return {};
}

UniqueFd open_counter(const Counter &which, int cpu)
{
    perf_event_attr attributes{};
    attributes.size = sizeof(attributes);
    attributes.type = which.type;
    attributes.config = which.config;
    attributes.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
    return UniqueFd{static_cast<int>(
        ::syscall(SYS_perf_event_open, &attributes, -1, cpu, -1, std::uint64_t{PERF_FLAG_FD_CLOEXEC}))};
}

std::uint64_t line_bytes()
{
    const long bytes = ::sysconf(_SC_LEVEL3_CACHE_LINESIZE);
    return bytes > 0 ? static_cast<std::uint64_t>(bytes) : 64;
}

class PmuGroup : public Group {
public:
    explicit PmuGroup(const KernelBtf &btf)
    {
        const Counter which = counter();
        const int cpus = possible_cpus();
        int error = ENODEV;
        for (int cpu = 0; cpu < cpus; cpu++) {
            UniqueFd fd = open_counter(which, cpu);
            if (!fd) {
                // One that is offline has no counter now.
                if (errno != ENODEV || counters_.empty())
                    error = errno;
                continue;
            }
            counters_.emplace_back(cpu, std::move(fd));
        }
        if (counters_.empty()) {
            why_ = error == EACCES || error == EPERM
                       ? "it needs CAP_PERFMON: run it as root"
                       : "this machine has no counter of last level cache misses (" + error_text(error) +
                             "): guests of hypervisors often have none";
            return;
        }
        start(btf);
    }

    ~PmuGroup() override
    {
        if (!skeleton_)
            return;
        try {
            account();
        } catch (const std::exception &error) {
            spdlog::warn("pmu: {}", error.what());
        }
    }
    PmuGroup(const PmuGroup &) = delete;
    PmuGroup &operator=(const PmuGroup &) = delete;

    ExtraSet measured() const override { return skeleton_ ? extras(Extra::llc_miss_bytes) : ExtraSet{}; }

    std::vector<std::string> lacking() const override
    {
        return skeleton_ ? std::vector<std::string>{} : std::vector{"llc_miss_bytes is null: " + why_};
    }

    void sample(Model &model, std::span<const ProcessKey> ended) override
    {
        if (!skeleton_)
            return;
        charge_running();
        processes_->for_each([&](const ProcessKey &key, const std::uint64_t &events) {
            model.process_extra(key, Extra::llc_miss_bytes, events * line_);
        });
        processes_->forget(ended);
    }

    std::span<bpf_object *const> objects() const override { return {&object_, object_ != nullptr ? 1u : 0u}; }

private:
    struct OfCpu {
        int cpu;
        UniqueFd fd;
        OfCpu(int number, UniqueFd counter) : cpu(number), fd(std::move(counter)) {}
    };

    void start(const KernelBtf &btf)
    {
        skeleton_.reset(pmu::open(btf.options()));
        if (!skeleton_)
            fail("open the eBPF programs for cache misses", errno);
        bpf_program__set_autoattach(skeleton_->progs.pmu_runs_on, false);
        bpf_map__set_max_entries(skeleton_->maps.pmu_counters, static_cast<unsigned>(possible_cpus()));
        if (const int error = pmu::load(skeleton_.get()); error != 0)
            fail("load the eBPF programs for cache misses (Linux 5.11 can)", -error);
        const int map = bpf_map__fd(skeleton_->maps.pmu_counters);
        for (const OfCpu &each : counters_) {
            const int fd = each.fd.get();
            if (bpf_map_update_elem(map, &each.cpu, &fd, BPF_ANY) != 0)
                fail("give the eBPF programs the counter of CPU " + std::to_string(each.cpu), errno);
        }
        if (const int error = pmu::attach(skeleton_.get()); error != 0)
            fail("attach the eBPF programs for cache misses", -error);
        object_ = skeleton_->obj;
        processes_.emplace(skeleton_->maps.pmu_of_processes);
    }

    // What has the CPU all the time is never seen leaving it.
    void charge_running()
    {
        for (const OfCpu &each : counters_) {
            LIBBPF_OPTS(bpf_test_run_opts, options, .flags = BPF_F_TEST_RUN_ON_CPU,
                        .cpu = static_cast<std::uint32_t>(each.cpu));
            // One that went offline since: there is nothing to charge.
            bpf_prog_test_run_opts(bpf_program__fd(skeleton_->progs.pmu_runs_on), &options);
        }
    }

    void account() const
    {
        CpuCounts counts{skeleton_->maps.pmu_counts};
        spdlog::debug("pmu: {} events, of them {} by threads of the kernel", counts.of(MC_BPF_PMU_EVENTS),
                      counts.of(MC_BPF_PMU_KERNEL));
        if (const std::uint64_t lost = counts.of(MC_BPF_PMU_TABLE_FULL); lost != 0)
            spdlog::warn("pmu: {} cache misses are in no row: more processes than the table of them takes",
                         lost);
        if (const std::uint64_t refused = counts.of(MC_BPF_PMU_NOT_READ); refused != 0)
            spdlog::warn("pmu: a CPU's counter could not be read {} times", refused);
    }

    std::uint64_t line_ = line_bytes();
    std::string why_;
    std::vector<OfCpu> counters_;
    SkeletonPtr<pmu, pmu::destroy> skeleton_;
    bpf_object *object_ = nullptr;
    std::optional<ProcessMap<std::uint64_t>> processes_;
};

} // namespace

std::unique_ptr<Group> make_pmu_group(const KernelBtf &btf)
{
    return std::make_unique<PmuGroup>(btf);
}

} // namespace memory_collector::ebpf
