// SPDX-License-Identifier: GPL-2.0-only
#include "host/cgroup.h"

#include "support/words.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <utility>

namespace memory_collector {

namespace {

// What systemd and the file systems below allow for a name.
constexpr std::size_t most_name = 255;

struct Container {
    std::string_view runtime;
    std::string id;
};

// What scopes and folders that hold one container each begin with.
constexpr std::pair<std::string_view, std::string_view> id_prefixes[] = {
    {"docker-", "docker"},      {"libpod-", "podman"}, {"crio-", "cri-o"}, {"cri-containerd-", "containerd"},
    {"nerdctl-", "containerd"},
};

constexpr std::string_view unit_suffixes[] = {".service", ".scope", ".socket", ".mount", ".swap"};

bool hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

// Removes the prefix, if it is there.
bool take_prefix(std::string_view &text, std::string_view prefix)
{
    if (!text.starts_with(prefix))
        return false;
    text.remove_prefix(prefix.size());
    return true;
}

bool take_suffix(std::string_view &text, std::string_view suffix)
{
    if (!text.ends_with(suffix))
        return false;
    text.remove_suffix(suffix.size());
    return true;
}

std::optional<unsigned> hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f')
        return static_cast<unsigned>(c - 'a') + 10;
    return std::nullopt;
}

// systemd.unit(5): \xNN. What is no such escape, or would be a control
// character, stays as it is.
std::string unescaped(std::string_view text)
{
    std::string out;
    while (!text.empty()) {
        if (text.size() >= 4 && text.starts_with("\\x")) {
            const auto high = hex_value(text[2]);
            const auto low = hex_value(text[3]);
            if (high && low && *high * 16 + *low >= 0x20 && *high * 16 + *low != 0x7F) {
                out += static_cast<char>(*high * 16 + *low);
                text.remove_prefix(4);
                continue;
            }
        }
        out += text.front();
        text.remove_prefix(1);
    }
    return out;
}

bool is_unit(std::string_view name)
{
    constexpr std::string_view extra = ":-_.\\@";
    if (name.size() > most_name || !std::all_of(name.begin(), name.end(), [&](char c) {
            return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                   extra.find(c) != std::string_view::npos;
        }))
        return false;
    return std::any_of(std::begin(unit_suffixes), std::end(unit_suffixes), [&](std::string_view suffix) {
        return name.size() > suffix.size() && name.ends_with(suffix);
    });
}

// A uid of the API server (8-4-4-4-12 digits), or the 32 digits of the hash by
// which kubelet names the static pods of its own files. In a slice's name, where
// a dash divides levels, kubelet writes underscores.
std::string pod_uid(std::string_view text)
{
    std::string uid{text.substr(0, 37)};
    std::replace(uid.begin(), uid.end(), '_', '-');
    const bool dashed = uid.size() == 36;
    if (!dashed && uid.size() != 32)
        return {};
    for (std::size_t i = 0; i < uid.size(); i++) {
        const bool dash = dashed && (i == 8 || i == 13 || i == 18 || i == 23);
        if (dash ? uid[i] != '-' : !hex(uid[i]))
            return {};
    }
    return uid;
}

std::string pod_in(std::string_view name)
{
    if (std::string_view folder = name; take_prefix(folder, "pod"))
        return pod_uid(folder);
    if (!take_suffix(name, ".slice"))
        return {};
    constexpr std::string_view podman = "libpod_pod_";
    if (const std::size_t at = name.find(podman); at != std::string_view::npos) {
        const std::string_view id = name.substr(at + podman.size());
        return is_container_id(id) ? std::string{id} : std::string{};
    }
    constexpr std::string_view pod = "-pod";
    const std::size_t at = name.rfind(pod);
    if (at == std::string_view::npos || name.find("kubepods") == std::string_view::npos)
        return {};
    return pod_uid(name.substr(at + pod.size()));
}

// The runtime of a folder that bears nothing but an id, by the one above it.
std::string_view runtime_of_folder(std::string_view above)
{
    if (above == "docker")
        return "docker";
    // Its names for containerd's own namespaces, and pods of the cgroupfs driver.
    if (above == "default" || above == "k8s.io" || !pod_in(above).empty())
        return "containerd";
    return {};
}

std::optional<Container> by_id(std::string_view name, std::string_view above)
{
    take_suffix(name, ".scope");
    // containerd told to use systemd by one side only: SLICE:cri-containerd:ID.
    if (const std::size_t colon = name.rfind(':'); colon != std::string_view::npos) {
        const std::string_view id = name.substr(colon + 1);
        if (!is_container_id(id))
            return std::nullopt;
        const std::string_view before = name.substr(0, colon);
        const bool containerd = before == "cri-containerd" || before.ends_with(":cri-containerd");
        return Container{containerd ? "containerd" : "", std::string{id}};
    }
    const std::size_t dash = name.rfind('-');
    const std::string_view id = dash == std::string_view::npos ? name : name.substr(dash + 1);
    if (!is_container_id(id))
        return std::nullopt;
    const std::string_view prefix = name.substr(0, name.size() - id.size());
    // The monitor of a container runs outside of it.
    if (prefix.ends_with("conmon-"))
        return std::nullopt;
    if (prefix.empty())
        return Container{runtime_of_folder(above), std::string{id}};
    for (const auto &[known, runtime] : id_prefixes)
        if (prefix == known)
            return Container{runtime, std::string{id}};
    return Container{"", std::string{id}};
}

std::optional<Container> by_name(std::string_view name, std::string_view above)
{
    if (name.empty() || name.size() > most_name)
        return std::nullopt;
    if (above == "lxc" || above == "lxc.payload")
        return Container{"lxc", std::string{name}};
    if (take_prefix(name, "lxc.payload."))
        return name.empty() ? std::nullopt : std::optional{Container{"lxc", std::string{name}}};
    if (take_prefix(name, "systemd-nspawn@")) {
        if (!take_suffix(name, ".service") || name.empty())
            return std::nullopt;
        return Container{"systemd-nspawn", unescaped(name)};
    }
    if (above == "machine.slice" && take_prefix(name, "machine-")) {
        if (!take_suffix(name, ".scope") || name.empty())
            return std::nullopt;
        std::string machine = unescaped(name);
        // libvirt registers its machines in the same place.
        if (machine.starts_with("qemu-"))
            return std::nullopt;
        const std::string_view runtime = machine.starts_with("lxc-") ? "lxc" : "systemd-nspawn";
        return Container{runtime, std::move(machine)};
    }
    return std::nullopt;
}

} // namespace

