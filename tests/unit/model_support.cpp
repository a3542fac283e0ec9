// SPDX-License-Identifier: GPL-2.0-only
#include "model_support.h"

#include "sink_support.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <set>
#include <sstream>
#include <stdexcept>

namespace memory_collector::testing {

std::vector<nlohmann::json> rows_of(const std::function<void(Sink &)> &write)
{
    const std::string text = written("jsonl", write);
    std::vector<nlohmann::json> rows;
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);)
        rows.push_back(nlohmann::json::parse(line));
    return rows;
}

std::vector<nlohmann::json> of_type(const std::vector<nlohmann::json> &rows, const std::string &type)
{
    std::vector<nlohmann::json> some;
    for (const nlohmann::json &row : rows)
        if (row["type"] == type)
            some.push_back(row);
    return some;
}

ModelOptions live_options()
{
    ModelOptions options;
    options.interval_ns = 10 * ms;
    options.live = true;
    return options;
}

mc_state state_event(std::uint32_t what, std::uint64_t slot_ns)
{
    mc_state event{};
    event.slot_ns = slot_ns;
    event.interval_ns = ms;
    event.what = what;
    event.mode = MC_MODE_RDT;
    event.abi_version = MC_ABI_VERSION;
    return event;
}

mc_domain_sample domain_event(std::uint64_t slot_ns, std::uint64_t total, std::uint64_t unattributed)
{
    mc_domain_sample event{};
    event.slot_ns = slot_ns;
    event.total_bytes = total;
    event.local_bytes = total;
    event.unattributed_bytes = unattributed;
    return event;
}

mc_rdt_sample moved_event(std::uint64_t slot_ns, std::uint64_t total)
{
    mc_rdt_sample event{};
    event.slot_ns = slot_ns;
    event.start_time_ns = early_process.start_time_ns;
    event.pid = early_process.pid;
    event.total_bytes = total;
    event.local_bytes = total;
    return event;
}

const EventTable &plain_table()
{
    static const Formats::Tep tep = Formats::plain().parse();
    static const EventTable table{tep.get()};
    return table;
}

template <typename Payload>
void Simulation::emit(unsigned cpu, EventKind kind, std::uint64_t slot, const Payload &payload)
{
    emitted_[cpu]++;
    streams_[cpu].push_back({kind, slot, record_of(plain_table(), kind, payload)});
}

Simulation::Simulation(const SimulationOptions &options)
    : options_(options), random_(options.seed), streams_(options.cpus), emitted_(options.cpus, 1000),
      lives_(options.processes), domains_(options.domains)
{
    const std::uint64_t start = options.first_slot * ms;
    if (options.started)
        emit(0, EventKind::state, start, state_event(MC_STATE_STARTED, start));
    for (unsigned d = 0; d < options.domains; d++)
        domains_[d].domain = d;
    for (Life &life : lives_)
        begin_life(life, options.started ? start + 1 : 5);
    for (std::uint64_t i = 1; i <= options.slots; i++)
        slot(options.first_slot + i);
    last_ns_ = (options.first_slot + options.slots) * ms;
}

void Simulation::begin_life(Life &life, std::uint64_t now)
{
    life = Life{};
    // Few pids, so that they are used again when lives are short.
    std::uint32_t pid = 0;
    do
        pid = static_cast<std::uint32_t>(100 + births_++ % (options_.processes + 3));
    while (
        std::any_of(lives_.begin(), lives_.end(), [pid](const Life &other) { return other.key.pid == pid; }));
    life.key = {now + births_, pid};
    life.total.resize(options_.domains);
    life.local.resize(options_.domains);
}

void Simulation::slot(std::uint64_t number)
{
    const std::uint64_t now = number * ms;
    // The first CPU of a domain to come closes its slot before; any may.
    std::vector<bool> opened(options_.domains);
    // An RMID is read once per domain and slot, by the first CPU to come.
    std::set<std::pair<const Life *, unsigned>> sampled;
    std::vector<unsigned> order(options_.cpus);
    for (unsigned i = 0; i < order.size(); i++)
        order[i] = i;
    std::shuffle(order.begin(), order.end(), random_);
    for (const unsigned cpu : order) {
        const unsigned domain = cpu * options_.domains / options_.cpus;
        mc_domain_sample &sum = domains_[domain];
        if (!opened[domain]) {
            opened[domain] = true;
            if (sum.slot_ns != 0)
                emit(cpu, EventKind::domain_sample, sum.slot_ns, sum);
            sum.slot_ns = now;
            if (random_() % 4 == 0) {
                const std::uint64_t bytes = random_() % 100'000;
                sum.total_bytes += bytes;
                sum.unattributed_bytes += bytes;
                slices_.push_back({{}, domain, now, bytes});
            }
        }
        for (unsigned i = random_() % 4; i > 0; i--) {
            Life &life = lives_[random_() % lives_.size()];
            if (!sampled.emplace(&life, domain).second)
                continue;
            if (!life.known) {
                life.known = true;
                mc_process_info info{};
                info.start_time_ns = life.key.start_time_ns;
                info.pid = life.key.pid;
                std::snprintf(info.comm, sizeof(info.comm), "p%u", life.key.pid);
                emit(cpu, EventKind::process_info, 0, info);
            }
            const std::uint64_t bytes = random_() % 1'000'000;
            const std::uint64_t local = bytes / 3;
            life.total[domain] += bytes;
            life.local[domain] += local;
            life.cpu_time += random_() % ms;
            sum.total_bytes += bytes;
            sum.local_bytes += local;
            slices_.push_back({life.key, domain, now, bytes});
            mc_rdt_sample sample{};
            sample.slot_ns = now;
            sample.start_time_ns = life.key.start_time_ns;
            sample.pid = life.key.pid;
            sample.domain = domain;
            sample.total_bytes = life.total[domain];
            sample.local_bytes = life.local[domain];
            sample.occupancy_bytes = random_() % 1'000'000;
            emit(cpu, EventKind::rdt_sample, now, sample);
            mc_process_sample process{};
            process.slot_ns = now;
            process.start_time_ns = life.key.start_time_ns;
            process.pid = life.key.pid;
            process.cpu_time_ns = life.cpu_time;
            process.rss_pages = random_() % 1000 + 10;
            process.rss_anon_pages = 5;
            emit(cpu, EventKind::process_sample, now, process);
            if (options_.short_lives && random_() % 4 == 0) {
                mc_process_exit exit{};
                exit.slot_ns = now;
                exit.start_time_ns = life.key.start_time_ns;
                exit.pid = life.key.pid;
                exit.cpu_time_ns = life.cpu_time;
                emit(cpu, EventKind::process_exit, now, exit);
                begin_life(life, now + 1);
                for (unsigned d = 0; d < options_.domains; d++)
                    sampled.emplace(&life, d);
            }
        }
        mc_tick tick{};
        tick.slot_ns = now;
        tick.complete_ns = now;
        tick.events = emitted_[cpu] + 1;
        emit(cpu, EventKind::tick, now, tick);
    }
    if (number == options_.first_slot + options_.slots)
        for (unsigned d = 0; d < options_.domains; d++)
            emit(options_.cpus - 1, EventKind::domain_sample, now, domains_[d]);
}

