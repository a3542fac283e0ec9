// SPDX-License-Identifier: GPL-2.0-only
#include "trace_support.h"

#include "support/files.h"

#include <array>
#include <cstring>
#include <fstream>
#include <regex>
#include <stdexcept>

namespace memory_collector::testing {

namespace {

constexpr const char *event_names[] = {"rdt_sample",   "domain_sample", "process_sample", "process_info",
                                       "process_exit", "rmid_alloc",    "rmid_free",      "rmid_existing",
                                       "soft_sample",  "tick",          "state"};

class FileBuilder {
public:
    void raw(const void *from, std::size_t size)
    {
        const auto *bytes = static_cast<const std::byte *>(from);
        bytes_.insert(bytes_.end(), bytes, bytes + size);
    }
    void string(const std::string &text) { raw(text.c_str(), text.size() + 1); }
    void text(const std::string &text) { raw(text.data(), text.size()); }
    template <typename Number> void number(Number value) { raw(&value, sizeof(value)); }
    std::size_t size() const { return bytes_.size(); }
    Bytes take() { return std::move(bytes_); }

private:
    Bytes bytes_;
};

} // namespace

PageBuilder::PageBuilder(std::uint64_t timestamp, std::size_t size) : page_(size), at_(16)
{
    std::memcpy(page_.data(), &timestamp, sizeof(timestamp));
}

void PageBuilder::put(const void *from, std::size_t size)
{
    if (at_ + size > page_.size())
        throw std::length_error("page is full");
    std::memcpy(page_.data() + at_, from, size);
    at_ += size;
}

PageBuilder &PageBuilder::word(std::uint32_t word)
{
    put(&word, sizeof(word));
    return *this;
}

PageBuilder &PageBuilder::record(std::uint32_t delta, const Bytes &data)
{
    const auto words = static_cast<std::uint32_t>((data.size() + 3) / 4);
    if (words == 0 || words > 28)
        return long_record(delta, data);
    word(words | delta << 5);
    Bytes padded = data;
    padded.resize(words * 4);
    put(padded.data(), padded.size());
    return *this;
}

PageBuilder &PageBuilder::long_record(std::uint32_t delta, const Bytes &data)
{
    const auto size = static_cast<std::uint32_t>((data.size() + 3) / 4 * 4);
    word(delta << 5);
    word(size + 4);
    Bytes padded = data;
    padded.resize(size);
    put(padded.data(), padded.size());
    return *this;
}

PageBuilder &PageBuilder::time_extend(std::uint64_t delta)
{
    word(30u | static_cast<std::uint32_t>(delta & ((1u << 27) - 1)) << 5);
    return word(static_cast<std::uint32_t>(delta >> 27));
}

PageBuilder &PageBuilder::time_stamp(std::uint64_t absolute)
{
    const std::uint64_t bits = absolute & ((1ull << 59) - 1);
    word(31u | static_cast<std::uint32_t>(bits & ((1u << 27) - 1)) << 5);
    return word(static_cast<std::uint32_t>(bits >> 27));
}

PageBuilder &PageBuilder::discarded(std::uint32_t delta, std::uint32_t size)
{
    word(29u | delta << 5);
    word(size + 4);
    const Bytes filler(size, std::byte{0xEE});
    put(filler.data(), filler.size());
    return *this;
}

PageBuilder &PageBuilder::end_padding()
{
    return word(29u);
}

Bytes PageBuilder::build(long long lost) const
{
    Bytes page = page_;
    std::uint64_t commit = at_ - 16;
    if (lost != 0)
        commit |= 1ull << 31;
    if (lost > 0) {
        commit |= 1ull << 30;
        if (at_ + 8 > page.size())
            throw std::length_error("no room for the number of lost events");
        std::memcpy(page.data() + at_, &lost, 8);
    }
    std::memcpy(page.data() + 8, &commit, sizeof(commit));
    return page;
}

std::string fixture(const std::string &name)
{
    const std::string text = read_file(MC_FIXTURES "/" + name);
    if (text.empty())
        throw std::runtime_error("no fixture " + name);
    return text;
}

Formats Formats::plain()
{
    Formats formats;
    for (const char *name : event_names)
        formats.texts_[name] = fixture("formats/" + std::string{name} + ".format");
    return formats;
}

Formats Formats::with_header(std::size_t size)
{
    // The payload begins with 64-bit fields, and so at a multiple of 8.
    const std::size_t shift = (size + 7) / 8 * 8 - 8;
    std::string more;
    for (std::size_t at = 8; at < size; at += 4)
        more += "\tfield:int common_more" + std::to_string(at) + ";\toffset:" + std::to_string(at) +
                ";\tsize:4;\tsigned:1;\n";
    Formats formats = plain();
    static const std::regex offset{"offset:([0-9]+);"};
    for (auto &[name, text] : formats.texts_) {
        const std::size_t split = text.find("\n\n") + 1;
        const std::string head = text.substr(0, split);
        std::string tail = text.substr(split);
        std::string moved;
        std::smatch match;
        while (std::regex_search(tail, match, offset)) {
            moved += match.prefix().str() + "offset:" + std::to_string(std::stoul(match[1]) + shift) + ";";
            tail = match.suffix();
        }
        text = head + more + moved + tail;
    }
    return formats;
}

Formats::Tep Formats::parse() const
{
    Tep tep{tep_alloc()};
    for (const auto &[name, text] : texts_)
        tep_parse_event(tep.get(), text.data(), text.size(), MC_TRACE_SYSTEM);
    return tep;
}

// trace-cmd.dat.v6(5).
Bytes recording(const Formats &formats, const std::vector<std::vector<Bytes>> &pages_of_cpus)
{
    constexpr std::size_t page_size = 4096;
    FileBuilder file;
    file.text("\x17\x08\x44tracing");
    file.string("6");
    file.number<std::uint8_t>(0); // little endian
    file.number<std::uint8_t>(8); // sizeof(long)
    file.number<std::uint32_t>(page_size);
    const std::string page = fixture("formats/header_page");
    file.string("header_page");
    file.number<std::uint64_t>(page.size());
    file.text(page);
    const std::string event =
        "# compressed entry header\n"
        "\ttype_len    :    5 bits\n\ttime_delta  :   27 bits\n\tarray       :   32 bits\n\n"
        "\tpadding     : type == 29\n\ttime_extend : type == 30\n\ttime_stamp : type == 31\n"
        "\tdata max type_len  == 28\n";
    file.string("header_event");
    file.number<std::uint64_t>(event.size());
    file.text(event);
    file.number<std::uint32_t>(0); // no ftrace events
    file.number<std::uint32_t>(1);
    file.string(MC_TRACE_SYSTEM);
    file.number(static_cast<std::uint32_t>(formats.texts().size()));
    for (const auto &[name, text] : formats.texts()) {
        file.number<std::uint64_t>(text.size());
        file.text(text);
    }
    file.number<std::uint32_t>(0); // kallsyms
    file.number<std::uint32_t>(0); // printk formats
    file.number<std::uint64_t>(0); // command lines
    file.number(static_cast<std::uint32_t>(pages_of_cpus.size()));
    file.text(std::string{"options  \0", 10});
    file.number<std::uint16_t>(0);
    file.text(std::string{"flyrecord\0", 10});
    std::size_t at = (file.size() + 16 * pages_of_cpus.size() + page_size - 1) / page_size * page_size;
    const std::size_t first = at;
    for (const auto &pages : pages_of_cpus) {
        file.number<std::uint64_t>(at);
        file.number<std::uint64_t>(pages.size() * page_size);
        at += pages.size() * page_size;
    }
    while (file.size() < first)
        file.number<std::uint8_t>(0);
    for (const auto &pages : pages_of_cpus)
        for (const Bytes &bytes : pages)
            file.raw(bytes.data(), bytes.size());
    return file.take();
}

void write_file(const std::string &path, const Bytes &bytes)
{
    std::ofstream file{path, std::ios::binary};
    file.write(reinterpret_cast<const char *>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    if (!file)
        throw std::runtime_error("cannot write " + path);
}

} // namespace memory_collector::testing
