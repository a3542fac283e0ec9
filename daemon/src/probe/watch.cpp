// SPDX-License-Identifier: GPL-2.0-only
#include "probe/watch.h"

#include "support/clock.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <limits>

namespace memory_collector::probe {

void watch(Probe &probe, Output &output, Signals &signals, std::optional<std::uint64_t> duration_ns)
{
    const std::uint64_t begin = monotonic_ns();
    const std::uint64_t end = duration_ns ? begin + *duration_ns : std::numeric_limits<std::uint64_t>::max();
    std::uint64_t next = begin + ns_per_s;
    while (true) {
        const bool more = probe.take(output);
        output.flush();
        std::uint64_t now = monotonic_ns();
        if (now >= next) {
            probe.second(output);
            output.flush();
            // Seconds in which this process did not get to run are told with the one after them.
            next += ((now - next) / ns_per_s + 1) * ns_per_s;
        }
        if (now >= end)
            return;
        now = monotonic_ns();
        const std::uint64_t until = std::min(next, end);
        const std::uint64_t wait = more || until <= now ? 0 : until - now;
        // Standard output tells by itself that its reader has gone: a probe may have
        // nothing to write for long.
        std::array<pollfd, 3> all{
            {{signals.fd(), POLLIN, 0}, {STDOUT_FILENO, 0, 0}, {probe.fd(), POLLIN, 0}}};
        const timespec timeout{static_cast<time_t>(wait / ns_per_s), static_cast<long>(wait % ns_per_s)};
        if (::ppoll(all.data(), all.size(), &timeout, nullptr) <= 0)
            continue;
        if ((all[1].revents & (POLLERR | POLLHUP | POLLNVAL)) != 0)
            throw OutputClosed{};
        if (all[0].revents != 0) {
            const Signals::Seen seen = signals.wait(0);
            if (seen.stop != 0 || seen.reopen)
                return;
        }
    }
}

} // namespace memory_collector::probe