std::uint64_t Simulation::moved(const ProcessKey &key, std::uint64_t start, std::uint64_t end) const
{
    std::uint64_t bytes = 0;
    for (const Slice &slice : slices_)
        if (slice.key == key && slice.slot > start && slice.slot <= end)
            bytes += slice.bytes;
    return bytes;
}

std::uint64_t Simulation::unattributed(std::uint32_t domain, std::uint64_t start, std::uint64_t end) const
{
    std::uint64_t bytes = 0;
    for (const Slice &slice : slices_)
        if (slice.key == ProcessKey{} && slice.domain == domain && slice.slot > start && slice.slot <= end)
            bytes += slice.bytes;
    return bytes;
}

std::vector<std::vector<BurstPage>> pages_of(const std::vector<std::vector<Event>> &streams)
{
    std::vector<std::vector<BurstPage>> all;
    for (const std::vector<Event> &stream : streams) {
        std::vector<BurstPage> pages;
        std::uint64_t slot = 0;
        std::size_t at = 0;
        while (at < stream.size()) {
            PageBuilder builder{slot};
            bool tick = false;
            while (at < stream.size() && !tick && builder.fits(stream[at].data.size())) {
                slot = std::max(slot, stream[at].slot);
                tick = stream[at].kind == EventKind::tick;
                builder.record(1, stream[at++].data);
            }
            pages.push_back({slot, builder.build()});
        }
        all.push_back(std::move(pages));
    }
    return all;
}

Feed::Feed(std::size_t cpus, std::size_t pages, const ModelOptions &options, Sink &sink)
    : model(options, sink)
{
    cursors.reserve(cpus);
    for (std::size_t i = 0; i < cpus; i++)
        cursors.emplace_back(static_cast<std::uint32_t>(i), PageFormat{}, pages, model);
}

void Feed::give(std::size_t cpu, const Bytes &page)
{
    std::memcpy(cursors[cpu].space(), page.data(), page.size());
    cursors[cpu].filled(page.size());
}

void replay_into(const std::vector<std::vector<BurstPage>> &pages, const ModelOptions &options, Sink &sink)
{
    std::size_t most = 1;
    for (const auto &cpu : pages)
        most = std::max(most, cpu.size());
    Feed feed{pages.size(), most, options, sink};
    for (std::size_t cpu = 0; cpu < pages.size(); cpu++)
        for (const BurstPage &page : pages[cpu])
            feed.give(cpu, page.page);
    Merger<RingCursor> merger{plain_table(), feed.model, feed.cursors};
    merger.run(Merger<RingCursor>::nothing);
    merger.run_rest();
    feed.model.finish(0, "end");
}

std::vector<nlohmann::json> replay(const std::vector<std::vector<BurstPage>> &pages,
                                   const ModelOptions &options)
{
    return rows_of([&](Sink &sink) { replay_into(pages, options, sink); });
}

std::vector<nlohmann::json> live(const std::vector<std::vector<BurstPage>> &pages,
                                 const ModelOptions &options, unsigned seed)
{
    return rows_of([&](Sink &sink) {
        std::mt19937 random{seed};
        Feed feed{pages.size(), 64, options, sink};
        Merger<RingCursor> merger{plain_table(), feed.model, feed.cursors};
        std::vector<std::size_t> given(pages.size());
        std::uint64_t end = 0;
        std::uint64_t now = ~std::uint64_t{0};
        for (const auto &cpu : pages) {
            end = std::max(end, cpu.back().slot);
            now = std::min(now, cpu.front().slot);
        }
        for (; now < end + 50 * ms; now += (random() % 20 + 1) * ms) {
            for (std::size_t cpu = 0; cpu < pages.size(); cpu++)
                while (given[cpu] < pages[cpu].size() && !feed.cursors[cpu].full() &&
                       pages[cpu][given[cpu]].slot + random() % 5 * ms <= now)
                    feed.give(cpu, pages[cpu][given[cpu]++].page);
            merger.run(now);
            merger.close_before(now - Merger<RingCursor>::settle_ns);
        }
        merger.run(Merger<RingCursor>::nothing);
        merger.run_rest();
        feed.model.finish(0, "end");
    });
}

} // namespace memory_collector::testing
