// SPDX-License-Identifier: GPL-2.0-only
//
// Loss, exactly and per CPU: what the module says it emitted between two ticks
// against what was read between them.
#pragma once

#include <cstdint>

namespace memory_collector {

class LossAccount {
public:
    // Events read, ticks included.
    void read(std::uint64_t events) { pending_read_ += events; }

    // The ring says that it dropped `events` before what comes next, or that
    // it dropped some and cannot say how many.
    void ring_lost(std::uint64_t events, bool unknown)
    {
        pending_overrun_ += events;
        pending_unknown_ = pending_unknown_ || unknown;
    }

    // A tick with the module's count of events so far, itself included; after
    // read() for it. Returns the events newly known to be lost.
    std::uint64_t tick(std::uint64_t events)
    {
        std::uint64_t lost = 0;
        if (started_ && events >= last_) {
            const std::uint64_t emitted = events - last_;
            emitted_ += emitted;
            read_ += pending_read_;
            overrun_ += pending_overrun_;
            unknown_ = unknown_ || pending_unknown_;
            if (emitted >= pending_read_)
                lost = emitted - pending_read_;
            else
                surplus_ += pending_read_ - emitted;
            lost_ += lost;
        }
        started_ = true;
        last_ = events;
        pending_read_ = 0;
        pending_overrun_ = 0;
        pending_unknown_ = false;
        return lost;
    }

    // The module's counts begin again: the next tick is a new first one.
    void restart()
    {
        started_ = false;
        pending_read_ = 0;
        pending_overrun_ = 0;
        pending_unknown_ = false;
    }

    bool ticked() const { return started_; }
    std::uint64_t emitted() const { return emitted_; }
    std::uint64_t read_events() const { return read_; }
    std::uint64_t lost() const { return lost_; }
    std::uint64_t overrun() const { return overrun_; }
    bool overrun_known() const { return !unknown_; }

    // emitted = read + lost, and the ring agrees. The ring counts whatever lay
    // in it, so it is no judge where others' events lay there too.
    bool exact(bool only_ours) const
    {
        return surplus_ == 0 && emitted_ == read_ + lost_ && (!only_ours || unknown_ || lost_ == overrun_);
    }

private:
    bool started_ = false;
    bool pending_unknown_ = false;
    bool unknown_ = false;
    std::uint64_t last_ = 0;
    std::uint64_t pending_read_ = 0;
    std::uint64_t pending_overrun_ = 0;
    std::uint64_t emitted_ = 0;
    std::uint64_t read_ = 0;
    std::uint64_t lost_ = 0;
    std::uint64_t overrun_ = 0;
    std::uint64_t surplus_ = 0;
};

} // namespace memory_collector
