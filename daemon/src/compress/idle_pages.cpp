// SPDX-License-Identifier: GPL-2.0-only
//
// Idle page tracking: marks the frames of the sampled pages, and looks which
// marks are left. Reclaim is not disturbed: the kernel keeps what it knew of a
// page's use beside the mark. Of shared pages, use by other processes may be
// seen late: only this one's translations are flushed.
#include "compress/coldness.h"
#include "compress/statistics.h"
#include "support/fd.h"

#include <fcntl.h>
#include <unistd.h>

#include <map>

namespace memory_collector::compress {

namespace {

constexpr std::uint64_t frames_in_word = 64;
// linux/kernel-page-flags.h
constexpr unsigned on_lru = 5;
constexpr unsigned compound_tail = 16;
constexpr std::uint64_t most_frames_of_a_page = 512;

class IdlePages : public Coldness {
public:
    IdlePages(UniqueFd bitmap, UniqueFd flags) : bitmap_(std::move(bitmap)), flags_(std::move(flags)) {}

    std::string_view name() const override
    {
        return flushed_ ? "idle page tracking" : "idle page tracking, at most: the TLB was not flushed";
    }

    std::optional<std::string> begin(const ProcessMemory &memory, const Population &population) override
    {
        marked_.clear();
        for (const PageAt &page : population.sample) {
            const auto entry = memory.entry(page.address);
            if (!entry || entry->frame() == 0)
                continue;
            const std::uint64_t head = head_of(entry->frame());
            const std::uint64_t mark = std::uint64_t{1} << head % frames_in_word;
            // The kernel marks those on an LRU list. Whether the mark is still there does not say so: a page
            // that is always in use has lost it by now.
            if (flag(head, on_lru) &&
                ::pwrite(bitmap_.get(), &mark, sizeof(mark), place(head)) == sizeof(mark))
                marked_[page.address] = entry->frame();
        }
        if (marked_.empty())
            return "none of its pages could be marked idle";
        flushed_ = flush_translations(memory.pid());
        return std::nullopt;
    }

    std::optional<Mean> end(const ProcessMemory &memory, const Population &population, std::uint64_t) override
    {
        std::uint64_t seen = 0;
        std::uint64_t cold = 0;
        for (const auto &[address, frame] : marked_) {
            const auto entry = memory.entry(address);
            if (!entry)
                return std::nullopt;
            if (entry->frame() != frame)
                continue;
            seen++;
            if (idle(head_of(frame)))
                cold++;
        }
        if (seen == 0)
            return std::nullopt;
        Mean share = share_mean(cold, seen, population.pages());
        if (!flushed_)
            share.low = 0;
        return share;
    }

private:
    static off_t place(std::uint64_t frame)
    {
        return static_cast<off_t>(frame / frames_in_word * sizeof(std::uint64_t));
    }

    bool idle(std::uint64_t frame) const
    {
        std::uint64_t word = 0;
        return ::pread(bitmap_.get(), &word, sizeof(word), place(frame)) == sizeof(word) &&
               (word >> frame % frames_in_word & 1) != 0;
    }

    bool flag(std::uint64_t frame, unsigned bit) const
    {
        std::uint64_t flags = 0;
        const auto at = static_cast<off_t>(frame * sizeof(flags));
        return ::pread(flags_.get(), &flags, sizeof(flags), at) == sizeof(flags) && (flags >> bit & 1) != 0;
    }

    // A large page has its mark at its first frame, which lies at a multiple of its size.
    std::uint64_t head_of(std::uint64_t frame) const
    {
        for (std::uint64_t size = 2; flag(frame, compound_tail) && size <= most_frames_of_a_page; size *= 2)
            frame = frame / size * size;
        return frame;
    }

    UniqueFd bitmap_;
    UniqueFd flags_;
    std::map<std::uint64_t, std::uint64_t> marked_; // address -> frame
    bool flushed_ = false;
};

} // namespace

std::unique_ptr<Coldness> make_idle_pages(const std::string &bitmap_path, const std::string &flags_path)
{
    UniqueFd bitmap{::open(bitmap_path.c_str(), O_RDWR | O_CLOEXEC)};
    UniqueFd flags{::open(flags_path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!bitmap || !flags || zero_page_frame() == 0)
        return nullptr;
    return std::make_unique<IdlePages>(std::move(bitmap), std::move(flags));
}

} // namespace memory_collector::compress
