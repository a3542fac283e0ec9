// SPDX-License-Identifier: GPL-2.0-only
#include "pool/setup.h"

#include "pool/clear.h"
#include "pool/module.h"
#include "pool/swap_area.h"
#include "pool/zram_device.h"
#include "support/error.h"
#include "support/units.h"

#include <spdlog/spdlog.h>

namespace memory_collector::pool {

namespace {

void stop_if_asked(Signals &signals)
{
    if (signals.wait(0).stop != 0)
        throw Error("stopped by a signal; what was done is undone");
}

// Why a device that is there cannot be had, but by force.
void check_free(const ZramDevice &device, bool force)
{
    const std::string force_it =
        "; --force takes it all the same, and its data is lost; or leave out --device to have a new one made";
    if (force)
        return;
    if (const auto area = swap_area(device.node()))
        throw Error(device.node() + " is in use as a swap area, with " + format_bytes(area->used_bytes) +
                    " in it" + force_it);
    if (device.initialised())
        throw Error(device.node() + " has a size, and so may hold data" + force_it);
}

void check_algorithms(const ZramDevice &device, const SetupOptions &options)
{
    const Algorithms known = device.algorithms();
    for (const std::string &name : {options.algorithm, options.second_algorithm})
        if (!name.empty() && !known.has(name))
            throw Error("this kernel's zram has no algorithm '" + name + "'; it has " + known.listed());
}

class Setup {
public:
    Setup(const SetupOptions &options, Signals &signals) : options_(options), signals_(signals) {}

    std::string run()
    {
        begin_anew();
        state_.boot_id = boot_id();
        state_.priority = options_.priority;
        try {
            prepare_kernel();
            take_device();
            configure();
            return activate();
        } catch (...) {
            undo();
            throw;
        }
    }

private:
    // A pool that is there stays, but by force; what an earlier one left is cleared.
    void begin_anew()
    {
        const auto former = file_.read();
        if (!former)
            return;
        if (former->step == Step::ready && !options_.force)
            throw Error("there is a pool already, /dev/zram" + std::to_string(former->device.value_or(0)) +
                        "; memory-collector pool reset takes it away, --force does that first");
        if (former->step != Step::ready)
            spdlog::warn("an earlier setup was interrupted: what it left is taken away first");
        clear(file_, *former);
    }

    void prepare_kernel()
    {
        if (!has_zram())
            load_zram();
    }

    void take_device()
    {
        state_.devices_before = zram_numbers({});
        if (options_.device) {
            device_.emplace(ZramDevice::existing(*options_.device));
            check_free(*device_, options_.force);
            check_algorithms(*device_, options_);
            state_.former_algorithm = device_->algorithms().chosen;
            // Not ours before it is free: what is mounted stays as it is.
            swap_off(device_->node());
            if (device_->initialised())
                device_->reset();
        } else {
            step(Step::adding);
            device_.emplace(ZramDevice::add());
            // From here on it goes by what is written down.
            device_->keep();
            state_.added = true;
        }
        state_.device = device_->number();
        state_.sequence = device_->sequence();
        step(Step::configuring);
    }

    void configure()
    {
        device_->set_algorithm(options_.algorithm);
        if (!options_.second_algorithm.empty())
            device_->set_recompression(options_.second_algorithm);
        if (options_.streams && !device_->set_streams(*options_.streams))
            spdlog::warn(
                "--streams {}: this kernel takes one stream per CPU, whatever is asked for (since Linux 4.7)",
                *options_.streams);
        stop_if_asked(signals_);
        device_->set_size(options_.size);
        if (options_.memory_limit != 0)
            device_->set_memory_limit(options_.memory_limit);
        stop_if_asked(signals_);
    }

    std::string activate()
    {
        make_swap_area(device_->node());
        stop_if_asked(signals_);
        swap_on(device_->node(), options_.priority);
        stop_if_asked(signals_);
        step(Step::ready);
        return device_->node();
    }

    // Written down before it is begun.
    void step(Step next)
    {
        state_.step = next;
        file_.write(state_);
        written_ = true;
    }

    void undo()
    {
        if (!written_)
            return;
        try {
            clear(file_, state_);
        } catch (const std::exception &error) {
            spdlog::error("{}", error.what());
            spdlog::error("what is left is known: memory-collector pool status; memory-collector pool reset");
        }
    }

    const SetupOptions &options_;
    Signals &signals_;
    StateFile file_;
    PoolState state_;
    std::optional<ZramDevice> device_;
    bool written_ = false;
};

} // namespace

std::string set_up(const SetupOptions &options, Signals &signals)
{
    return Setup{options, signals}.run();
}

} // namespace memory_collector::pool
