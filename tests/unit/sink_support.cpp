// SPDX-License-Identifier: GPL-2.0-only
#include "sink_support.h"

#include "support/fd.h"

#include <gtest/gtest.h>

#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

namespace memory_collector::testing {

namespace {

const std::string names[] = {"plain",
                             "new\nline",
                             "\"quoted\"",
                             "comma,comma",
                             "back\\slash",
                             "\x1b[2Jclear",
                             std::string{"nul\0byte", 8},
                             "\xff\xfe bad",
                             "\xc3\xa4 fine",
                             "\xc0\xaf overlong",
                             "\xed\xa0\x80 surrogate",
                             "\xf0\x9f\x98",
                             "\x7f",
                             "tab\t",
                             "\xc2\x9b"
                             "31m",
                             "",
                             "'; rm -rf",
                             "\r\n"};

} // namespace

const std::span<const std::string> hostile_names{names};

Folder::Folder()
{
    path_ = ::testing::TempDir() + "memory-collector.XXXXXX";
    if (::mkdtemp(path_.data()) == nullptr)
        throw std::runtime_error("cannot make " + path_);
}

Folder::~Folder()
{
    std::filesystem::remove_all(path_);
}

std::string written(const char *format, const std::function<void(Sink &)> &write, const SinkOptions &options)
{
    const UniqueFd fd{::memfd_create("sink", MFD_CLOEXEC)};
    Output output = Output::descriptor(fd.get(), sink_entry(format).framing);
    const auto sink = make_sink(format, output, options);
    write(*sink);
    sink->finish();
    std::string text(static_cast<std::size_t>(::lseek(fd.get(), 0, SEEK_END)), '\0');
    if (::pread(fd.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
        throw std::runtime_error("cannot read the rows back");
    return text;
}

} // namespace memory_collector::testing
