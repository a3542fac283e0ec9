// SPDX-License-Identifier: GPL-2.0-only
//
// Another's program as a command: bounds, guardrails, the run, its result as our JSON.
#include "lab/tools/tool_command.h"

#include "lab/guardian.h"
#include "lab/guardrails.h"
#include "lab/options.h"
#include "lab/result.h"
#include "lab/tools/temp_folder.h"
#include "lab/tools/text.h"
#include "lab/tools/tool_process.h"
#include "support/error.h"
#include "support/fd.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>

namespace memory_collector::lab {

namespace {

using Json = nlohmann::json;

// Programs and libraries of a tool's processes.
constexpr std::uint64_t process_bytes = 16ull << 20;
constexpr std::uint64_t long_ns = 300 * ns_per_s;

std::string first_line(std::string_view text)
{
    const std::size_t begin = text.find_first_not_of(" \t\r\n");
    if (begin == std::string_view::npos)
        return {};
    text.remove_prefix(begin);
    return std::string{without_blanks(text.substr(0, text.find('\n')))};
}

std::string version_of(const Tool &tool, const std::string &program)
{
    const ToolOutcome outcome = run_tool(
        {.command = tool.version_command(program), .environment = {}, .folder = {}}, 5 * ns_per_s, 1 << 20);
    return outcome.status == 0 ? first_line(outcome.output + outcome.errors) : "";
}

Json metrics_json(const std::vector<Metric> &metrics)
{
    Json list = Json::array();
    for (const Metric &metric : metrics)
        list.push_back({{"name", metric.name}, {"value", metric.value}, {"unit", metric.unit}});
    return list;
}

std::string tail(std::string_view text)
{
    constexpr std::size_t most = 800;
    while (text.ends_with('\n'))
        text.remove_suffix(1);
    return std::string{text.size() > most ? text.substr(text.size() - most) : text};
}

class ToolCommand : public LabCommand {
public:
    explicit ToolCommand(const ToolEntry &entry) : entry_(entry), tool_(entry.make()) {}

    void add_options(CLI::App &app) override
    {
        options_.emplace(app);
        std::string text = "what it does:";
        for (const Profile &profile : tool_->profiles())
            text += fmt::format(" {} ({}){}", profile.name, profile.summary,
                                profile.name == tool_->profiles().back().name ? "" : ",");
        profile_ = tool_->profiles().front().name;
        options_->text("--profile", profile_, text);
        options_->number("--duration-sec", duration_ns_, {1, 3600, Unit::seconds},
                         "how long; above 300 only with --unsafe-allow-long");
        options_->number("--workers", workers_, {1, 512, Unit::count},
                         "threads or processes that share the work");
        options_->number("--bytes-mb", bytes_, {1, 16384, Unit::mebibytes}, "memory, all workers together");
        app.add_option(entry_.place_option, place_, entry_.place_text)->option_text("PATH");
        options_->flag("--json", json_, "the result as one JSON object");
        options_->flag("--unsafe-allow-long", unsafe_allow_long_, "allow long durations");
    }

    int execute() override
    {
        check();
        const auto program = tool_->find(place_);
        if (!program) {
            spdlog::error("{} is not here{}; to get it: {}", entry_.name,
                          place_.empty() ? "" : fmt::format(" (looked for {})", place_), tool_->remedy());
            return exit_no_tool;
        }
        std::string problem =
            memory_problem_before(memory_pools(HostPaths{}), bytes_ + (workers_ + 2) * process_bytes, true);
        if (problem.empty())
            problem = process_problem(process_rooms(HostPaths{}), 2 * workers_ + 8);
        if (!problem.empty())
            throw Error(problem);
        TempFolder folder;
        return guarded([&] {
            const int status = run(*program, folder);
            folder.remove();
            return status;
        });
    }

private:
    void check() const
    {
        const auto profiles = tool_->profiles();
        if (std::ranges::none_of(profiles,
                                 [&](const Profile &profile) { return profile.name == profile_; })) {
            std::string names;
            for (const Profile &profile : profiles)
                names += fmt::format("{}{}", names.empty() ? "" : ", ", profile.name);
            throw UsageError(fmt::format("--profile: '{}' is none of {}", profile_, names));
        }
        if (duration_ns_ > long_ns && !unsafe_allow_long_)
            throw UsageError(fmt::format("--duration-sec: {} is above 300 (its range is 1-3600): add "
                                         "--unsafe-allow-long if you mean it",
                                         duration_ns_ / ns_per_s));
        if (bytes_ / workers_ < 4096)
            throw UsageError("--bytes-mb: less than a page for each of --workers");
    }

