// SPDX-License-Identifier: GPL-2.0-only
#include "pool/state.h"

#include <nlohmann/json.hpp>

#include <array>
#include <utility>

namespace memory_collector::pool {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::pair<Step, std::string_view>, 3> steps{
    {{Step::adding, "adding"}, {Step::configuring, "configuring"}, {Step::ready, "ready"}}};

std::string_view name_of(Step step)
{
    for (const auto &[one, name] : steps)
        if (one == step)
            return name;
    return "";
}

Json holder_json(const HolderState &holder)
{
    Json json{{"cgroup", holder.cgroup},   {"controller", holder.controller},
              {"address", holder.address}, {"bytes", holder.bytes},
              {"seed", holder.seed},       {"complete", holder.complete},
              {"process", nullptr}};
    if (holder.process)
        json["process"] = {{"pid", holder.process->pid}, {"start_time", holder.process->start_time}};
    return json;
}

HolderState holder_of(const Json &json)
{
    HolderState holder;
    json.at("cgroup").get_to(holder.cgroup);
    json.at("controller").get_to(holder.controller);
    json.at("address").get_to(holder.address);
    json.at("bytes").get_to(holder.bytes);
    json.at("seed").get_to(holder.seed);
    json.at("complete").get_to(holder.complete);
    if (const Json &process = json.at("process"); !process.is_null())
        holder.process =
            ProcessId{process.at("pid").get<pid_t>(), process.at("start_time").get<std::uint64_t>()};
    return holder;
}

template <typename Value> Json or_null(const std::optional<Value> &value)
{
    return value ? Json(*value) : Json(nullptr);
}

template <typename Value> std::optional<Value> optional_of(const Json &json)
{
    return json.is_null() ? std::nullopt : std::optional{json.get<Value>()};
}

PoolState state_of(const Json &json)
{
    PoolState state;
    json.at("boot_id").get_to(state.boot_id);
    const auto step = json.at("step").get<std::string>();
    bool known = false;
    for (const auto &[one, name] : steps)
        if (name == step) {
            state.step = one;
            known = true;
        }
    if (!known)
        throw Json::other_error::create(501, "no such step", nullptr);
    json.at("devices_before").get_to(state.devices_before);
    state.device = optional_of<unsigned>(json.at("device"));
    state.sequence = optional_of<std::uint64_t>(json.at("sequence"));
    json.at("added").get_to(state.added);
    json.at("former_algorithm").get_to(state.former_algorithm);
    json.at("priority").get_to(state.priority);
    json.at("peaks").at("orig_data_size").get_to(state.peaks.orig_data_size);
    json.at("peaks").at("compr_data_size").get_to(state.peaks.compr_data_size);
    if (const Json &holder = json.at("holder"); !holder.is_null())
        state.holder = holder_of(holder);
    return state;
}

} // namespace

std::string format_state(const PoolState &state)
{
    const Json json{
        {"boot_id", state.boot_id},
        {"step", name_of(state.step)},
        {"devices_before", state.devices_before},
        {"device", or_null(state.device)},
        {"sequence", or_null(state.sequence)},
        {"added", state.added},
        {"former_algorithm", state.former_algorithm},
        {"priority", state.priority},
        {"peaks",
         {{"orig_data_size", state.peaks.orig_data_size}, {"compr_data_size", state.peaks.compr_data_size}}},
        {"holder", state.holder ? holder_json(*state.holder) : Json(nullptr)}};
    return json.dump() + "\n";
}

std::optional<PoolState> parse_state(std::string_view text)
{
    try {
        return state_of(Json::parse(text));
    } catch (const Json::exception &) {
        return std::nullopt;
    }
}

} // namespace memory_collector::pool
