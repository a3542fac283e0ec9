// SPDX-License-Identifier: GPL-2.0-only
//
// The holder's pages, from outside.
#include "pool/contents.h"
#include "pool/holder.h"
#include "support/error.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <bitset>
#include <cerrno>
#include <cstring>
#include <span>
#include <utility>

namespace memory_collector::pool {

namespace {

// Documentation/admin-guide/mm/pagemap.rst
constexpr std::uint64_t is_swapped = std::uint64_t{1} << 62;
constexpr unsigned area_bits = 5;

std::string pid_text(const HolderState &holder)
{
    return std::to_string(holder.process->pid);
}

// An address in another process, as the kernel takes it.
iovec stretch(std::uint64_t address, std::uint64_t bytes)
{
    return {std::bit_cast<void *>(static_cast<std::uintptr_t>(address)), bytes};
}

[[noreturn]] void refused(const char *what, int error)
{
    std::string remedy;
    if (error == EPERM)
        remedy = "; run as root (CAP_SYS_PTRACE and CAP_SYS_NICE; and kernel.yama.ptrace_scope below 3)";
    else if (error == ENOSYS)
        remedy = "; process_madvise(2) is of Linux 5.10";
    else if (error == ESRCH || error == ENOENT) // of a process, of its files
        remedy = "; the holder has ended: memory-collector pool reset";
    throw Error(std::string{what} + ": " + error_text(error) + remedy);
}

} // namespace

HolderMemory::HolderMemory(HolderState holder)
    : holder_(std::move(holder)), page_size_(static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE))),
      pages_(holder_.bytes / page_size_)
{
    if (holder_.process)
        process_.reset(static_cast<int>(::syscall(SYS_pidfd_open, holder_.process->pid, 0)));
    if (!process_ || !lives(*holder_.process) || holder_.address == 0)
        throw Error(
            "the holder has ended, and its pages with it; memory-collector pool reset clears what is left");
}

void HolderMemory::push_out(std::uint64_t first, std::uint64_t count) const
{
    const iovec pages = stretch(holder_.address + first * page_size_, count * page_size_);
    // Less than asked for is done where pages are busy: another round gets them.
    if (::syscall(SYS_process_madvise, process_.get(), &pages, 1UL, MADV_PAGEOUT, 0U) < 0 && errno != EAGAIN)
        refused("cannot page out the holder's memory", errno);
}

void HolderMemory::read_back(std::uint64_t first, std::uint64_t count)
{
    buffer_.resize(count * page_size_);
    std::vector<std::byte> expected(page_size_);
    const std::string path = "/proc/" + pid_text(holder_) + "/mem";
    const UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!fd)
        refused("cannot open the holder's memory", errno);
    const ssize_t size = ::pread(fd.get(), buffer_.data(), buffer_.size(),
                                 static_cast<off_t>(holder_.address + first * page_size_));
    if (size < 0)
        refused("cannot read the holder's memory", errno);
    if (static_cast<std::size_t>(size) != buffer_.size())
        throw Error("page " + std::to_string(first + static_cast<std::uint64_t>(size) / page_size_) +
                    " of the holder cannot be read back; see the kernel's log (dmesg)");
    for (std::uint64_t i = 0; i < count; i++) {
        fill_page(expected, first + i, holder_.seed);
        if (std::memcmp(expected.data(), buffer_.data() + i * page_size_, page_size_) != 0)
            throw Error("page " + std::to_string(first + i) +
                        " came back other than it was; the pool's memory or its device is faulty");
    }
}

// CONFIG_PROC_PAGE_MONITOR is off: how many pages, and not which.
HolderMemory::Swapped HolderMemory::swapped_by_size() const
{
    const std::uint64_t zero = count_pages(pages_).zero;
    Swapped found;
    found.pages = std::min(swapped_bytes(holder_.process->pid).value_or(0) / page_size_, pages_);
    found.others_than_zero = found.pages > zero ? found.pages - zero : 0;
    return found;
}

HolderMemory::Swapped HolderMemory::swapped() const
{
    const std::string path = "/proc/" + pid_text(holder_) + "/pagemap";
    const UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!fd && errno == ENOENT)
        return swapped_by_size();
    if (!fd)
        refused("cannot open the holder's pagemap", errno);
    Swapped found;
    std::bitset<(1 << area_bits)> areas;
    std::array<std::uint64_t, 512> entries{};
    for (std::uint64_t done = 0; done < pages_;) {
        const std::uint64_t many = std::min<std::uint64_t>(entries.size(), pages_ - done);
        const auto at = static_cast<off_t>((holder_.address / page_size_ + done) * sizeof(std::uint64_t));
        const ssize_t size = ::pread(fd.get(), entries.data(), many * sizeof(std::uint64_t), at);
        if (size <= 0)
            refused("cannot read the holder's pagemap", size < 0 ? errno : ESRCH);
        const std::uint64_t got = static_cast<std::uint64_t>(size) / sizeof(std::uint64_t);
        for (std::uint64_t i = 0; i < got; i++) {
            if ((entries.at(i) & is_swapped) == 0)
                continue;
            found.pages++;
            found.others_than_zero += page_kind(done + i) == PageKind::zero ? 0U : 1U;
            areas.set(entries.at(i) & ((1U << area_bits) - 1));
        }
        done += got;
    }
    found.areas = static_cast<unsigned>(areas.count());
    return found;
}

} // namespace memory_collector::pool
