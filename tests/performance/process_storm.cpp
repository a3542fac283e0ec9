// SPDX-License-Identifier: GPL-2.0-only
//
// Processes, as many as are asked for:
//   process_storm storm SECONDS [PER_SECOND]   on every CPU begins one that ends at once, again and
//                                              again, or so many a second in all; says how many
//   process_storm burn SECONDS                 keeps every CPU busy
//   process_storm hold COUNT                   holds so many, each awake for a moment every second,
//                                              until its input ends; says "ready" once they are there
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string_view>
#include <vector>

namespace {

double now()
{
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

std::vector<int> cpus()
{
    cpu_set_t set;
    CPU_ZERO(&set);
    std::vector<int> list;
    if (sched_getaffinity(0, sizeof(set), &set) == 0)
        for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
            if (CPU_ISSET(cpu, &set))
                list.push_back(cpu);
    return list;
}

void pin(int cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    if (sched_setaffinity(0, sizeof(set), &set) != 0)
        std::perror("process_storm: sched_setaffinity");
}

unsigned long storm(double seconds, double per_second)
{
    const double begin = now();
    unsigned long made = 0;
    for (double time = begin; time - begin < seconds; time = now()) {
        if (per_second > 0 && static_cast<double>(made) >= (time - begin) * per_second) {
            constexpr timespec moment{0, 1'000'000};
            nanosleep(&moment, nullptr);
            continue;
        }
        // The cheapest process there is; it does nothing but end.
        const pid_t pid = vfork(); // NOLINT
        if (pid == 0)
            _exit(0);
        if (pid < 0) {
            std::perror("process_storm: vfork");
            break;
        }
        waitpid(pid, nullptr, 0);
        made++;
    }
    return made;
}

unsigned long burn(double seconds)
{
    unsigned long turns = 0;
    for (const double begin = now(); now() - begin < seconds;)
        turns++;
    return turns;
}

// One for each CPU; the sum of what they say.
template <typename Work> unsigned long on_every_cpu(Work &&work)
{
    std::array<int, 2> results{};
    if (pipe(results.data()) != 0)
        return 0;
    const std::vector<int> all = cpus();
    for (const int cpu : all)
        if (fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            pin(cpu);
            const unsigned long result = work(all.size());
            _exit(write(results[1], &result, sizeof(result)) == sizeof(result) ? 0 : 1);
        }
    close(results[1]);
    unsigned long sum = 0;
    for (unsigned long part = 0; read(results[0], &part, sizeof(part)) == sizeof(part);)
        sum += part;
    while (wait(nullptr) > 0) {
    }
    return sum;
}

int hold(unsigned long count)
{
    // The kernel ends them with the first, however that ends.
    for (unsigned long i = 0; i < count; i++) {
        const pid_t pid = fork();
        if (pid == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            // Spread over the second.
            constexpr long second_ns = 1'000'000'000;
            timespec moment{0, static_cast<long>(i % 1000) * 1'000'000};
            for (nanosleep(&moment, nullptr), moment = {0, second_ns - 1};;)
                nanosleep(&moment, nullptr);
        }
        if (pid < 0) {
            std::perror("process_storm: fork");
            return 1;
        }
    }
    std::printf("ready\n");
    std::fflush(stdout);
    char byte = 0;
    while (read(STDIN_FILENO, &byte, 1) > 0) {
    }
    return 0;
}

} // namespace

int main(int argc, char **argv)
{
    const std::string_view what = argc > 2 ? argv[1] : "";
    const double amount = argc > 2 ? std::atof(argv[2]) : 0;
    const double rate = argc > 3 ? std::atof(argv[3]) : 0;
    if (amount <= 0 || (what != "storm" && what != "burn" && what != "hold")) {
        std::fprintf(stderr, "usage: process_storm storm SECONDS [PER_SECOND] | burn SECONDS | hold COUNT\n");
        return 2;
    }
    if (what == "hold")
        return hold(static_cast<unsigned long>(amount));
    const unsigned long done = on_every_cpu([&](std::size_t workers) {
        return what == "storm" ? storm(amount, rate / static_cast<double>(workers)) : burn(amount);
    });
    std::printf("%lu\n", done);
    return 0;
}
