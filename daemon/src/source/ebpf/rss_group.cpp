// SPDX-License-Identifier: GPL-2.0-only
//
// The most memory that processes held between two looks.
#include "rss_events.skel.h"
#include "source/ebpf/cpu_counts.h"
#include "source/ebpf/group.h"
#include "source/ebpf/kernel_btf.h"
#include "source/ebpf/loading.h"
#include "source/ebpf/peak.h"
#include "source/ebpf/process_map.h"

#include <spdlog/spdlog.h>

#include <unistd.h>

#include <cerrno>
#include <optional>

namespace memory_collector::ebpf {

namespace {

class RssGroup : public Group {
public:
    explicit RssGroup(const KernelBtf &btf)
        : page_(static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE))),
          skeleton_(rss_events::open(btf.options()))
    {
        if (!skeleton_)
            fail("open the eBPF programs for changes of memory", errno);
        skeleton_->rodata->possible_cpus = static_cast<unsigned>(possible_cpus());
        if (const int error = rss_events::load(skeleton_.get()); error != 0)
            fail("load the eBPF programs for changes of memory", -error);
        // From here on each change is seen; then all that do not change.
        if (const int error = rss_events::attach(skeleton_.get()); error != 0)
            fail("attach the eBPF programs for changes of memory", -error);
        run_iterator(bpf_link__fd(skeleton_->links.rss_seed));
        object_ = skeleton_->obj;
        processes_.emplace(skeleton_->maps.rss_of_processes);
    }

    ~RssGroup() override
    {
        try {
            account();
        } catch (const std::exception &error) {
            spdlog::warn("rss: {}", error.what());
        }
    }
    RssGroup(const RssGroup &) = delete;
    RssGroup &operator=(const RssGroup &) = delete;

    ExtraSet measured() const override { return extras(Extra::rss_peak_bytes); }

    void sample(Model &model, std::span<const ProcessKey> ended) override
    {
        const std::uint64_t over = skeleton_->data->interval;
        skeleton_->data->interval = over + 1;
        processes_->for_each([&](const ProcessKey &key, const mc_bpf_rss &value) {
            const std::uint64_t held =
                value.pages[0] + value.pages[1] + value.pages[3]; // without what is swapped out
            model.process_extra(key, Extra::rss_peak_bytes, most_in(value.peak, over, held) * page_);
        });
        processes_->forget(ended);
    }

    std::span<bpf_object *const> objects() const override { return {&object_, 1}; }

private:
    void account() const
    {
        CpuCounts counts{skeleton_->maps.rss_counts};
        spdlog::debug("rss: {} changes of memory charged to processes, {} of memory that is no process's",
                      counts.of(MC_BPF_RSS_CHARGED), counts.of(MC_BPF_RSS_OWNERLESS));
        if (const std::uint64_t lost = counts.of(MC_BPF_RSS_TABLE_FULL); lost != 0)
            spdlog::warn("rss: {} changes of memory are in no row: more processes than the table of "
                         "them takes",
                         lost);
    }

    std::uint64_t page_;
    SkeletonPtr<rss_events, rss_events::destroy> skeleton_;
    bpf_object *object_ = nullptr;
    std::optional<ProcessMap<mc_bpf_rss>> processes_;
};

} // namespace

std::unique_ptr<Group> make_rss_group(const KernelBtf &btf)
{
    return std::make_unique<RssGroup>(btf);
}

} // namespace memory_collector::ebpf
