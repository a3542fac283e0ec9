// SPDX-License-Identifier: GPL-2.0-only
//
// Soft-dirty: the kernel notes which pages a process writes to, by a fault at
// the first write after the notes were cleared. What is only read it does not
// see, so the pages it shows as unused are the most that can be.
#include "compress/coldness.h"
#include "compress/statistics.h"
#include "support/fd.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>

namespace memory_collector::compress {

namespace {

// A program's own mappings are marked from their begin, where there are such marks.
bool kernel_has_it()
{
    bool has = false;
    SmapsParser parser{[&](const Mapping &mapping) { has |= mapping.soft_dirty; }};
    const UniqueFd fd{::open("/proc/self/smaps", O_RDONLY | O_CLOEXEC)};
    std::array<char, 4096> text{};
    ssize_t size = 0;
    while (fd && (size = ::read(fd.get(), text.data(), text.size())) > 0)
        parser.feed({text.data(), static_cast<std::size_t>(size)});
    parser.end();
    return has;
}

class SoftDirty : public Coldness {
public:
    std::string_view name() const override
    {
        return "soft-dirty: pages that are not written to; those only read may be among them";
    }

    std::optional<std::string> begin(const ProcessMemory &memory, const Population &) override
    {
        return clear_refs(memory.pid(), "4");
    }

    std::optional<Mean> end(const ProcessMemory &memory, const Population &population, std::uint64_t) override
    {
        std::uint64_t seen = 0;
        std::uint64_t unwritten = 0;
        for (const PageAt &page : population.sample) {
            const auto entry = memory.entry(page.address);
            if (!entry)
                return std::nullopt;
            if (!entry->present())
                continue;
            seen++;
            if (!entry->soft_dirty())
                unwritten++;
        }
        if (seen == 0)
            return std::nullopt;
        Mean share = share_mean(unwritten, seen, population.pages());
        share.low = 0;
        return share;
    }
};

} // namespace

std::unique_ptr<Coldness> make_soft_dirty()
{
    return kernel_has_it() ? std::make_unique<SoftDirty>() : nullptr;
}

} // namespace memory_collector::compress
