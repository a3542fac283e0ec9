// SPDX-License-Identifier: GPL-2.0-only
#include "sink/output.h"

#include "support/error.h"

#include <spdlog/spdlog.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace memory_collector {

namespace {

// Rows are written together up to this much.
constexpr std::size_t most_buffered = std::size_t{64} * 1024;

} // namespace

Output::Output() : fd_(STDOUT_FILENO) {}

Output::Output(Borrowed fd) : fd_(fd.fd) {}

Output Output::descriptor(int fd)
{
    return Output{Borrowed{fd}};
}

Output::Output(std::string path) : path_(std::move(path))
{
    open();
}

void Output::open()
{
    UniqueFd fd{
        ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY, 0600)};
    if (!fd) {
        const int error = errno;
        if (error == ELOOP)
            throw Error("cannot write '" + path_ + "': it is a symbolic link; name the file itself");
        throw Error("cannot write '" + path_ + "': " + error_text(error) +
                    "; choose another file with --output");
    }
    owned_ = std::move(fd);
    fd_ = owned_.get();
}

void Output::row(std::string_view text)
{
    buffer_ += text;
    ends_.push_back(buffer_.size());
    if (buffer_.size() >= most_buffered)
        flush();
}

void Output::flush()
{
    if (buffer_.empty())
        return;
    if (is_file())
        write_file();
    else
        write_stream();
    buffer_.clear();
    ends_.clear();
}

void Output::failed(int error)
{
    if (!failing_)
        spdlog::error("cannot write {}: {}; rows are dropped until it works again",
                      is_file() ? "'" + path_ + "'" : "standard output", error_text(error));
    failing_ = true;
}

void Output::write_file()
{
    std::size_t at = 0;
    while (at < buffer_.size()) {
        const ssize_t written = ::write(fd_, buffer_.data() + at, buffer_.size() - at);
        if (written < 0 && errno == EINTR)
            continue;
        if (written > 0) {
            at += static_cast<std::size_t>(written);
            continue;
        }
        failed(written < 0 ? errno : ENOSPC);
        break;
    }
    // What ends within a row is cut back to the row before it. Rows of other
    // writers of the file, if there are any, may lie behind ours: then nothing
    // can be cut, and an end of line keeps them apart.
    const auto next = std::upper_bound(ends_.begin(), ends_.end(), at);
    const std::size_t whole = next == ends_.begin() ? 0 : *(next - 1);
    const auto lost = static_cast<std::uint64_t>(ends_.end() - next);
    dropped_ += lost;
    if (at > whole) {
        const off_t end = ::lseek(fd_, 0, SEEK_CUR);
        struct stat status {};
        const bool ours =
            end >= 0 && ::fstat(fd_, &status) == 0 && S_ISREG(status.st_mode) && status.st_size == end;
        if (!ours || ::ftruncate(fd_, end - static_cast<off_t>(at - whole)) != 0)
            failing_ = ::write(fd_, "\n", 1) != 1 || failing_;
    }
    if (lost == 0 && failing_) {
        failing_ = false;
        spdlog::info("writing '{}' works again; {} rows were dropped so far", path_, dropped_);
    }
}

void Output::write_stream()
{
    std::size_t at = 0;
    while (at < buffer_.size()) {
        const ssize_t written = ::write(fd_, buffer_.data() + at, buffer_.size() - at);
        if (written >= 0) {
            at += static_cast<std::size_t>(written);
            continue;
        }
        if (errno == EINTR)
            continue;
        if (errno == EPIPE) {
            buffer_.clear();
            ends_.clear();
            throw OutputClosed{};
        }
        // A full disk behind standard output, say.
        const auto next = std::upper_bound(ends_.begin(), ends_.end(), at);
        dropped_ += static_cast<std::uint64_t>(ends_.end() - next);
        failed(errno);
        return;
    }
    failing_ = false;
}

void Output::reopen()
{
    if (!is_file())
        return;
    flush();
    try {
        open();
    } catch (const Error &error) {
        spdlog::error("{}; the old file is kept", error.what());
    }
}

bool Output::terminal() const
{
    return ::isatty(fd_) == 1;
}

} // namespace memory_collector
