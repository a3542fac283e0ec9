// SPDX-License-Identifier: GPL-2.0-only
//
// clear_refs and smaps' Referenced: takes all marks of use from a process's
// pages and looks which come again. Reclaim goes by the same marks, so this is
// only done when asked for. Sums of mappings, not of sampled pages.
#include "compress/coldness.h"

#include <utility>

namespace memory_collector::compress {

namespace {

class ClearRefs : public Coldness {
public:
    explicit ClearRefs(DeviceSet shmem) : shmem_(std::move(shmem)) {}

    std::string_view name() const override
    {
        return flushed_ ? "clear_refs and Referenced"
                        : "clear_refs and Referenced, at most: the TLB was not flushed";
    }

    std::optional<std::string> begin(const ProcessMemory &memory, const Population &) override
    {
        // All: what is for anonymous memory alone passes by written pages of private files.
        auto why_not = clear_refs(memory.pid(), "1");
        flushed_ = !why_not && flush_translations(memory.pid());
        return why_not;
    }

    std::optional<Mean> end(const ProcessMemory &memory, const Population &, std::uint64_t) override
    {
        double resident = 0;
        double referenced = 0;
        const bool there = memory.mappings([&](const Mapping &mapping) {
            const Takes takes = takes_of(mapping, shmem_);
            // Pages of files beside them would count, too.
            const bool alone = takes.shmem || mapping.anonymous_bytes == mapping.resident_bytes;
            if (!takes.any() || !alone)
                return;
            resident += static_cast<double>(mapping.resident_bytes);
            referenced += static_cast<double>(mapping.referenced_bytes);
        });
        if (!there || resident == 0)
            return std::nullopt;
        const double cold = 1 - referenced / resident;
        // Every page was looked at.
        return Mean{cold, flushed_ ? cold : 0, cold};
    }

private:
    DeviceSet shmem_;
    bool flushed_ = false;
};

} // namespace

std::unique_ptr<Coldness> make_clear_refs(const DeviceSet &shmem)
{
    return std::make_unique<ClearRefs>(shmem);
}

} // namespace memory_collector::compress