    int run(const std::string &program, const TempFolder &folder)
    {
        const UniqueFd memory{::memfd_create("memory-workload", MFD_CLOEXEC)};
        if (!memory || ::ftruncate(memory.get(), static_cast<off_t>(bytes_)) != 0)
            throw Error("cannot make a file in memory: " + error_text(errno));
        const Scratch scratch{folder.path(), fmt::format("/proc/{}/fd/{}", ::getpid(), memory.get())};
        const std::string version = version_of(*tool_, program);
        rusage before{};
        ::getrusage(RUSAGE_CHILDREN, &before);
        const ToolRun plan = tool_->run(program, profile_, {duration_ns_, workers_, bytes_}, scratch);
        // A file that it makes is no larger than the memory that it may use, or what it logs.
        const ToolOutcome outcome =
            run_tool(plan, duration_ns_ + plan.slack_ns, std::max<std::uint64_t>(bytes_, 64ull << 20));
        const std::vector<Metric> metrics = tool_->results(outcome.output, scratch);

        std::vector<std::string> problems;
        if (!outcome.problem.empty())
            problems.push_back(outcome.problem);
        else if (outcome.stop_signal == 0 && outcome.status != 0)
            problems.push_back(fmt::format("{} ended with status {}: {}", entry_.name, outcome.status,
                                           tail(outcome.errors.empty() ? outcome.output : outcome.errors)));
        else if (outcome.stop_signal == 0 && metrics.empty())
            problems.push_back(fmt::format("{} said nothing that is understood here (version: {})",
                                           entry_.name, version.empty() ? "unknown" : version));
        print(result(version, plan, outcome, metrics, problems, before));
        for (const std::string &problem : problems)
            spdlog::error("{}", problem);
        if (outcome.stop_signal != 0)
            return exit_signal + outcome.stop_signal;
        return problems.empty() ? exit_done : exit_failed;
    }

    Json result(const std::string &version, const ToolRun &plan, const ToolOutcome &outcome,
                const std::vector<Metric> &metrics, const std::vector<std::string> &problems,
                const rusage &before) const
    {
        Json json = empty_result(entry_.name);
        json["options"] = options_->json();
        json["elapsed_s"] = outcome.elapsed_s;
        json["children"] = usage_since(before);
        json["tool"] = {{"version", version.empty() ? Json(nullptr) : Json(version)},
                        {"command", plan.command},
                        {"status", outcome.status}};
        json["metrics"] = metrics_json(metrics);
        json["problems"] = problems;
        if (outcome.stop_signal != 0)
            json["stopped_by"] = fmt::format("signal {}", outcome.stop_signal);
        return json;
    }

    void print(const Json &result) const
    {
        std::string text =
            fmt::format("{} {}: {:.2f} s\n", entry_.name, profile_, result["elapsed_s"].get<double>());
        for (const Json &metric : result["metrics"])
            text += fmt::format("  {}: {} {}\n", metric["name"].get<std::string>(),
                                metric["value"].get<double>(), metric["unit"].get<std::string>());
        print_all(json_ ? result.dump(2) + "\n" : text);
    }

    const ToolEntry &entry_;
    std::unique_ptr<Tool> tool_;
    std::optional<Options> options_;
    std::string profile_;
    std::string place_;
    std::uint64_t duration_ns_ = 10 * ns_per_s;
    std::uint64_t workers_ = 2;
    std::uint64_t bytes_ = 64ull << 20;
    bool json_ = false;
    bool unsafe_allow_long_ = false;
};

class CheckTools : public LabCommand {
public:
    void add_options(CLI::App &app) override
    {
        app.add_option("--mmtests-dir", mmtests_, "folder of MMTests (also: $MMTESTS_DIR)")
            ->option_text("PATH");
        app.add_flag("--json", json_, "as one JSON object");
    }

    int execute() override
    {
        return guarded([this] {
            Json list = Json::object();
            std::string text;
            for (const ToolEntry &entry : tools()) {
                const auto tool = entry.make();
                const auto program = tool->find(entry.name == "mmtests" ? mmtests_ : "");
                const std::string version = program ? version_of(*tool, *program) : "";
                list[std::string{entry.name}] = {{"path", program ? Json(*program) : Json(nullptr)},
                                                 {"version", version.empty() ? Json(nullptr) : Json(version)},
                                                 {"to_get_it", tool->remedy()}};
                const std::string place =
                    program ? fmt::format("{} ({})", *program, version.empty() ? "version unknown" : version)
                            : fmt::format("not here: {}", tool->remedy());
                text += fmt::format("{:20} {}\n", entry.name, place);
            }
            print_all(json_ ? list.dump(2) + "\n" : text);
            return exit_done;
        });
    }

private:
    std::string mmtests_;
    bool json_ = false;
};

} // namespace

std::unique_ptr<LabCommand> make_tool_command(const ToolEntry &entry)
{
    return std::make_unique<ToolCommand>(entry);
}

std::unique_ptr<LabCommand> make_check_tools()
{
    return std::make_unique<CheckTools>();
}

} // namespace memory_collector::lab
