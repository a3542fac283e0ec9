// SPDX-License-Identifier: GPL-2.0-only
#include "recording.h"

#include "source/event_table.h"
#include "source/page.h"
#include "source/trace_libraries.h"
#include "support/error.h"

#include <cstring>
#include <fstream>
#include <iterator>

namespace memory_collector::bench {

void Recording::Close::operator()(tracecmd_input *input) const
{
    tracecmd_close(input);
}

Recording::Input Recording::open() const
{
    tracecmd_set_loglevel(TEP_LOG_NONE);
    Input input{tracecmd_open(path_.c_str(), TRACECMD_FL_LOAD_NO_PLUGINS)};
    if (!input)
        throw Error("trace-cmd's library cannot read '" + path_ + "'");
    return input;
}

// trace-cmd.dat.v6(5): behind "flyrecord\0" offset and size of each CPU's data.
Recording::Recording(const std::string &path) : path_(path)
{
    const Input input = open();
    tep_handle *tep = tracecmd_get_tep(input.get());
    const int page_size = tep_get_page_size(tep);
    page_size_ = page_size > 0 ? static_cast<std::size_t>(page_size) : 4096;
    const auto cpus = static_cast<std::size_t>(tep_get_cpus(tep));
    const EventTable table{tep};

    std::ifstream stream{path, std::ios::binary};
    const std::string file{std::istreambuf_iterator<char>{stream}, {}};
    const std::size_t mark = file.find(std::string{"flyrecord\0", 10});
    if (file.size() < 11 || file[10] != '6' || mark == std::string::npos)
        throw Error("'" + path + "' is no recording of file version 6: trace-cmd record --file-version 6");
    for (std::size_t cpu = 0; cpu < cpus; cpu++) {
        std::uint64_t place[2];
        std::memcpy(place, file.data() + mark + 10 + cpu * sizeof(place), sizeof(place));
        if (place[0] > file.size() || place[1] > file.size() - place[0])
            throw Error("'" + path + "' is cut short");
        std::vector<testing::Bytes> pages;
        for (std::uint64_t at = place[0]; at + page_size_ <= place[0] + place[1]; at += page_size_) {
            const auto *from = reinterpret_cast<const std::byte *>(file.data() + at);
            pages.emplace_back(from, from + page_size_);
            PageReader reader;
            reader.load(pages.back(), PageFormat{static_cast<std::uint32_t>(page_size_)});
            for (Record record; reader.next(record);)
                if (table.layout(record_type(record.data)).kind != EventKind::foreign)
                    events_++;
        }
        pages_.push_back(std::move(pages));
    }
}

} // namespace memory_collector::bench
