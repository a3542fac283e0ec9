// SPDX-License-Identifier: GPL-2.0-only
#include "pool/holder.h"

#include "pool/holder_process.h"
#include "pool/memory_cgroup.h"
#include "support/error.h"
#include "support/exec.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

namespace memory_collector::pool {

namespace {

HolderAnswer wait_for_answer(int fd)
{
    HolderAnswer answer;
    ssize_t size = 0;
    do
        size = ::read(fd, &answer, sizeof(answer));
    while (size < 0 && errno == EINTR);
    if (size != sizeof(answer))
        throw Error("the holder was ended while it filled its memory; see the kernel's log (dmesg) for why");
    return answer;
}

} // namespace

void begin_holder(HolderState &holder, const std::function<void()> &known)
{
    Pipe orders = make_pipe();
    Pipe answers = make_pipe();
    const pid_t child = ::fork();
    if (child < 0)
        throw Error("cannot fork: " + error_text(errno));
    if (child == 0)
        be_holder(holder, orders.from.get(), answers.to.get());
    answers.to.reset();
    orders.from.reset();
    try {
        holder.process = process_id(child);
        known();
        if (::write(orders.to.get(), "", 1) != 1)
            throw Error("the holder was ended before it began");
        const HolderAnswer answer = wait_for_answer(answers.from.get());
        if (answer.error != 0)
            throw Error("the holder cannot go into its cgroup, or gets no memory: " +
                        error_text(answer.error));
        holder.address = answer.address;
    } catch (...) {
        // It reads the end of its orders if it has not begun.
        if (holder.process)
            end_process(*holder.process);
        orders.to.reset();
        ::waitpid(child, nullptr, 0);
        throw;
    }
}

void end_holder(const HolderState &holder)
{
    if (holder.process && !end_process(*holder.process))
        throw Error("the holder, pid " + std::to_string(holder.process->pid) + ", does not end; see /proc/" +
                    std::to_string(holder.process->pid) + "/stack");
    remove_cgroup(holder);
}

} // namespace memory_collector::pool
