// SPDX-License-Identifier: GPL-2.0-only
#include "host/run_state.h"

#include "host/host_paths.h"
#include "support/error.h"
#include "support/files.h"
#include "support/until_free.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

namespace memory_collector {

namespace {

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

std::optional<std::string> read_in(const std::string &folder, int directory, const std::string &file)
{
    const std::string path = folder + "/" + file;
    const UniqueFd fd{::openat(directory, file.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC)};
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
    return text;
}

} // namespace

std::string boot_id()
{
    return std::string{trimmed(read_file("/proc/sys/kernel/random/boot_id"))};
}

std::optional<std::string> RunState::look(const std::string &folder, const std::string &name)
{
    const UniqueFd directory = open_folder(folder);
    if (!directory && errno == ENOENT)
        return std::nullopt;
    if (!directory)
        throw Error("cannot open '" + folder + "': " + error_text(errno) + rights(errno));
    return read_in(folder, directory.get(), name + ".json");
}

RunState::RunState(std::string folder, std::string name, const std::string &who, Lock lock)
    : folder_(std::move(folder)), name_(std::move(name))
{
    if (::mkdir(folder_.c_str(), 0755) != 0 && errno != EEXIST)
        throw Error("cannot make '" + folder_ + "': " + error_text(errno) + rights(errno));
    directory_ = open_folder(folder_);
    if (!directory_)
        throw Error("cannot open '" + folder_ + "': " + error_text(errno) + rights(errno));
    if (!ours_alone(directory_.get(), S_IFDIR))
        not_ours(folder_);
    const std::string lock_name = name_ + ".lock";
    lock_.reset(
        ::openat(directory_.get(), lock_name.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!lock_)
        throw Error("cannot open '" + folder_ + "/" + lock_name + "': " + error_text(errno) + rights(errno));
    const auto attempt = [&] {
        return ::flock(lock_.get(), LOCK_EX | LOCK_NB) == 0 ? 0 : errno == EWOULDBLOCK ? EBUSY : errno;
    };
    if ((lock == Lock::at_once ? attempt() : until_free(attempt)) != 0)
        throw Error("another '" + who + "' is at work (it holds '" + folder_ + "/" + lock_name +
                    "'); wait for its end, or stop it");
}

std::optional<std::string> RunState::read() const
{
    return read_in(folder_, directory_.get(), file());
}

void RunState::write(const std::string &text) const
{
    // Of one that was killed.
    ::unlinkat(directory_.get(), new_file().c_str(), 0);
    const UniqueFd fd{::openat(directory_.get(), new_file().c_str(),
                               O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)};
    if (!fd || ::write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
        ::renameat(directory_.get(), new_file().c_str(), directory_.get(), file().c_str()) != 0)
        throw Error("cannot write '" + path() + "': " + error_text(errno));
}

void RunState::remove() const
{
    ::unlinkat(directory_.get(), new_file().c_str(), 0);
    if (::unlinkat(directory_.get(), file().c_str(), 0) != 0 && errno != ENOENT)
        throw Error("cannot remove '" + path() + "': " + error_text(errno));
}

} // namespace memory_collector
