// SPDX-License-Identifier: GPL-2.0-only
#include "host/container_names.h"

#include "host/cgroup.h"
#include "support/clock.h"
#include "support/fd.h"

#include <nlohmann/json.hpp>

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace memory_collector {

namespace {

using nlohmann::json;

constexpr std::uint64_t answer_kept_ns = 30 * ns_per_s;
// More containers than a machine runs at a time; past it the cache begins anew.
constexpr std::size_t most_answers = 4096;
// Of one container: some ten KiB. Of all: some two KiB for each.
constexpr std::size_t most_record = std::size_t{1} << 20;
constexpr std::size_t most_listing = std::size_t{8} << 20;
constexpr std::size_t most_name = 1024;

// Podman and CRI-O keep theirs by the driver of the storage. Those of containers
// that a reboot forgets are beside the others.
constexpr const char *listings[] = {
    "/var/lib/containers/storage/overlay-containers/containers.json",
    "/var/lib/containers/storage/overlay-containers/volatile-containers.json",
    "/var/lib/containers/storage/vfs-containers/containers.json",
    "/var/lib/containers/storage/btrfs-containers/containers.json",
    "/var/lib/containers/storage/zfs-containers/containers.json",
};

// Where containerd's shims run, by containerd's namespace.
constexpr const char *bundles[] = {
    "/run/containerd/io.containerd.runtime.v2.task/k8s.io/",
    "/run/containerd/io.containerd.runtime.v2.task/default/",
    "/run/k3s/containerd/io.containerd.runtime.v2.task/k8s.io/",
};

// Only a file, and only one that root or we ourselves wrote: never what someone
// else put there for us to open.
UniqueFd open_record(const HostPaths &host, const std::string &path, struct stat &status)
{
    UniqueFd fd{::open(host.at(path).c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)};
    if (!fd || ::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode) ||
        (status.st_uid != 0 && status.st_uid != ::geteuid()))
        return {};
    return fd;
}

// The whole of a file, or nothing: half a record is none.
json parsed(const UniqueFd &fd, std::size_t most)
{
    std::string text;
    std::array<char, 16384> buffer{};
    while (true) {
        const ssize_t size = ::read(fd.get(), buffer.data(), buffer.size());
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0 || text.size() + static_cast<std::size_t>(size) > most)
            return {};
        if (size == 0)
            break;
        text.append(buffer.data(), static_cast<std::size_t>(size));
    }
    json value = json::parse(text, nullptr, false);
    return value.is_discarded() ? json{} : value;
}

json record(const HostPaths &host, const std::string &path)
{
    struct stat status {};
    const UniqueFd fd = open_record(host, path, status);
    return fd ? parsed(fd, most_record) : json{};
}

// Empty if there is no such text.
std::string text_at(const json &object, const char *key)
{
    if (!object.is_object())
        return {};
    const auto found = object.find(key);
    if (found == object.end() || !found->is_string())
        return {};
    const auto &text = found->get_ref<const std::string &>();
    return text.size() <= most_name ? text : std::string{};
}

// docker writes the name as a path of one level.
std::string docker_name(const HostPaths &host, const std::string &id)
{
    std::string name = text_at(record(host, "/var/lib/docker/containers/" + id + "/config.v2.json"), "Name");
    if (name.starts_with('/'))
        name.erase(0, 1);
    return name;
}

// The specification that the container was started by: NAMESPACE/POD/CONTAINER
// of Kubernetes, NAMESPACE/POD of what holds the pod's namespaces, or the name
// that nerdctl gave.
std::string bundle_name(const HostPaths &host, const std::string &bundle)
{
    const json spec = record(host, bundle + "/config.json");
    if (!spec.is_object())
        return {};
    const auto annotations = spec.find("annotations");
    if (annotations == spec.end())
        return {};
    std::string name;
    for (const char *const key : {"io.kubernetes.cri.sandbox-namespace", "io.kubernetes.cri.sandbox-name",
                                  "io.kubernetes.cri.container-name"})
        if (const std::string part = text_at(*annotations, key); !part.empty())
            name += (name.empty() ? "" : "/") + part;
    return name.empty() ? text_at(*annotations, "nerdctl/name") : name;
}

} // namespace

const ContainerNames::Listing &ContainerNames::listing(const std::string &path)
{
    Listing &known = listings_[path];
    struct stat status {};
    const UniqueFd fd = open_record(host_, path, status);
    if (!fd) {
        known = Listing{};
        return known;
    }
    const std::int64_t changed =
        std::int64_t{status.st_ctim.tv_sec} * static_cast<std::int64_t>(ns_per_s) + status.st_ctim.tv_nsec;
    if (known.inode == status.st_ino && known.changed_ns == changed && known.size == status.st_size)
        return known;
    known = Listing{status.st_ino, changed, status.st_size, {}};
    const json containers = parsed(fd, most_listing);
    if (!containers.is_array())
        return known;
    for (const json &container : containers) {
        std::string id = text_at(container, "id");
        if (!is_container_id(id))
            continue;
        const auto names = container.find("names");
        if (names == container.end() || !names->is_array() || names->empty() || !names->front().is_string())
            continue;
        const auto &name = names->front().get_ref<const std::string &>();
        if (!name.empty() && name.size() <= most_name)
            known.names.insert_or_assign(std::move(id), name);
    }
    return known;
}

std::optional<ContainerName> ContainerNames::look(const std::string &id)
{
    if (std::string name = docker_name(host_, id); !name.empty())
        return ContainerName{"docker", std::move(name)};
    for (const char *const path : listings) {
        const Listing &known = listing(path);
        if (const auto found = known.names.find(id); found != known.names.end())
            return ContainerName{"", found->second};
    }
    for (const char *const where : bundles)
        if (std::string name = bundle_name(host_, where + id); !name.empty())
            return ContainerName{"containerd", std::move(name)};
    return std::nullopt;
}

std::optional<ContainerName> ContainerNames::find(const std::string &id, std::uint64_t now_ns)
{
    // It becomes part of a path.
    if (!is_container_id(id))
        return std::nullopt;
    if (answers_.size() >= most_answers && !answers_.contains(id))
        answers_.clear();
    Answer &answer = answers_[id];
    if (answer.until_ns <= now_ns) {
        answer.name = look(id);
        answer.until_ns = now_ns + answer_kept_ns;
    }
    return answer.name;
}

} // namespace memory_collector
