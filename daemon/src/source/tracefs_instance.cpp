// SPDX-License-Identifier: GPL-2.0-only
#include "source/tracefs_instance.h"

#include "host/privileges.h"
#include "support/error.h"
#include "support/files.h"

#include <spdlog/spdlog.h>

#include "source/trace_libraries.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string_view>

namespace memory_collector {

namespace {

constexpr long tracefs_magic = 0x74726163; // linux/magic.h: TRACEFS_MAGIC

struct FreeTep {
    void operator()(tep_handle *tep) const { tep_free(tep); }
};

constexpr EventKind all_events[] = {
    EventKind::state,       EventKind::process_info,  EventKind::process_exit,   EventKind::rmid_alloc,
    EventKind::rmid_free,   EventKind::rmid_existing, EventKind::process_sample, EventKind::rdt_sample,
    EventKind::soft_sample, EventKind::domain_sample, EventKind::tick,
};

// "field: TYPE NAME; offset:N; size:N; signed:N;" of events/header_page.
bool header_field(std::string_view text, std::string_view name, std::uint32_t &offset, std::uint32_t &size)
{
    const std::size_t at = text.find(" " + std::string{name} + ";");
    if (at == std::string_view::npos)
        return false;
    const auto number = [&](std::string_view key, std::uint32_t &value) {
        const std::size_t from = text.find(key, at);
        if (from == std::string_view::npos)
            return false;
        const char *const first = text.data() + from + key.size();
        return std::from_chars(first, text.data() + text.size(), value).ec == std::errc{};
    };
    return number("offset:", offset) && number("size:", size);
}

// What mends a refusal of the folder or of what is in it.
std::string remedy(int error, const std::string &path)
{
    if (error == EROFS)
        return "; mount -o remount,rw " + path;
    if (error != EACCES && error != EPERM)
        return "; is this a kernel with CONFIG_TRACING?";
    const std::string missing = capability_names(missing_for_root_files(own_privileges(HostPaths{})));
    return (missing.empty() ? std::string{"; it is another's"} : "; it lacks " + missing) +
           ": run as root, or as a user who has CAP_DAC_READ_SEARCH and owns " + path +
           "/instances (chown), as memory-collector-module.service makes it";
}

bool is_tracefs(const char *path)
{
    struct statfs status {};
    if (::statfs(path, &status) == 0)
        return status.f_type == tracefs_magic;
    if (errno == EACCES)
        throw Error("cannot enter '" + std::string{path} + "': " + error_text(EACCES) + remedy(EACCES, path));
    return false;
}

// By the effective capabilities: access(2) looks at none of those of other users than root.
bool permitted(const std::string &path, int mode)
{
    return ::faccessat(AT_FDCWD, path.c_str(), mode, AT_EACCESS) == 0;
}

std::string usable(const char *path)
{
    if (!permitted(path, R_OK | X_OK)) {
        const int error = errno;
        throw Error("cannot use tracefs at '" + std::string{path} + "': " + error_text(error) +
                    remedy(error, path));
    }
    return path;
}

} // namespace

std::string tracing_directory()
{
    constexpr const char *usual = "/sys/kernel/tracing";
    if (is_tracefs(usual))
        return usable(usual);
    // Kernels offer the folder for it; trace-cmd mounts it there, too.
    if (::mount("nodev", usual, "tracefs", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) == 0) {
        spdlog::info("mounted tracefs on {}", usual);
        return usable(usual);
    }
    const int error = errno;
    // With debugfs it comes as a mount of its own.
    constexpr const char *in_debugfs = "/sys/kernel/debug/tracing";
    if (is_tracefs(in_debugfs))
        return usable(in_debugfs);
    if (error == ENODEV || error == ENOENT)
        throw Error("this kernel has no tracefs (" + error_text(error) + "): boot one with CONFIG_TRACING");
    throw Error("tracefs is not mounted, and mounting it on '" + std::string{usual} + "' failed: " +
                error_text(error) + (error == EPERM || error == EACCES ? " (CAP_SYS_ADMIN is missing)" : "") +
                "; as root: mount -t tracefs nodev " + usual);
}

void TracefsInstance::Free::operator()(tracefs_instance *instance) const
{
    tracefs_instance_free(instance);
}

TracefsInstance::TracefsInstance(std::uint64_t buffer_bytes_per_cpu)
{
    const std::string tracing = tracing_directory();
    directory_ = tracing + "/instances/" + name;
    if (permitted(directory_, F_OK)) {
        spdlog::info("taking over the tracefs instance '{}' that a killed memory-collector left behind",
                     name);
        instance_.reset(tracefs_instance_alloc(nullptr, name));
        disable_events();
        if (::rmdir(directory_.c_str()) != 0)
            throw Error("cannot remove the old tracefs instance '" + directory_ + "': " + error_text(errno) +
                        "; close what reads it, then rmdir " + directory_);
    }
    instance_.reset(tracefs_instance_create(name));
    if (!instance_) {
        const int error = errno;
        throw Error("cannot make the tracefs instance '" + directory_ + "': " + error_text(error) +
                    remedy(error, tracing));
    }
    try {
        if (::chmod(directory_.c_str(), 0700) != 0)
            throw Error("cannot close '" + directory_ + "' to others: " + error_text(errno));
        write("tracing_on", "0");
        write("trace_clock", "mono");
        write("options/overwrite", "1");
        write("buffer_size_kb", std::to_string(std::max<std::uint64_t>(buffer_bytes_per_cpu / 1024, 8)));
        write("tracing_on", "1");
    } catch (...) {
        instance_.reset();
        ::rmdir(directory_.c_str());
        throw;
    }
}

TracefsInstance::~TracefsInstance()
{
    disable_events();
    if (tracefs_instance_destroy(instance_.get()) != 0)
        spdlog::error("cannot remove the tracefs instance '{}': {}; the next run will", directory_,
                      error_text(errno));
}

std::string TracefsInstance::file(const std::string &path) const
{
    return directory_ + "/" + path;
}

void TracefsInstance::write(const char *path, const std::string &text) const
{
    const UniqueFd fd{::open(file(path).c_str(), O_WRONLY | O_CLOEXEC)};
    if (!fd || ::write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
        const int error = errno;
        throw Error("cannot write '" + text + "' to '" + file(path) + "': " + error_text(error) +
                    (error == ENOMEM ? "; take a smaller --buffer-size" : ""));
    }
}

PageFormat TracefsInstance::page_format() const
{
    std::string text = read_file(file("events/header_page"));
    if (text.empty())
        text = read_file(tracing_directory() + "/events/header_page");
    PageFormat format;
    std::uint32_t timestamp_at = 0;
    std::uint32_t timestamp_size = 0;
    std::uint32_t data_size = 0;
    if (!header_field(text, "timestamp", timestamp_at, timestamp_size) ||
        !header_field(text, "commit", format.commit_offset, format.commit_size) ||
        !header_field(text, "data", format.data_offset, data_size) || timestamp_at != 0 ||
        timestamp_size != 8 || (format.commit_size != 4 && format.commit_size != 8))
        throw Error("tracefs has an unknown page format in events/header_page; this program knows kernels "
                    "6.1 to 6.18");
    format.page_size = format.data_offset + data_size;
    // Since kernel 6.8 an instance may have larger pages of its own.
    const std::string own = read_file(file("buffer_subbuf_size_kb"));
    std::uint32_t kb = 0;
    if (std::from_chars(own.data(), own.data() + own.size(), kb).ec == std::errc{} && kb != 0)
        format.page_size = kb * 1024;
    if (format.page_size < 64 || format.page_size > (1u << 26))
        throw Error("tracefs has an impossible page size of " + std::to_string(format.page_size) + " bytes");
    return format;
}

EventTable TracefsInstance::read_formats() const
{
    const std::unique_ptr<tep_handle, FreeTep> tep{tep_alloc()};
    if (!tep)
        throw Error("out of memory");
    tep_set_loglevel(TEP_LOG_NONE);
    for (const EventKind kind : all_events) {
        const std::string path =
            file("events/" MC_TRACE_SYSTEM "/" + std::string{event_name(kind)} + "/format");
        const std::string text = read_file(path);
        if (text.empty())
            throw Error("cannot read '" + path +
                        "': load the module of this build again (insmod collector.ko)");
        if (tep_parse_event(tep.get(), text.data(), text.size(), MC_TRACE_SYSTEM) != TEP_ERRNO__SUCCESS)
            spdlog::debug("libtraceevent does not understand all of '{}'", path);
    }
    return EventTable{tep.get()};
}

void TracefsInstance::enable_events()
{
    for (const EventKind kind : all_events)
        write(("events/" MC_TRACE_SYSTEM "/" + std::string{event_name(kind)} + "/enable").c_str(), "1");
}

void TracefsInstance::disable_events() noexcept
{
    const UniqueFd fd{::open(file("events/enable").c_str(), O_WRONLY | O_CLOEXEC)};
    if (fd && ::write(fd.get(), "0", 1) != 1)
        spdlog::debug("cannot disable the events of '{}'", directory_);
}

bool TracefsInstance::has_events() const
{
    return permitted(file("events/" MC_TRACE_SYSTEM "/tick/enable"), F_OK);
}

std::vector<TracefsInstance::CpuBuffer> TracefsInstance::open_buffers_of(const std::string &instance)
{
    std::vector<CpuBuffer> buffers;
    const std::string where = instance + "/per_cpu";
    const std::unique_ptr<DIR, int (*)(DIR *)> directory{::opendir(where.c_str()), ::closedir};
    if (!directory)
        throw Error("cannot read '" + where + "': " + error_text(errno));
    while (const dirent *entry = ::readdir(directory.get())) {
        const std::string_view text{entry->d_name};
        std::uint32_t cpu = 0;
        if (!text.starts_with("cpu") ||
            std::from_chars(text.data() + 3, text.data() + text.size(), cpu).ec != std::errc{})
            continue;
        const std::string path = where + "/" + std::string{text} + "/trace_pipe_raw";
        UniqueFd fd{::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)};
        if (!fd)
            throw Error("cannot open '" + path + "': " + error_text(errno));
        buffers.push_back({cpu, std::move(fd)});
    }
    if (buffers.empty())
        throw Error("'" + where + "' has no CPUs");
    std::sort(buffers.begin(), buffers.end(), [](const auto &a, const auto &b) { return a.cpu < b.cpu; });
    return buffers;
}

} // namespace memory_collector
