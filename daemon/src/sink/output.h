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

class Output {
public:
    // Standard output.
    Output();
    // A file, appended to; made with mode 0600; a symbolic link is refused.
    explicit Output(std::string path);
    // A descriptor of the caller's.
    static Output descriptor(int fd);

    // One row with its newline. Rows are gathered and written together.
    void row(std::string_view text);
    void flush();
    // For log rotation: what follows goes to a new file of the same name.
    void reopen();

    bool terminal() const;
    bool is_file() const { return !path_.empty(); }
    std::uint64_t dropped_rows() const { return dropped_; }

private:
    struct Borrowed {
        int fd;
    };
    explicit Output(Borrowed fd);
    void open();
    void write_file();
    void write_stream();
    void failed(int error);

    std::string path_;
    UniqueFd owned_;
    int fd_ = -1;
    std::string buffer_;
    std::vector<std::size_t> ends_; // of each row in the buffer
    std::uint64_t dropped_ = 0;
    bool failing_ = false;
};

} // namespace memory_collector
