// SPDX-License-Identifier: GPL-2.0-only
//
// A module that is simulated: streams of events per CPU by the rules of abi.h,
// with everything that moved known; and ways to feed them to the model.
#pragma once

#include "model/model.h"
#include "source/event_table.h"
#include "source/merger.h"
#include "source/ring_cursor.h"
#include "trace_support.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace memory_collector::testing {

inline constexpr std::uint64_t ms = 1'000'000;

// What a sink wrote: one JSON value per row.
std::vector<nlohmann::json> rows_of(const std::function<void(Sink &)> &write);
std::vector<nlohmann::json> of_type(const std::vector<nlohmann::json> &rows, const std::string &type);

// For a model alone: a live one with intervals of 10 ms; events of RDT mode and slots of a millisecond, of
// domain 0 and a process that began long before, all bytes local.
ModelOptions live_options();
mc_state state_event(std::uint32_t what, std::uint64_t slot_ns);
mc_domain_sample domain_event(std::uint64_t slot_ns, std::uint64_t total, std::uint64_t unattributed);
inline constexpr ProcessKey early_process{5, 100};
mc_rdt_sample moved_event(std::uint64_t slot_ns, std::uint64_t total);

const EventTable &plain_table();

struct Event {
    EventKind kind;
    std::uint64_t slot;
    Bytes data;
};

struct SimulationOptions {
    unsigned cpus = 4;
    unsigned domains = 2;
    unsigned processes = 12;
    std::uint64_t slots = 60;
    std::uint64_t first_slot = 1000;
    unsigned seed = 1;
    bool started = true;      // the streams begin with STARTED
    bool short_lives = false; // processes end and pids are used again
};

class Simulation {
public:
    explicit Simulation(const SimulationOptions &options);

    const std::vector<std::vector<Event>> &streams() const { return streams_; }
    // Bytes of (pid, start time) in samples of start < slot <= end.
    std::uint64_t moved(const ProcessKey &key, std::uint64_t start, std::uint64_t end) const;
    std::uint64_t unattributed(std::uint32_t domain, std::uint64_t start, std::uint64_t end) const;
    std::uint64_t last_slot_ns() const { return last_ns_; }

private:
    struct Life {
        ProcessKey key;
        std::vector<std::uint64_t> total, local;
        std::uint64_t cpu_time = 0;
        bool known = false;
    };
    struct Slice {
        ProcessKey key;
        std::uint32_t domain;
        std::uint64_t slot;
        std::uint64_t bytes;
    };

    void slot(std::uint64_t number);
    void begin_life(Life &life, std::uint64_t now);
    template <typename Payload>
    void emit(unsigned cpu, EventKind kind, std::uint64_t slot, const Payload &payload);

    SimulationOptions options_;
    std::mt19937 random_;
    std::vector<std::vector<Event>> streams_;
    std::vector<std::uint64_t> emitted_;
    std::vector<Life> lives_;
    std::vector<mc_domain_sample> domains_;
    std::vector<Slice> slices_;
    std::uint64_t last_ns_ = 0;
    std::uint64_t births_ = 0;
};

// A page per burst, so that a page can be delivered as the kernel would.
struct BurstPage {
    std::uint64_t slot;
    Bytes page;
};
std::vector<std::vector<BurstPage>> pages_of(const std::vector<std::vector<Event>> &streams);

// A model and the CPUs' cursors that feed it.
struct Feed {
    Feed(std::size_t cpus, std::size_t pages, const ModelOptions &options, Sink &sink);
    void give(std::size_t cpu, const Bytes &page);

    Model model;
    std::vector<RingCursor> cursors;
};

// All at once, as of a recording.
void replay_into(const std::vector<std::vector<BurstPage>> &pages, const ModelOptions &options, Sink &sink);
std::vector<nlohmann::json> replay(const std::vector<std::vector<BurstPage>> &pages,
                                   const ModelOptions &options);
// As live: pages become readable at their slot and up to 5 ms later, CPUs in
// any order.
std::vector<nlohmann::json> live(const std::vector<std::vector<BurstPage>> &pages,
                                 const ModelOptions &options, unsigned seed);

} // namespace memory_collector::testing
