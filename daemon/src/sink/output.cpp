// SPDX-License-Identifier: GPL-2.0-only
#include "sink/output.h"

#include "support/error.h"

#include <spdlog/spdlog.h>

#include <fcntl.h>
#include <sys/file.h>
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

Output::Output(Framing framing) : framing_(framing), fd_(STDOUT_FILENO) {}

Output::Output(Borrowed fd, Framing framing) : framing_(framing), fd_(fd.fd) {}

Output Output::descriptor(int fd, Framing framing)
{
    return Output{Borrowed{fd}, framing};
}

Output::Output(std::string path, Framing framing) : path_(std::move(path)), framing_(framing)
{
    owned_ = open_file();
    lock(owned_.get());
    fd_ = owned_.get();
}

UniqueFd Output::open_file() const
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
    return fd;
}

void Output::lock(int fd) const
{
    struct stat status {};
    if (framing_ != Framing::records || ::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
        return;
    // A file system without locks is no reason to write nothing.
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        throw Error("cannot write '" + path_ +
                    "': another process writes records to it; choose another file with --output");
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
    if (buffer_.empty() && rest_.empty())
        return;
    if (!rest_.empty()) {
        for (std::size_t &end : ends_)
            end += rest_.size();
        ends_.insert(ends_.begin(), rest_.size());
        buffer_.insert(0, rest_);
    }
    int error = 0;
    const std::size_t at = write_all(error);
    if (error == EPIPE && !is_file()) {
        buffer_.clear();
        ends_.clear();
        rest_.clear();
        throw OutputClosed{};
    }
    if (error != 0) {
        failed(error);
        keep_unwritten(at);
    } else {
        rest_.clear();
        if (failing_)
            spdlog::info("writing {} works again; {} rows were dropped so far", name(), dropped_);
        failing_ = false;
    }
    buffer_.clear();
    ends_.clear();
}

std::string Output::name() const
{
    return is_file() ? "'" + path_ + "'" : "standard output";
}

void Output::failed(int error)
{
    if (!failing_)
        spdlog::error("cannot write {}: {}; rows are dropped until it works again", name(),
                      error_text(error));
    failing_ = true;
}

std::size_t Output::write_all(int &error)
{
    std::size_t at = 0;
    while (at < buffer_.size()) {
        const ssize_t written = ::write(fd_, buffer_.data() + at, buffer_.size() - at);
        if (written > 0) {
            at += static_cast<std::size_t>(written);
            continue;
        }
        if (written < 0 && errno == EINTR)
            continue;
        error = written < 0 ? errno : ENOSPC;
        break;
    }
    return at;
}

std::size_t Output::cut(std::size_t bytes) const
{
    // Rows of other writers of the file, if there are any, may lie behind ours.
    const off_t end = ::lseek(fd_, 0, SEEK_CUR);
    struct stat status {};
    const bool ours =
        end >= 0 && ::fstat(fd_, &status) == 0 && S_ISREG(status.st_mode) && status.st_size == end;
    return ours && ::ftruncate(fd_, end - static_cast<off_t>(bytes)) == 0 ? 0 : bytes;
}

// What ends within a row is cut back to the row before it. Where that cannot be,
// the rest of the row is kept to come first when writing works again; in a file
// of lines, which others may have gone on with, an end of line does.
void Output::keep_unwritten(std::size_t at)
{
    const auto next = std::upper_bound(ends_.begin(), ends_.end(), at);
    const std::size_t whole = next == ends_.begin() ? 0 : *(next - 1);
    const bool was_begun = next == ends_.begin() && !rest_.empty();
    rest_.clear();
    dropped_ += static_cast<std::uint64_t>(ends_.end() - next);
    std::size_t torn = at - whole;
    if (torn != 0 && is_file())
        torn = cut(torn);
    if (torn != 0 && is_file() && framing_ == Framing::lines) {
        // If this fails too there is nothing left to try.
        (void)!::write(fd_, "\n", 1);
    } else if (torn != 0 || was_begun) {
        rest_ = buffer_.substr(whole + torn, *next - whole - torn);
        dropped_--;
    }
}

void Output::reopen()
{
    if (!is_file())
        return;
    flush();
    try {
        UniqueFd fd = open_file();
        struct stat now {};
        struct stat then {};
        if (::fstat(fd.get(), &now) == 0 && ::fstat(fd_, &then) == 0 && now.st_dev == then.st_dev &&
            now.st_ino == then.st_ino)
            return;
        lock(fd.get());
        owned_ = std::move(fd);
        fd_ = owned_.get();
    } catch (const Error &error) {
        spdlog::error("{}; the old file is kept", error.what());
        return;
    }
    if (!rest_.empty()) {
        spdlog::error("the file that was '{}' ends within a row: it could not be written to its end", path_);
        dropped_++;
        rest_.clear();
    }
}

bool Output::terminal() const
{
    return ::isatty(fd_) == 1;
}

} // namespace memory_collector
