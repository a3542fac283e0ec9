// SPDX-License-Identifier: GPL-2.0-only
//
// `pool`: swap to compressed memory.
#include "command/command.h"
#include "command/pool_report.h"
#include "command/report_options.h"
#include "host/privileges.h"
#include "pool/reset.h"
#include "pool/setup.h"
#include "pool/status.h"
#include "pool/trigger.h"
#include "pool/zram_device.h"
#include "support/clock.h"
#include "support/error.h"

#include <CLI/CLI.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <iostream>
#include <string>

namespace memory_collector {

namespace {

using pool::Amount;
using pool::Order;

constexpr std::uint64_t least_size = std::uint64_t{1} << 20;
constexpr std::uint64_t most_size = std::uint64_t{1} << 44;

// As size_option, and also 2G for 2GiB, which swap and cgroup tools take.
std::uint64_t short_size_option(const char *option, const std::string &text)
{
    const bool short_form =
        !text.empty() && std::string_view{"KMGT"}.find(text.back()) != std::string_view::npos;
    return size_option(option, short_form ? text + "iB" : text);
}

std::uint64_t bounded_size(const char *option, const std::string &text)
{
    const std::uint64_t size = short_size_option(option, text);
    if (size < least_size || size > most_size)
        throw OptionError(option, "'" + text + "' is not between 1MiB and 16TiB");
    return size;
}

class PoolCommand : public Command {
public:
    void add_options(CLI::App &app) override
    {
        app.require_subcommand(1);
        app.fallthrough();
        add_setup(app);
        add_status(app);
        add_trigger(app);
        add_reset(app);
        add_recompress(app);
    }

    int execute() override
    {
        if (status_->parsed())
            return status();
        if (setup_->parsed())
            return set_up();
        if (compress_->parsed())
            return compress();
        if (decompress_->parsed())
            return decompress();
        if (recompress_->parsed())
            return recompress();
        return reset();
    }

private:
    static CLI::App *command(CLI::App &app, const char *name, const char *what)
    {
        CLI::App *made = app.add_subcommand(name, what);
        made->fallthrough();
        return made;
    }

    void add_setup(CLI::App &app)
    {
        setup_ = command(app, "setup", "make a zram device and swap to it");
        setup_->add_option("--device", device_, "a device that is there, such as /dev/zram0; auto: a new one")
            ->capture_default_str();
        setup_
            ->add_option("--algo", options_.algorithm,
                         "how to compress: of the kernel's list, which an error names")
            ->capture_default_str();
        setup_->add_option("--recompress-algo", options_.second_algorithm,
                           "what recompress compresses with, where the kernel has it");
        setup_
            ->add_option("--size", size_, "how much can be swapped to it, uncompressed, such as 2G or 512MiB")
            ->capture_default_str();
        setup_
            ->add_option("--mem-limit", limit_, "how much memory it takes at most; none: as much as it needs")
            ->capture_default_str();
        setup_
            ->add_option("--streams", streams_, "how many compress at the same time; ignored since Linux 4.7")
            ->check(CLI::Range(1U, 65536U));
        setup_->add_option("--priority", options_.priority, "of the swap area: the highest is taken first")
            ->check(CLI::Range(0, 32767))
            ->capture_default_str();
        setup_->add_flag(
            "--force", options_.force,
            "also a device that is in use or has data, which is lost; and in place of a pool that is there");
    }

    void add_status(CLI::App &app)
    {
        status_ = command(app, "status", "what is in it, and what it takes");
        status_->add_flag("--json", json_, "one object, bytes; what is not known is null");
    }

    void add_trigger(CLI::App &app)
    {
        trigger_ = command(app, "trigger", "move known pages into it, or back");
        trigger_->require_subcommand(1);
        compress_ = command(*trigger_, "compress", "begin a process whose pages go into the pool, and stay");
        compress_
            ->add_option("--profile", profile_,
                         "light, medium or heavy: 5, 25 or 75 % of what is free in the pool")
            ->check(CLI::IsMember({"light", "medium", "heavy"}))
            ->default_str("medium");
        compress_->add_option("--size", push_, "so much instead, such as 64MiB");
        compress_->add_option("--duration-sec", seconds_, "over this time, in seconds")
            ->check(CLI::Range(0U, 3600U))
            ->capture_default_str();
        compress_->add_flag("--json", json_, "one object, bytes");
        decompress_ =
            command(*trigger_, "decompress", "read these pages back, compare them, and end that process");
        decompress_->add_option("--profile", profile_, "readback: evenly; burst: in ten bursts")
            ->check(CLI::IsMember({"readback", "burst"}))
            ->default_str("readback");
        decompress_->add_option("--duration-sec", seconds_, "over this time, in seconds")
            ->check(CLI::Range(0U, 3600U))
            ->capture_default_str();
        decompress_->add_flag("--json", json_, "one object, bytes");
    }

