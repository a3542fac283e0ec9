// SPDX-License-Identifier: GPL-2.0-only
#include "support/signals.h"

#include "support/clock.h"
#include "support/error.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace memory_collector {

Signals::Signals()
{
    sigset_t set;
    ::sigemptyset(&set);
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGCHLD})
        ::sigaddset(&set, number);
    if (::sigprocmask(SIG_BLOCK, &set, nullptr) != 0)
        throw Error("cannot block signals: " + error_text(errno));
    // Output to a closed pipe is an error to be handled where it occurs.
    ::signal(SIGPIPE, SIG_IGN);
    fd_.reset(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!fd_)
        throw Error("cannot make a signalfd: " + error_text(errno));
}

Signals::Seen Signals::wait(std::uint64_t timeout_ns)
{
    Seen seen;
    pollfd one{fd_.get(), POLLIN, 0};
    const timespec timeout{static_cast<time_t>(timeout_ns / ns_per_s),
                           static_cast<long>(timeout_ns % ns_per_s)};
    if (::ppoll(&one, 1, &timeout, nullptr) <= 0)
        return seen;
    signalfd_siginfo info{};
    while (::read(fd_.get(), &info, sizeof(info)) == static_cast<ssize_t>(sizeof(info))) {
        switch (info.ssi_signo) {
        case SIGHUP:
            seen.reopen = true;
            break;
        case SIGCHLD:
            seen.child = true;
            break;
        default:
            seen.stop = static_cast<int>(info.ssi_signo);
            break;
        }
    }
    return seen;
}

void notify_service_manager(const char *state)
{
    const char *const path = std::getenv("NOTIFY_SOCKET");
    if (path == nullptr || (path[0] != '/' && path[0] != '@'))
        return;
    const std::string_view name{path};
    sockaddr_un address{};
    if (name.size() >= sizeof(address.sun_path))
        return;
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    // '@' stands for the leading NUL of an abstract name (unix(7)).
    if (address.sun_path[0] == '@')
        address.sun_path[0] = '\0';
    const UniqueFd fd{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    if (!fd)
        return;
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    // Nobody to tell is no failure of ours.
    (void)::sendto(fd.get(), state, std::strlen(state), MSG_NOSIGNAL,
                   reinterpret_cast<const sockaddr *>(&address), size);
}

} // namespace memory_collector
