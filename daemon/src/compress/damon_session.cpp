// SPDX-License-Identifier: GPL-2.0-only
#include "compress/damon_session.h"

#include "host/host_paths.h"
#include "support/error.h"
#include "support/files.h"
#include "support/sysfs_file.h"
#include "support/words.h"

#include <nlohmann/json.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <utility>
#include <vector>

namespace memory_collector::compress {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char *in_use = "DAMON is in use by another program";

// Empty if there is no such file.
std::string word_of(const std::string &path)
{
    return std::string{trimmed(read_file(path, 256))};
}

// 0 if there is none.
std::uint64_t inode_of(const std::string &path)
{
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

// What is written to a new kdamond, a path and a text each: it watches this process then.
std::vector<std::pair<std::string, std::string>> steps(const std::string &kdamond, std::uint32_t pid)
{
    const std::string context = kdamond + "/contexts/0";
    const std::string most = std::to_string(~std::uint64_t{0});
    const std::string most_count = "4294967295";
    const std::string pattern = context + "/schemes/0/access_pattern/";
    return {{kdamond + "/contexts/nr_contexts", "1"},
            {context + "/operations", "vaddr"},
            {context + "/monitoring_attrs/intervals/sample_us", std::to_string(damon_sample_us)},
            {context + "/monitoring_attrs/intervals/aggr_us", std::to_string(damon_aggregate_us)},
            {context + "/monitoring_attrs/nr_regions/max", "400"},
            {context + "/monitoring_attrs/nr_regions/min", "100"},
            {context + "/targets/nr_targets", "1"},
            {context + "/targets/0/pid_target", std::to_string(pid)},
            {context + "/schemes/nr_schemes", "1"},
            {context + "/schemes/0/action", "stat"},
            {pattern + "sz/max", most},
            {pattern + "nr_accesses/max", most_count},
            {pattern + "age/max", most_count},
            {kdamond + "/state", "on"}};
}

} // namespace

std::string format_damon_state(const DamonState &state)
{
    const Json json{{"boot_id", state.boot_id},
                    {"sampler", {{"pid", state.sampler.pid}, {"start_time", state.sampler.start_time}}},
                    {"kdamond", state.kdamond}};
    return json.dump() + "\n";
}

std::optional<DamonState> parse_damon_state(std::string_view text)
{
    try {
        const Json json = Json::parse(text);
        const Json &sampler = json.at("sampler");
        return DamonState{json.at("boot_id").get<std::string>(),
                          {sampler.at("pid").get<pid_t>(), sampler.at("start_time").get<std::uint64_t>()},
                          json.at("kdamond").get<std::uint64_t>()};
    } catch (const Json::exception &) {
        return std::nullopt;
    }
}

DamonSession::DamonSession(std::string folder, std::string run_folder)
    : folder_(std::move(folder)),
      state_(std::move(run_folder), "damon", "memory-collector compress", RunState::Lock::at_once)
{
    if (kdamonds() != 0) {
        const auto text = state_.read();
        const auto state = text ? parse_damon_state(*text) : std::nullopt;
        if (!state || !left_by(*state))
            throw Error(in_use);
        take_away();
        if (kdamonds() != 0)
            throw Error("DAMON still watches for a 'memory-collector' that was killed, and cannot be "
                        "stopped: write 0 "
                        "to " +
                        folder_ + "/nr_kdamonds");
    }
    state_.remove();
}

std::uint64_t DamonSession::kdamonds() const
{
    return whole<std::uint64_t>(word_of(folder_ + "/nr_kdamonds")).value_or(0);
}

bool DamonSession::left_by(const DamonState &state) const
{
    if (state.boot_id != boot_id() || lives(state.sampler) || kdamonds() != 1)
        return false;
    if (state.kdamond != 0)
        return inode_of(kdamond()) == state.kdamond;
    // It was killed between making a kdamond and noting which: nobody has told that one anything yet.
    const std::string contexts = word_of(kdamond() + "/contexts/nr_contexts");
    return contexts.empty() || contexts == "0";
}

void DamonSession::take_away() const
{
    write_sysfs(kdamond() + "/state", "off");
    write_sysfs(folder_ + "/nr_kdamonds", "0");
}

void DamonSession::note(std::uint64_t kdamond) const
{
    const auto self = process_id(::getpid());
    if (!self)
        throw Error("cannot read '/proc/self/stat': is /proc mounted?");
    state_.write(format_damon_state({boot_id(), *self, kdamond}));
}

bool DamonSession::make()
{
    note(0);
    if (write_sysfs(folder_ + "/nr_kdamonds", "1") != 0) {
        state_.remove();
        return false;
    }
    ours_ = true;
    note(inode_of(kdamond()));
    return true;
}

bool DamonSession::watches_processes()
{
    const std::string context = kdamond() + "/contexts";
    const bool has = make() && write_sysfs(context + "/nr_contexts", "1") == 0 &&
                     read_file(context + "/0/avail_operations", 256).find("vaddr") != std::string::npos;
    stop();
    return has;
}

std::optional<std::string> DamonSession::start(std::uint32_t pid)
{
    if (kdamonds() != 0)
        return in_use;
    try {
        if (!make())
            return "DAMON makes no kdamond";
    } catch (const Error &error) {
        stop();
        return error.what();
    }
    for (const auto &[path, text] : steps(kdamond(), pid))
        if (const int error = write_sysfs(path, text); error != 0) {
            std::string reason = "DAMON does not take '";
            reason.append(text).append("' in ").append(path).append(": ").append(error_text(error));
            stop();
            return reason;
        }
    return std::nullopt;
}

bool DamonSession::update_regions() const
{
    return write_sysfs(kdamond() + "/state", "update_schemes_tried_regions") == 0;
}

void DamonSession::stop()
{
    if (!ours_)
        return;
    ours_ = false;
    take_away();
    try {
        state_.remove();
    } catch (const Error &) {
        // The next one sees that there is nothing left to take away.
        return;
    }
}

} // namespace memory_collector::compress