    void add_reset(CLI::App &app)
    {
        reset_ = command(app, "reset", "take all of it away, whatever state it is in");
        reset_->add_flag("--unload-module", unload_, "and the module zram, where it is one");
    }

    void add_recompress(CLI::App &app)
    {
        recompress_ = command(app, "recompress", "compress what is in it anew, with the second algorithm");
        recompress_->add_option("--type", type_, "huge: pages that did not compress; idle; huge_idle; all")
            ->check(CLI::IsMember({"huge", "idle", "huge_idle", "all"}))
            ->capture_default_str();
        recompress_->add_option("--threshold", threshold_, "only pages that take so many bytes or more")
            ->check(CLI::Range(1U, 65535U));
        recompress_->add_flag("--json", json_, "one object, bytes");
    }

    // Before anything is done.
    static void check_privileges(std::initializer_list<Capability> needed)
    {
        const Privileges own = own_privileges({});
        std::vector<Capability> missing;
        for (const Capability one : needed)
            if (!own.has(one))
                missing.push_back(one);
        // The files of zram and cgroups are root's.
        if (own.effective_uid != 0 && !own.has(Capability::dac_override))
            missing.push_back(Capability::dac_override);
        if (!missing.empty())
            throw Error("this process lacks " + capability_names(missing) + ": run as root");
    }

    int set_up()
    {
        if (device_ != "auto") {
            options_.device = pool::zram_number_of(device_);
            if (!options_.device)
                throw OptionError("device",
                                  "'" + device_ + "' is neither auto nor a name such as /dev/zram0");
        }
        options_.size = bounded_size("size", size_);
        options_.memory_limit = limit_ == "none" ? 0 : bounded_size("mem-limit", limit_);
        if (streams_ != 0)
            options_.streams = streams_;
        check_privileges({Capability::sys_admin});
        Signals signals;
        const std::string made = pool::set_up(options_, signals);
        pool::write_status_text(std::cout, pool::pool_status());
        spdlog::info("{} is in use as a swap area; memory-collector pool reset takes it away", made);
        return exit_done;
    }

    int status() const
    {
        const auto found = pool::pool_status();
        if (json_)
            pool::write_status_json(std::cout, found);
        else
            pool::write_status_text(std::cout, found);
        return exit_done;
    }

    int compress()
    {
        pool::CompressOptions options;
        options.amount = profile_ == "light"   ? Amount::light
                         : profile_ == "heavy" ? Amount::heavy
                                               : Amount::medium;
        if (!push_.empty())
            options.size = bounded_size("size", push_);
        options.duration_ns = seconds_ * ns_per_s;
        check_privileges({Capability::sys_admin, Capability::sys_nice});
        Signals signals;
        const pool::Compressed done = pool::trigger_compress(options, signals);
        write_compressed(std::cout, done, json_);
        std::cout.flush();
        if (!done.full)
            return exit_done;
        spdlog::error(
            "the pool is full: {}; what did not fit is in memory as before; set up one with a larger "
            "--mem-limit, or push less",
            *done.full);
        return exit_failed;
    }

    int decompress()
    {
        check_privileges({Capability::sys_admin, Capability::sys_nice});
        Signals signals;
        const auto done = pool::trigger_decompress(profile_ == "burst" ? Order::burst : Order::readback,
                                                   seconds_ * ns_per_s, signals);
        write_decompressed(std::cout, done, json_);
        return exit_done;
    }

    int recompress()
    {
        check_privileges({Capability::sys_admin});
        const auto done = pool::recompress({.type = type_, .threshold = threshold_});
        write_recompressed(std::cout, done, json_);
        return exit_done;
    }

    int reset() const
    {
        check_privileges({Capability::sys_admin});
        pool::reset(unload_);
        return exit_done;
    }

    CLI::App *setup_ = nullptr;
    CLI::App *status_ = nullptr;
    CLI::App *trigger_ = nullptr;
    CLI::App *compress_ = nullptr;
    CLI::App *decompress_ = nullptr;
    CLI::App *reset_ = nullptr;
    CLI::App *recompress_ = nullptr;
    pool::SetupOptions options_;
    std::string device_ = "auto";
    std::string size_ = "2G";
    std::string limit_ = "1G";
    unsigned streams_ = 0;
    bool json_ = false;
    std::string profile_;
    std::string push_;
    unsigned seconds_ = 30;
    bool unload_ = false;
    std::string type_ = "huge";
    unsigned threshold_ = 0;
};

} // namespace

std::unique_ptr<Command> make_pool_command()
{
    return std::make_unique<PoolCommand>();
}

} // namespace memory_collector
