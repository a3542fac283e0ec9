// SPDX-License-Identifier: GPL-2.0-only
#include "compress/swap_backed.h"

#include "compress/estimate.h"
#include "support/error.h"
#include "support/fd.h"
#include "support/words.h"

#include <fcntl.h>
#include <sys/mman.h>

#include <array>
#include <cerrno>
#include <memory>
#include <optional>

namespace memory_collector::compress {

namespace {

std::string_view word(std::string_view &text)
{
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view found = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return found;
}

struct Unmap {
    void operator()(void *memory) const { ::munmap(memory, page_bytes); }
};

} // namespace

void add_tmpfs_devices(std::string_view mountinfo, DeviceSet &to)
{
    while (!mountinfo.empty()) {
        const std::size_t end = std::min(mountinfo.find('\n'), mountinfo.size());
        std::string_view line = mountinfo.substr(0, end);
        mountinfo.remove_prefix(std::min(end + 1, mountinfo.size()));
        word(line);
        word(line);
        const std::string_view device = word(line);
        const std::size_t colon = device.find(':');
        if (colon == std::string_view::npos)
            continue;
        const auto major = whole<std::uint32_t>(device.substr(0, colon));
        const auto minor = whole<std::uint32_t>(device.substr(colon + 1));
        // Optional fields, then "- TYPE". Spaces within names are escaped.
        while (!line.empty() && word(line) != "-")
            ;
        const std::string_view type = word(line);
        if (major && minor && (type == "tmpfs" || type == "devtmpfs"))
            to.emplace(*major, *minor);
    }
}

std::pair<std::uint32_t, std::uint32_t> kernel_shmem_device()
{
    void *const memory = ::mmap(nullptr, page_bytes, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        throw Error("no shared memory for a page: " + error_text(errno));
    const std::unique_ptr<void, Unmap> owner{memory};
    const auto address = reinterpret_cast<std::uintptr_t>(memory);
    std::optional<std::pair<std::uint32_t, std::uint32_t>> device;
    SmapsParser parser{[&](const Mapping &mapping) {
        if (mapping.shared && address >= mapping.begin && address < mapping.end)
            device.emplace(mapping.device_major, mapping.device_minor);
    }};
    const UniqueFd fd{::open("/proc/self/maps", O_RDONLY | O_CLOEXEC)};
    std::array<char, 4096> text{};
    ssize_t size = 0;
    while (fd && (size = ::read(fd.get(), text.data(), text.size())) > 0)
        parser.feed({text.data(), static_cast<std::size_t>(size)});
    parser.end();
    if (!device)
        throw Error("/proc/self/maps does not show a mapping of this program: " + error_text(errno) +
                    "; is /proc mounted?");
    return *device;
}

Takes takes_of(const Mapping &mapping, const DeviceSet &shmem)
{
    Takes takes;
    takes.special = !mapping.flags_known || mapping.device || mapping.hugetlb;
    takes.locked = !takes.special && mapping.locked;
    if (takes.special || takes.locked)
        return takes;
    // A private mapping of a file has anonymous pages where it was written to.
    takes.anonymous = !mapping.shared;
    takes.shmem = shmem.contains({mapping.device_major, mapping.device_minor});
    return takes;
}

} // namespace memory_collector::compress
