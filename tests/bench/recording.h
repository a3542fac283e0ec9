// SPDX-License-Identifier: GPL-2.0-only
//
// The pages of a real recording, to be replayed without a kernel.
#pragma once

#include "trace_support.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

struct tracecmd_input;

namespace memory_collector::bench {

// A file of trace-cmd record --file-version 6, not compressed: its pages are
// the ring's.
class Recording {
public:
    // Throws Error if it is none.
    explicit Recording(const std::string &path);

    const std::string &path() const { return path_; }
    // Per CPU, of page_size() bytes each.
    const std::vector<std::vector<testing::Bytes>> &pages() const { return pages_; }
    std::size_t page_size() const { return page_size_; }
    // Of the memory_collector system.
    std::uint64_t events() const { return events_; }

    struct Close {
        void operator()(tracecmd_input *input) const;
    };
    using Input = std::unique_ptr<tracecmd_input, Close>;
    // Opened by trace-cmd's library.
    Input open() const;

private:
    std::string path_;
    std::size_t page_size_ = 0;
    std::vector<std::vector<testing::Bytes>> pages_;
    std::uint64_t events_ = 0;
};

} // namespace memory_collector::bench
