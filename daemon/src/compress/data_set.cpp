// SPDX-License-Identifier: GPL-2.0-only
#include "compress/data_set.h"

#include "support/error.h"
#include "support/fd.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <random>
#include <utility>

namespace memory_collector::compress {

namespace {

constexpr std::size_t turn = 256;
constexpr unsigned seed = 12345;

using Fill = void (*)(std::span<std::byte>);

void fill_zero(std::span<std::byte> bytes)
{
    std::fill(bytes.begin(), bytes.end(), std::byte{0});
}

void fill_repetitive(std::span<std::byte> bytes)
{
    std::array<char, 64> line{};
    for (unsigned number = 0; !bytes.empty(); number++) {
        const int length = std::snprintf(
            line.data(), line.size(), "INFO request %08u served from cache in 12 ms, status 200\n", number);
        const std::size_t part = std::min(bytes.size(), static_cast<std::size_t>(length));
        std::transform(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(part), bytes.begin(),
                       [](char letter) { return static_cast<std::byte>(letter); });
        bytes = bytes.subspan(part);
    }
}

void fill_unique(std::span<std::byte> bytes)
{
    std::mt19937_64 random{seed};
    while (!bytes.empty()) {
        std::uint64_t word = random();
        const std::size_t part = std::min(bytes.size(), sizeof word);
        for (std::size_t i = 0; i < part; i++, word >>= 8)
            bytes[i] = static_cast<std::byte>(word & 0xff);
        bytes = bytes.subspan(part);
    }
}

void fill_mixed(std::span<std::byte> bytes)
{
    fill_repetitive(bytes);
    SecretBuffer other{bytes.size()};
    fill_unique(other.bytes());
    for (std::size_t at = turn; at < bytes.size(); at += 2 * turn) {
        const auto from = other.bytes().subspan(at, std::min(turn, bytes.size() - at));
        std::copy(from.begin(), from.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at));
    }
}

constexpr std::array<std::string_view, 4> kinds{"repetitive", "unique", "mixed", "zero"};
constexpr std::array<Fill, 4> fills{fill_repetitive, fill_unique, fill_mixed, fill_zero};

} // namespace

std::span<const std::string_view> data_kinds()
{
    return kinds;
}

DataSet make_data_set(std::string_view kind, std::size_t size)
{
    const auto *const at = std::find(kinds.begin(), kinds.end(), kind);
    if (at == kinds.end())
        throw Error("there is no kind of data '" + std::string{kind} + "'");
    DataSet set{std::string{kind}, SecretBuffer{size}};
    fills.at(static_cast<std::size_t>(at - kinds.begin()))(set.bytes.bytes());
    return set;
}

DataSet read_data_set(const std::string &path, std::size_t most)
{
    const auto fail = [&path](const std::string &cause) {
        return Error("cannot compress '" + path + "': " + cause + "; name a file that can be read");
    };
    const UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)};
    struct stat status {};
    if (!fd || ::fstat(fd.get(), &status) != 0)
        throw fail(error_text(errno));
    if (!S_ISREG(status.st_mode))
        throw fail("it is no regular file");
    SecretBuffer read{std::max<std::size_t>(1, std::min(most, static_cast<std::size_t>(status.st_size)))};
    std::size_t size = 0;
    while (size < read.size()) {
        const ssize_t got = ::read(fd.get(), read.data() + size, read.size() - size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            throw fail(error_text(errno));
        if (got == 0)
            break;
        size += static_cast<std::size_t>(got);
    }
    if (size == 0)
        throw fail("it is empty");
    if (size == read.size())
        return {path, std::move(read)};
    // It became shorter while it was read.
    DataSet set{path, SecretBuffer{size}};
    std::copy_n(read.data(), size, set.bytes.data());
    return set;
}

} // namespace memory_collector::compress
