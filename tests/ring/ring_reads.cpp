// SPDX-License-Identifier: GPL-2.0-only
//
// ReaderPage against this kernel's own ring: one CPU writes records of all sizes, and what it wrote is
// read as the rule says. Says in JSON how often the rule ended the reading, how often there was more
// in the ring then, by the kernel's count, and how often it read for nothing.
//
//   ring_reads ROUNDS
#include "source/page.h"
#include "source/reader_page.h"
#include "source/trace_libraries.h"
#include "support/error.h"
#include "support/fd.h"
#include "support/files.h"
#include "support/words.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <span>
#include <string>

namespace {

using namespace memory_collector;

// Of a record's data, after the number that raw_data has before it.
constexpr std::size_t least = 4, most = 120;
// Type and time, time extend, common fields and number.
constexpr std::size_t beside = 4 + 8 + 12;

struct Destroy {
    void operator()(tracefs_instance *instance) const
    {
        tracefs_instance_destroy(instance);
        tracefs_instance_free(instance);
    }
};

UniqueFd opened(const std::string &path, int flags)
{
    UniqueFd fd{::open(path.c_str(), flags | O_CLOEXEC)};
    if (!fd)
        throw Error("cannot open '" + path + "': " + error_text(errno));
    return fd;
}

class Rounds {
public:
    explicit Rounds(const std::string &folder)
        : marker_(opened(folder + "/trace_marker_raw", O_WRONLY)),
          ring_(opened(folder + "/per_cpu/cpu0/trace_pipe_raw", O_RDONLY | O_NONBLOCK)),
          stats_(folder + "/per_cpu/cpu0/stats")
    {
    }

    void round(bool look)
    {
        rounds_++;
        for (std::size_t left = 1 + random_() % (random_() % 10 == 0 ? 300 : 20); left > 0; left--) {
            const std::size_t size = 4 + least + random_() % (most - least + 1);
            if (::write(marker_.get(), record_.data(), size) < 0)
                throw Error(std::string{"cannot write to trace_marker_raw: "} + error_text(errno));
        }
        const std::span<std::byte> page{page_};
        while (true) {
            const ssize_t size = ::read(ring_.get(), page.data(), page.size());
            if (size <= 0) {
                for_nothing_++;
                return;
            }
            if (rule_.more_may_follow(page_data_bytes(page, format_)))
                continue;
            ended_++;
            if (look) {
                looked_++;
                const std::string text = read_file(stats_);
                if (word_behind(text, "entries:") != "0")
                    early_++;
            }
            return;
        }
    }

    void print() const
    {
        std::printf("{\"rounds\":%lu,\"ended\":%lu,\"looked\":%lu,\"early\":%lu,\"for_nothing\":%lu}\n",
                    rounds_, ended_, looked_, early_, for_nothing_);
    }

private:
    UniqueFd marker_;
    UniqueFd ring_;
    std::string stats_;
    PageFormat format_;
    ReaderPage rule_{format_.page_size - format_.data_offset, beside + most};
    std::mt19937 random_{7}; // the same in every run
    std::array<std::byte, 4096> page_{};
    // Any number of a kind, then data.
    std::array<std::byte, 4 + most> record_{std::byte{7}};
    unsigned long rounds_ = 0;
    unsigned long ended_ = 0;
    unsigned long looked_ = 0;
    unsigned long early_ = 0;
    unsigned long for_nothing_ = 0;
};

} // namespace

int main(int argc, char **argv)
{
    const unsigned long rounds = argc == 2 ? std::strtoul(argv[1], nullptr, 10) : 0;
    if (rounds == 0) {
        std::fprintf(stderr, "usage: ring_reads ROUNDS\n");
        return 2;
    }
    cpu_set_t first;
    CPU_ZERO(&first);
    CPU_SET(0, &first);
    if (::sched_setaffinity(0, sizeof(first), &first) != 0) {
        std::perror("ring_reads: cannot run on CPU 0");
        return 1;
    }
    const std::string name = "ring_reads." + std::to_string(::getpid());
    const std::unique_ptr<tracefs_instance, Destroy> instance{tracefs_instance_create(name.c_str())};
    if (!instance) {
        std::perror("ring_reads: cannot make an instance of tracefs");
        return 1;
    }
    try {
        const std::unique_ptr<char, decltype(&std::free)> folder{
            tracefs_instance_get_file(instance.get(), ""), &std::free};
        Rounds all{folder.get()};
        constexpr unsigned long look_every = 10;
        for (unsigned long i = 0; i < rounds; i++)
            all.round(i % look_every == 0);
        all.print();
    } catch (const Error &error) {
        std::fprintf(stderr, "ring_reads: %s\n", error.what());
        return 1;
    }
    return 0;
}
