// SPDX-License-Identifier: GPL-2.0-only
//
// Other people's programs, run within bounds. To add one: a file here that defines a class
// derived from Tool and a factory for it, and a line in the table of tool_registry.cpp.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace memory_collector::lab {

struct Metric {
    std::string name;
    double value = 0;
    std::string unit; // empty: a count
};

// What a run may use at most.
struct Bounds {
    std::uint64_t duration_ns = 0;
    std::uint64_t workers = 0;
    std::uint64_t bytes = 0;
};

// Where a run puts what must go afterwards, and what it may open.
struct Scratch {
    std::filesystem::path folder;
    // A file in memory of `bytes` bytes, gone with the keeper.
    std::string memory_file;
};

struct ToolRun {
    std::vector<std::string> command;     // program and arguments
    std::vector<std::string> environment; // NAME=VALUE, added to ours
    std::filesystem::path folder;         // where it runs
    // Beyond the time that it was told: then it is ended.
    std::uint64_t slack_ns = 10'000'000'000;
};

struct Profile {
    std::string_view name;
    std::string_view summary;
};

class Tool {
public:
    virtual ~Tool() = default;

    virtual std::span<const Profile> profiles() const = 0;
    // How to get it.
    virtual std::string_view remedy() const = 0;
    // The program's path; nothing if it is not there. `given`: what the user says it is, or empty.
    virtual std::optional<std::string> find(const std::string &given) const = 0;
    virtual std::vector<std::string> version_command(const std::string &program) const = 0;
    virtual ToolRun run(const std::string &program, std::string_view profile, const Bounds &bounds,
                        const Scratch &scratch) const = 0;
    // From what it printed, or left in files; empty if it says nothing that is understood.
    virtual std::vector<Metric> results(std::string_view output, const Scratch &scratch) const = 0;
};

struct ToolEntry {
    std::string_view name;
    std::string_view summary;
    // The option that says where it is.
    const char *place_option;
    const char *place_text;
    std::unique_ptr<Tool> (*make)();
};

std::span<const ToolEntry> tools();

// A program by its name in PATH, or by a path with a slash in it.
std::optional<std::string> find_program(const std::string &name);

} // namespace memory_collector::lab
