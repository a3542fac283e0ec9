// SPDX-License-Identifier: GPL-2.0-only
//
// Processes by (pid, start time): open addressing over a slab, so that nothing
// is allocated for an event of a process already known.
#pragma once

#include "model/extra.h"

#include <memory_collector/abi.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace memory_collector {

struct ProcessKey {
    std::uint64_t start_time_ns = 0;
    std::uint32_t pid = 0;
    bool operator==(const ProcessKey &) const = default;
};

// What only /proc of the live machine knows.
struct ProcessDetails {
    std::string cmdline;
    std::string cgroup;
    std::string memory_cgroup;
    std::string container;
    std::string container_name;
    std::string container_runtime;
    std::string pod;
    std::string unit;
    // 0: not known.
    std::uint32_t ns_pid = 0;
};

// A cumulative count as of the last sample and as of the last interval's end.
struct Count {
    std::uint64_t now = 0;
    std::uint64_t before = 0;
    std::uint64_t life = 0;

    // Counts of different CPUs arrive in any order, and never run backwards.
    void raise(std::uint64_t value) { now = value > now ? value : now; }
    std::uint64_t delta() const { return now - before; }
    void close()
    {
        life += now - before;
        before = now;
    }
    void start_at(std::uint64_t value) { now = before = value; }
};

struct Occupancy {
    std::uint64_t sum = 0;
    std::uint64_t samples = 0;
    std::uint64_t max = 0;

    void add(std::uint64_t bytes)
    {
        sum += bytes;
        samples++;
        max = bytes > max ? bytes : max;
    }
    void add(const Occupancy &other)
    {
        sum += other.sum;
        samples += other.samples;
        max = other.max > max ? other.max : max;
    }
};

inline constexpr std::uint32_t no_index = ~std::uint32_t{0};

// A process's traffic and cache in one L3 domain. Its size is a power of two,
// so that its place in the table takes no multiplication.
struct alignas(128) ProcessDomain {
    // Of its process, which it is found by.
    std::uint64_t start_time_ns = 0;
    std::uint32_t pid = 0;
    std::uint32_t domain = 0;
    std::uint32_t process = no_index;
    std::uint32_t next = no_index;
    // Of the latest sample, 0 before the first. No sample is later than that of
    // an entry that belongs to no process.
    std::uint64_t last_slot = ~std::uint64_t{0};
    Count total;
    Count local;
    Occupancy occupancy;
    Occupancy occupancy_life;
};

struct alignas(64) Process {
    // What every sample touches lies in one line of the CPU's cache.
    ProcessKey key;
    std::uint32_t flags = 0;
    // Flags that all samples of the open interval had.
    std::uint32_t common_flags = ~0u;
    // The interval of the last sample, by the model's count of intervals.
    std::uint64_t active = 0;
    // Largest sum over the domains of the rates of one slot.
    std::uint64_t rate_slot = 0;
    std::uint64_t rate = 0;
    std::uint64_t peak = 0;
    std::uint32_t domains = no_index;
    // Of the first domains, found without walking the list.
    std::array<std::uint32_t, 4> near = {no_index, no_index, no_index, no_index};
    bool exited = false;     // in the open interval
    bool ended = false;      // its total is out
    bool superseded = false; // its pid is another's now
    bool in_dump = false;    // the table knew it before us
    bool counted = false;    // its process_sample counts have a baseline
    bool has_gauges = false; // in the open interval
    bool seen = false;       // in any row of this run
    bool life_total = false;
    bool life_local = false;
    bool life_counted = false;
    bool life_gauges = false;
    bool has_virtual = false;
    char comm[MC_COMM_LEN] = {};
    std::uint32_t ppid = 0;
    std::uint64_t cgroup_id = 0;
    Count cpu_time;
    Count min_flt;
    Count maj_flt;
    std::uint64_t gauge_slot = 0;
    std::uint64_t rss_pages = 0;
    std::uint64_t rss_anon_pages = 0;
    std::uint64_t rss_shmem_pages = 0;
    std::uint64_t swap_pages = 0;
    std::uint64_t virtual_pages = 0;
    std::uint32_t life_flags = 0;
    std::uint64_t life_peak = 0;
    // The latest slot when it was first found to be gone from /proc.
    std::uint64_t gone_slot = 0;
    std::uint64_t first_ns = 0;
    std::uint64_t last_ns = 0;
    std::unique_ptr<ProcessDetails> details;
    std::unique_ptr<ExtraCounts> extra;

