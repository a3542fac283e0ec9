// SPDX-License-Identifier: GPL-2.0-only
//
// Where rows go: standard output or a file, in whole rows only.
#pragma once

#include "support/fd.h"

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace memory_collector {

// The reader of our standard output has gone: the end, but no failure.
class OutputClosed : public std::runtime_error {
public:
    OutputClosed() : std::runtime_error("the reader of the output has closed it") {}
};

// What keeps rows apart: newlines, or a length before each. Lengths leave no way
// back into step, so a record once begun is always ended, and a file has one
// writer (by flock(2)).
enum class Framing : std::uint8_t { lines, records };

class Output {
public:
    // Standard output.
    explicit Output(Framing framing = Framing::lines);
    // A file, appended to; made with mode 0600; a symbolic link is refused.
    explicit Output(std::string path, Framing framing = Framing::lines);
    // A descriptor of the caller's.
    static Output descriptor(int fd, Framing framing = Framing::lines);

    // One row with its newline or length. Rows are gathered and written together.
    void row(std::string_view text);
    void flush();
    // For log rotation: what follows goes to a new file of the same name.
    void reopen();

    bool terminal() const;
    bool is_file() const { return !path_.empty(); }
    // What is still to come of a row counts: there may be no more flush.
    std::uint64_t dropped_rows() const { return dropped_ + (rest_.empty() ? 0 : 1); }

private:
    struct Borrowed {
        int fd;
    };
    Output(Borrowed fd, Framing framing);
    UniqueFd open_file() const;
    void lock(int fd) const;
    // How far it came, and the errno that ended it or 0.
    std::size_t write_all(int &error);
    // What of the last `bytes` bytes could not be taken back from the file.
    std::size_t cut(std::size_t bytes) const;
    void keep_unwritten(std::size_t at);
    void failed(int error);
    std::string name() const;

    std::string path_;
    Framing framing_ = Framing::lines;
    UniqueFd owned_;
    int fd_ = -1;
    std::string buffer_;
    std::vector<std::size_t> ends_; // of each row in the buffer
    std::string rest_;              // of a row that is half in the output
    std::uint64_t dropped_ = 0;
    bool failing_ = false;
};

} // namespace memory_collector