bool is_container_id(std::string_view text)
{
    return text.size() == 64 && std::all_of(text.begin(), text.end(), hex);
}

namespace {

// Of a list such as "cpu,cpuacct"; v2's list is empty, and has "" only.
bool has_controller(std::string_view list, std::string_view controller)
{
    for (std::size_t at = 0; at <= list.size();) {
        const std::size_t comma = std::min(list.find(',', at), list.size());
        if (list.substr(at, comma - at) == controller)
            return true;
        at = comma + 1;
    }
    return false;
}

// Empty if there is no such hierarchy.
std::string_view hierarchy_path(std::string_view text, std::string_view controller)
{
    while (!text.empty()) {
        // cgroups(7): number:controllers:path
        const std::string_view line = next_line(text);
        const std::size_t first = line.find(':');
        const std::size_t second = first == std::string_view::npos ? first : line.find(':', first + 1);
        if (second != std::string_view::npos &&
            has_controller(line.substr(first + 1, second - first - 1), controller))
            return line.substr(second + 1);
    }
    return {};
}

constexpr std::string_view unified = "";

} // namespace

std::string cgroup_path(std::string_view text)
{
    const std::array paths{hierarchy_path(text, unified), hierarchy_path(text, "memory"),
                           hierarchy_path(text, "name=systemd")}; // in the order of preference
    for (const std::string_view path : paths)
        if (!path.empty() && path != "/")
            return std::string{path};
    for (const std::string_view path : paths)
        if (!path.empty())
            return std::string{path};
    return {};
}

std::string v1_cgroup_path(std::string_view text, std::string_view controller)
{
    return std::string{hierarchy_path(text, controller)};
}

std::string memory_cgroup_path(std::string_view text)
{
    const std::string_view memory = hierarchy_path(text, "memory");
    return std::string{memory.empty() ? hierarchy_path(text, unified) : memory};
}

CgroupPlace cgroup_place(std::string_view path)
{
    CgroupPlace place;
    // What a container is in, for those of its cgroups that are not of it.
    CgroupPlace outer;
    // The kernel's mark of a cgroup that was removed under its last processes.
    take_suffix(path, " (deleted)");
    std::string_view above;
    while (!path.empty()) {
        const std::size_t end = std::min(path.find('/'), path.size());
        std::string_view name = path.substr(0, end);
        path.remove_prefix(std::min(end + 1, path.size()));
        if (name.empty())
            continue;
        // systemd puts one before names that the kernel might want for files.
        take_prefix(name, "_");

        // In "SLICE:runtime:ID" the slice is the pod's.
        if (std::string pod = pod_in(name.substr(0, name.find(':'))); !pod.empty())
            place.pod = std::move(pod);
        auto container = by_id(name, above);
        if (!container)
            container = by_name(name, above);
        if (container) {
            outer = place;
            place.runtime = container->runtime;
            if (!place.container.empty() && !is_container_id(container->id))
                container->id.insert(0, place.container + "/");
            place.container = std::move(container->id);
        } else if (name == "supervisor" && place.runtime == "systemd-nspawn" &&
                   (above.starts_with("systemd-nspawn@") || above.starts_with("machine-"))) {
            // systemd-nspawn itself, beside its payload.
            place.runtime = outer.runtime;
            place.container = outer.container;
        }
        if (is_unit(name))
            place.unit = name;
        above = name;
    }
    return place;
}

} // namespace memory_collector
