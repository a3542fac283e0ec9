// SPDX-License-Identifier: GPL-2.0-only
//
// Which pages were not used for a while: each way that a kernel offers to see
// that. All see what happens between begin() and end(), so both come before
// this program reads a page: reading is a use.
#pragma once

#include "compress/estimate.h"
#include "compress/population.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace memory_collector::compress {

class Coldness {
public:
    virtual ~Coldness() = default;

    virtual std::string_view name() const = 0;
    // From now on. Why not, if it cannot be seen of this process.
    virtual std::optional<std::string> begin(const ProcessMemory &memory, const Population &population) = 0;
    // How long to wait between the two, to know what was not used for this time.
    virtual std::uint64_t watch_ns(std::uint64_t cold_after_ns) const { return cold_after_ns; }
    // The share of pages that were not used for this time; nothing if that cannot be told any more.
    virtual std::optional<Mean> end(const ProcessMemory &memory, const Population &population,
                                    std::uint64_t cold_after_ns) = 0;
};

// What a user can ask for.
enum class ColdnessKind : std::uint8_t { automatic, idle, damon, soft_dirty, clear_refs, none };

struct ColdnessChoice {
    std::unique_ptr<Coldness> source;
    std::string why_not; // if there is no source
};

// Automatic is the first that this kernel has of those that leave reclaim alone: idle page
// tracking, soft-dirty.
ColdnessChoice choose_coldness(ColdnessKind kind, const DeviceSet &shmem);

// What this kernel has for this user.
struct ColdnessOffer {
    std::string name;       // as --coldness takes it
    bool by_itself = false; // --coldness auto may take it
};
std::vector<ColdnessOffer> coldness_offers();

// Each is in a file of its own; nothing if this kernel does not have it, or not for us.
std::unique_ptr<Coldness> make_idle_pages(const std::string &bitmap = "/sys/kernel/mm/page_idle/bitmap",
                                          const std::string &flags = "/proc/kpageflags");
ColdnessChoice choose_damon();
std::unique_ptr<Coldness> make_soft_dirty();
std::unique_ptr<Coldness> make_clear_refs(const DeviceSet &shmem);

// Writes to /proc/PID/clear_refs. Why not, if it cannot.
std::optional<std::string> clear_refs(std::uint32_t pid, std::string_view what);

// A CPU that holds a page's translation in its TLB uses the page without marking it, and neither
// writing 1 to clear_refs nor to idle page tracking's bitmap takes it from there (x86 and arm64, 5.12
// and later). Writing 4 does, also without CONFIG_MEM_SOFT_DIRTY; with it, soft-dirty marks go, too.
// False: the kernel does not do it, and use may stay unseen.
bool flush_translations(std::uint32_t pid);

} // namespace memory_collector::compress
