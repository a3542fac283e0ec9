// SPDX-License-Identifier: GPL-2.0-only
#include "sink/group_by.h"

#include "sink/forwarding_sink.h"

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

template <typename Value> void raise(std::optional<Value> &most, const std::optional<Value> &value)
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
            if (extra_columns[i].kind == ExtraKind::peak)
                raise(row.extra[i], process.extra[i]);
            else
                add(row.extra[i], process.extra[i]);
        for (std::size_t i = 0; i < row.oom.within.size(); i++)
            raise(row.oom.within[i], process.oom.within[i]);
        if (process.oom.expected_s)
            row.oom.expected_s =
                std::min(row.oom.expected_s.value_or(*process.oom.expected_s), *process.oom.expected_s);
    }
};

class GroupingSink : public ForwardingSink {
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

protected:
    Sink &next() override { return *next_; }
    void processes_done() override { close(); }

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