    std::string_view comm_text() const
    {
        std::size_t length = 0;
        while (length < sizeof(comm) && comm[length] != '\0')
            length++;
        return {comm, length};
    }
};

class ProcessTable {
public:
    ProcessTable();

    // The index of a process, or no_index.
    std::uint32_t find(const ProcessKey &key) const
    {
        std::size_t at = home(key.pid);
        while (true) {
            const Place &place = places_[at];
            if (place.index == no_index)
                return no_index;
            if (place.pid == key.pid && place.start_time_ns == key.start_time_ns)
                return place.index;
            at = (at + 1) & mask_;
        }
    }

    // Adds a process that find() did not know.
    std::uint32_t add(const ProcessKey &key);
    // Forgets a process and its domains.
    void remove(std::uint32_t index);

    Process &operator[](std::uint32_t index) { return processes_[index]; }
    const Process &operator[](std::uint32_t index) const { return processes_[index]; }
    ProcessDomain &domain(std::uint32_t index) { return domains_[index]; }

    ProcessDomain *find_domain(const Process &process, std::uint32_t domain)
    {
        if (domain < process.near.size()) [[likely]] {
            const std::uint32_t index = process.near[domain];
            return index == no_index ? nullptr : &domains_[index];
        }
        for (std::uint32_t i = process.domains; i != no_index; i = domains_[i].next)
            if (domains_[i].domain == domain)
                return &domains_[i];
        return nullptr;
    }
    ProcessDomain &add_domain(std::uint32_t process, std::uint32_t domain);

    // What remember() was told last of this RMID in this domain, or of another
    // that shares its place: whose it is the entry itself says.
    ProcessDomain &recall(std::uint32_t rmid, std::uint32_t domain)
    {
        return domains_[by_rmid_[rmid_place(rmid, domain)]];
    }
    void remember(std::uint32_t rmid, const ProcessDomain &entry)
    {
        by_rmid_[rmid_place(rmid, entry.domain)] = static_cast<std::uint32_t>(&entry - domains_.data());
    }

    template <typename Visit> void for_each_domain(const Process &process, Visit &&visit)
    {
        for (std::uint32_t i = process.domains; i != no_index; i = domains_[i].next)
            visit(domains_[i]);
    }
    template <typename Visit> void for_each(Visit &&visit)
    {
        for (const Place &place : places_)
            if (place.index != no_index)
                visit(place.index, processes_[place.index]);
    }
    // Some of them: goes on from `at`, which it moves.
    template <typename Visit> void scan(std::size_t &at, std::size_t places, Visit &&visit)
    {
        for (std::size_t i = 0; i < places && i < places_.size(); i++) {
            const Place &place = places_[at++ & mask_];
            if (place.index != no_index)
                visit(place.index, processes_[place.index]);
        }
    }
    // Every process that had this pid.
    template <typename Visit> void for_each_of_pid(std::uint32_t pid, Visit &&visit)
    {
        for (std::size_t at = home(pid); places_[at].index != no_index; at = (at + 1) & mask_)
            if (places_[at].pid == pid)
                visit(places_[at].index, processes_[places_[at].index]);
    }
    std::size_t size() const { return size_; }

private:
    struct Place {
        std::uint64_t start_time_ns = 0;
        std::uint32_t pid = 0;
        std::uint32_t index = no_index;
    };

    // By pid alone, so that a pid's processes lie on one probe sequence.
    std::size_t home(std::uint32_t pid) const
    {
        return static_cast<std::size_t>((pid * 0x9E3779B97F4A7C15ull) >> shift_) & mask_;
    }
    static constexpr std::size_t rmid_places = 4096;
    static std::size_t rmid_place(std::uint32_t rmid, std::uint32_t domain)
    {
        return (rmid + std::size_t{domain} * 512) % rmid_places;
    }
    void grow();
    void place(const Place &place);

    std::vector<Place> places_;
    std::size_t mask_ = 0;
    unsigned shift_ = 0;
    std::size_t size_ = 0;
    std::vector<Process> processes_;
    std::vector<std::uint32_t> free_processes_;
    std::vector<ProcessDomain> domains_;
    std::vector<std::uint32_t> free_domains_;
    std::array<std::uint32_t, rmid_places> by_rmid_{};
};

} // namespace memory_collector
