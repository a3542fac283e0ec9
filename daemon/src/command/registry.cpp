// SPDX-License-Identifier: GPL-2.0-only
//
// The table of subcommands: one line each.
#include "command/command.h"

#include <CLI/CLI.hpp>

namespace memory_collector {

// Each is defined in the command's own file.
std::unique_ptr<Command> make_run_command();
std::unique_ptr<Command> make_report_command();
std::unique_ptr<Command> make_decode_command();
std::unique_ptr<Command> make_probe_command();
std::unique_ptr<Command> make_oom_command();
std::unique_ptr<Command> make_compress_command();
std::unique_ptr<Command> make_pool_command();
#if __has_include("command/doctor_command.cpp")
std::unique_ptr<Command> make_doctor_command();
#endif

namespace {

constexpr CommandEntry table[] = {
    {"run", "measure processes on this machine until stopped", make_run_command},
    {"report", "the same report from a trace-cmd recording", make_report_command},
    {"oom", "who will run out of memory, and when", make_oom_command},
    {"compress", "which memory is worth compressing, with what", make_compress_command},
    {"pool", "swap to compressed memory: a zram device, known pages in it, what it saves", make_pool_command},
    {"decode", "what --format protobuf wrote, as JSON lines", make_decode_command},
    {"probe", "a line for each new process or page fault, or a second of reclaim", make_probe_command},
#if __has_include("command/doctor_command.cpp")
    {"doctor", "what this machine can measure, and what is in the way", make_doctor_command},
#endif
};

constexpr ProgramName names[] = {
    {"proc_create", {"probe", "fork"}},
    {"page_fault", {"probe", "fault"}},
    {"swap_probe", {"probe", "swap"}},
    {"compressor-monitor", {"compress", "sweep"}},
    {"ram-pool", {"pool"}},
};

} // namespace

void add_log_level(CLI::App &program, std::string &level)
{
    program.add_option("--log-level", level, "what to say on stderr")
        ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error", "off"}))
        ->capture_default_str();
}

std::span<const CommandEntry> commands()
{
    return table;
}

std::span<const ProgramName> program_names()
{
    return names;
}

} // namespace memory_collector
