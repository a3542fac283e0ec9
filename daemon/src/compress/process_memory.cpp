// SPDX-License-Identifier: GPL-2.0-only
#include "compress/process_memory.h"

#include "compress/estimate.h"
#include "support/error.h"

#include <fcntl.h>
#include <sys/ioctl.h>

#include <array>
#include <cerrno>
#include <vector>

namespace memory_collector::compress {

namespace {

// linux/fs.h of Linux 6.7; older headers lack them.
struct ScannedRegion {
    std::uint64_t begin;
    std::uint64_t end;
    std::uint64_t categories;
};

struct ScanArguments {
    std::uint64_t size;
    std::uint64_t flags;
    std::uint64_t start;
    std::uint64_t end;
    std::uint64_t walk_end;
    std::uint64_t regions;
    std::uint64_t regions_length;
    std::uint64_t most_pages;
    std::uint64_t inverted;
    std::uint64_t mask;
    std::uint64_t any_of_mask;
    std::uint64_t return_mask;
};
static_assert(sizeof(ScanArguments) == 96);

constexpr unsigned long scan_request = _IOWR('f', 16, ScanArguments);
constexpr std::uint64_t category_file = 1 << 2;
constexpr std::uint64_t category_present = 1 << 3;
constexpr std::uint64_t category_zero_page = 1 << 5;

ProcessMemory::Failure failure_of(int error)
{
    switch (error) {
    case ENOENT:
    case ESRCH:
        return ProcessMemory::Failure::gone;
    case EACCES:
    case EPERM:
        return ProcessMemory::Failure::not_permitted;
    default:
        return ProcessMemory::Failure::other;
    }
}

} // namespace

ProcessMemory::Opened ProcessMemory::open(std::uint32_t pid)
{
    Opened opened;
    const std::string folder = "/proc/" + std::to_string(pid) + "/";
    ProcessMemory memory;
    memory.pid_ = pid;
    for (const auto &[name, fd] : {std::pair{"mem", &memory.memory_}, std::pair{"pagemap", &memory.pagemap_},
                                   std::pair{"smaps", &memory.smaps_}}) {
        fd->reset(::open((folder + name).c_str(), O_RDONLY | O_CLOEXEC));
        if (!*fd) {
            opened.error = errno;
            opened.failure = failure_of(errno);
            return opened;
        }
    }
    opened.memory = std::move(memory);
    return opened;
}

bool ProcessMemory::mappings(const std::function<void(const Mapping &)> &found) const
{
    if (::lseek(smaps_.get(), 0, SEEK_SET) != 0)
        return false;
    SmapsParser parser{found};
    std::array<char, 16384> text{};
    while (true) {
        const ssize_t size = ::read(smaps_.get(), text.data(), text.size());
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            return false;
        if (size == 0)
            break;
        parser.feed({text.data(), static_cast<std::size_t>(size)});
    }
    parser.end();
    return true;
}

std::optional<PageEntry> ProcessMemory::entry(std::uint64_t address) const
{
    PageEntry one;
    return entries(address, {&one, 1}) ? std::optional{one} : std::nullopt;
}

bool ProcessMemory::entries(std::uint64_t address, std::span<PageEntry> to) const
{
    static_assert(sizeof(PageEntry) == 8);
    const auto at = static_cast<off_t>(address / page_bytes * sizeof(PageEntry));
    const auto size = static_cast<ssize_t>(to.size_bytes());
    return ::pread(pagemap_.get(), to.data(), to.size_bytes(), at) == size;
}

bool ProcessMemory::scan(std::uint64_t begin, std::uint64_t end, bool file,
                         const std::function<void(std::uint64_t, std::uint64_t)> &found) const
{
    std::array<ScannedRegion, 256> regions{};
    ScanArguments arguments{};
    arguments.size = sizeof(arguments);
    arguments.start = begin;
    arguments.end = end;
    arguments.regions = reinterpret_cast<std::uintptr_t>(regions.data());
    arguments.regions_length = regions.size();
    // Present, of a file or not as asked for, and not the page of zeros that takes no memory.
    arguments.mask = category_present | category_file | category_zero_page;
    arguments.inverted = category_zero_page | (file ? 0 : category_file);
    arguments.return_mask = category_present;
    while (arguments.start < end) {
        arguments.walk_end = 0;
        const int count = ::ioctl(pagemap_.get(), scan_request, &arguments);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return false;
        for (int i = 0; i < count; i++)
            found(regions.at(static_cast<std::size_t>(i)).begin, regions.at(static_cast<std::size_t>(i)).end);
        if (arguments.walk_end <= arguments.start)
            return false;
        arguments.start = arguments.walk_end;
    }
    return true;
}

bool ProcessMemory::read(std::uint64_t address, std::span<std::byte> to) const
{
    return ::pread(memory_.get(), to.data(), page_bytes, static_cast<off_t>(address)) ==
           static_cast<ssize_t>(page_bytes);
}

std::string failure_text(ProcessMemory::Failure failure, int error)
{
    switch (failure) {
    case ProcessMemory::Failure::gone:
        return "there is no such process, or no more";
    case ProcessMemory::Failure::not_permitted:
        return "its memory is not for this user: run as root, or as its owner, or with CAP_SYS_PTRACE and "
               "CAP_DAC_READ_SEARCH";
    default:
        return "its memory cannot be opened: " + error_text(error);
    }
}

} // namespace memory_collector::compress
