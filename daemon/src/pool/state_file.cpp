// SPDX-License-Identifier: GPL-2.0-only
#include "pool/state_file.h"

#include "host/host_paths.h"
#include "pool/sysfs_file.h"
#include "support/error.h"
#include "support/files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

namespace memory_collector::pool {

namespace {

constexpr const char *state_name = "pool.json";
constexpr const char *new_name = "pool.json.new";
constexpr const char *lock_name = "pool.lock";
constexpr std::size_t most = std::size_t{64} << 10;

// Of this user, and for nobody else to write.
bool ours_alone(int fd, mode_t type)
{
    struct stat status {};
    return ::fstat(fd, &status) == 0 && (status.st_mode & S_IFMT) == type && status.st_uid == ::geteuid() &&
           (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

[[noreturn]] void not_ours(const std::string &path)
{
    throw Error("'" + path + "' is not this user's alone; see who made it, and remove it");
}

std::string rights(int error)
{
    return error == EACCES || error == EPERM ? "; run as root" : "";
}

UniqueFd open_folder(const std::string &folder)
{
    return UniqueFd{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
}

std::optional<PoolState> read_in(const std::string &folder, int directory)
{
    const std::string path = folder + "/" + state_name;
    const UniqueFd fd{::openat(directory, state_name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)};
    if (!fd && errno == ENOENT)
        return std::nullopt;
    if (!fd)
        throw Error("cannot read '" + path + "': " + error_text(errno) + rights(errno));
    if (!ours_alone(fd.get(), S_IFREG))
        not_ours(path);
    std::string text;
    std::array<char, 4096> buffer{};
    for (ssize_t size = 1; size > 0 && text.size() < most;) {
        size = ::read(fd.get(), buffer.data(), buffer.size());
        text.append(buffer.data(), static_cast<std::size_t>(size > 0 ? size : 0));
    }
    auto state = parse_state(text);
    if (!state)
        throw Error("'" + path +
                    "' is no state of a pool; look at /proc/swaps and /sys/block/zram*, then remove it");
    // What it speaks of went with that boot.
    if (state->boot_id != boot_id())
        return std::nullopt;
    return state;
}

} // namespace

std::string boot_id()
{
    return std::string{trimmed(read_file("/proc/sys/kernel/random/boot_id"))};
}

std::optional<PoolState> StateFile::look(const std::string &folder)
{
    const UniqueFd directory = open_folder(folder);
    if (!directory && errno == ENOENT)
        return std::nullopt;
    if (!directory)
        throw Error("cannot open '" + folder + "': " + error_text(errno) + rights(errno));
    return read_in(folder, directory.get());
}

StateFile::StateFile(std::string folder) : folder_(std::move(folder))
{
    if (::mkdir(folder_.c_str(), 0755) != 0 && errno != EEXIST)
        throw Error("cannot make '" + folder_ + "': " + error_text(errno) + rights(errno));
    directory_ = open_folder(folder_);
    if (!directory_)
        throw Error("cannot open '" + folder_ + "': " + error_text(errno) + rights(errno));
    if (!ours_alone(directory_.get(), S_IFDIR))
        not_ours(folder_);
    lock_.reset(::openat(directory_.get(), lock_name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!lock_)
        throw Error("cannot open '" + folder_ + "/" + lock_name + "': " + error_text(errno) + rights(errno));
    const int error = until_free([&] {
        return ::flock(lock_.get(), LOCK_EX | LOCK_NB) == 0 ? 0 : errno == EWOULDBLOCK ? EBUSY : errno;
    });
    if (error != 0)
        throw Error("another 'memory-collector pool' is at work (it holds '" + folder_ + "/" + lock_name +
                    "'); wait for its end, or stop it");
}

std::optional<PoolState> StateFile::read() const
{
    return read_in(folder_, directory_.get());
}

void StateFile::write(const PoolState &state) const
{
    const std::string text = format_state(state);
    // Of one that was killed.
    ::unlinkat(directory_.get(), new_name, 0);
    const UniqueFd fd{
        ::openat(directory_.get(), new_name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)};
    if (!fd || ::write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
        ::renameat(directory_.get(), new_name, directory_.get(), state_name) != 0)
        throw Error("cannot write '" + folder_ + "/" + state_name + "': " + error_text(errno));
}

void StateFile::remove() const
{
    ::unlinkat(directory_.get(), new_name, 0);
    if (::unlinkat(directory_.get(), state_name, 0) != 0 && errno != ENOENT)
        throw Error("cannot remove '" + folder_ + "/" + state_name + "': " + error_text(errno));
}

} // namespace memory_collector::pool
