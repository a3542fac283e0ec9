// SPDX-License-Identifier: GPL-2.0-only
#pragma once

#include "support/fd.h"

#include <cstdint>

namespace memory_collector {

// Signals as something to wait for. While it lives they are blocked in this
// process; it is made before anything that must not be interrupted.
class Signals {
public:
    Signals();

    struct Seen {
        int stop = 0; // SIGINT or SIGTERM
        bool reopen = false;
        bool child = false;
    };
    // Waits for one, but no longer than this.
    Seen wait(std::uint64_t timeout_ns);
    // Readable when one has come: to wait for other things, too.
    int fd() const { return fd_.get(); }

private:
    UniqueFd fd_;
};

// Tells a service manager (sd_notify(3): a datagram to $NOTIFY_SOCKET); does
// nothing if there is none.
void notify_service_manager(const char *state);

} // namespace memory_collector
