// SPDX-License-Identifier: GPL-2.0-only
#include "sink/group_by.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace memory_collector {

namespace {

using Owned = std::optional<std::string>;

void add(Number &sum, const Number &value)
{
    if (value)
        sum = sum.value_or(0) + *value;
}

void raise(Number &most, const Number &value)
{
    if (value)
        most = std::max(most.value_or(0), *value);
}

// Of its processes, some may be looked up sooner than others.
void know(Owned &known, const Text &value)
{
    if (!known && value)
        known = *value;
}

Text borrowed(const Owned &text)
{
    return text ? Text{*text} : Text{};
}

// A row with its text, which outlives the rows that it sums up.
struct Group {
    GroupRow row;
    Owned cgroup;
    Owned container;
    Owned name;
    Owned runtime;
    Owned pod;
    Owned unit;
    std::vector<std::string> flags;

    void flag(std::string_view name_of_flag)
    {
        if (std::find(flags.begin(), flags.end(), name_of_flag) == flags.end())
            flags.emplace_back(name_of_flag);
    }

    void add_numbers(const ProcessRow &process)
    {
        row.processes++;
        add(row.cpu_time_ns, process.cpu_time_ns);
        add(row.rss_bytes, process.rss_bytes);
        add(row.rss_anon_bytes, process.rss_anon_bytes);
        add(row.rss_file_bytes, process.rss_file_bytes);
        add(row.rss_shmem_bytes, process.rss_shmem_bytes);
        add(row.swap_bytes, process.swap_bytes);
        add(row.min_flt, process.min_flt);
        add(row.maj_flt, process.maj_flt);
        add(row.total_bytes, process.total_bytes);
        add(row.local_bytes, process.local_bytes);
        add(row.remote_bytes, process.remote_bytes);
        // Each line of the cache is one owner's, so means add up. The highest of
        // each were at different times, and do not.
        add(row.llc_bytes_mean, process.llc_bytes_mean);
        raise(row.llc_bytes_max, process.llc_bytes_max);
        raise(row.peak_bytes_per_s, process.peak_bytes_per_s);
        for (std::size_t i = 0; i < extra_count; i++)
            (extra_columns[i].kind == ExtraKind::peak ? raise : add)(row.extra[i], process.extra[i]);
    }
};

class GroupingSink : public Sink {
public:
    GroupingSink(GroupBy by, std::unique_ptr<Sink> next) : by_(by), next_(std::move(next)) {}

    void process(const ProcessRow &row) override
    {
        // What a container had in the whole run is the sum of its intervals.
        if (row.type != RowType::process)
            return;
        Group &group = groups_[key(row)];
        if (group.row.processes == 0) {
            group.row.type = by_ == GroupBy::cgroup ? RowType::cgroup : RowType::container;
            group.row.start_ns = row.start_ns;
            group.row.end_ns = row.end_ns;
        }
        group.add_numbers(row);
        know(group.container, row.container);
        know(group.name, row.container_name);
        know(group.runtime, row.container_runtime);
        know(group.pod, row.container || by_ == GroupBy::cgroup ? row.pod : Text{});
        if (by_ == GroupBy::cgroup) {
            know(group.cgroup, row.cgroup);
            know(group.unit, row.unit);
        }
        for (const std::string_view flag : row.flags)
            group.flag(flag);
        const bool kernel =
            std::find(row.flags.begin(), row.flags.end(), "kernel_threads") != row.flags.end();
        if (!row.cgroup && !kernel)
            group.flag("cgroup_unknown");
    }

    void group(const GroupRow &row) override { next_->group(row); }

    void domain(const DomainRow &row) override
    {
        close();
        next_->domain(row);
    }
    void soft(const SoftRow &row) override
    {
        close();
        next_->soft(row);
    }
    void interval(const IntervalRow &row) override
    {
        close();
        next_->interval(row);
    }
    void loss(const LossRow &row) override
    {
        close();
        next_->loss(row);
    }
    void fault(const FaultRow &row) override { next_->fault(row); }
    void oom(const OomRow &row) override
    {
        close();
        next_->oom(row);
    }
    void reclaim(const ReclaimRow &row) override
    {
        close();
        next_->reclaim(row);
    }
    void self(const SelfRow &row) override
    {
        close();
        next_->self(row);
    }
    void self_program(const SelfProgramRow &row) override
    {
        close();
        next_->self_program(row);
    }
    void flush() override { next_->flush(); }
    void finish() override
    {
        close();
        next_->finish();
    }

private:
    // Nothing is what all have that are in none. A name, unlike an id, is a
    // runtime's own.
    using Key = std::optional<std::pair<std::string, std::string>>;

    Key key(const ProcessRow &row) const
    {
        if (by_ == GroupBy::cgroup)
            return row.cgroup ? Key{{std::string{*row.cgroup}, ""}} : Key{};
        if (!row.container)
            return {};
        const bool named = row.container_name && *row.container_name == *row.container;
        return Key{
            {std::string{*row.container}, std::string{named ? row.container_runtime.value_or("") : ""}}};
    }

    void close()
    {
        for (auto &[key, group] : groups_) {
            GroupRow &row = group.row;
            row.cgroup = borrowed(group.cgroup);
            row.container = borrowed(group.container);
            row.container_name = borrowed(group.name);
            row.container_runtime = borrowed(group.runtime);
            row.pod = borrowed(group.pod);
            row.unit = borrowed(group.unit);
            row.flags.assign(group.flags.begin(), group.flags.end());
            next_->group(row);
        }
        groups_.clear();
    }

    GroupBy by_;
    std::unique_ptr<Sink> next_;
    // Of the open interval.
    std::map<Key, Group> groups_;
};

} // namespace

std::unique_ptr<Sink> grouped_by(GroupBy by, std::unique_ptr<Sink> sink)
{
    if (by == GroupBy::process)
        return sink;
    return std::make_unique<GroupingSink>(by, std::move(sink));
}

} // namespace memory_collector
