// SPDX-License-Identifier: GPL-2.0-only
#include "oom/hook.h"

#include "oom/rows.h"
#include "support/error.h"
#include "support/exec.h"

#include <spdlog/fmt/fmt.h>
#include <spdlog/spdlog.h>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <sstream>

namespace memory_collector::oom {

namespace {

struct FileActions {
    FileActions() { ::posix_spawn_file_actions_init(&actions); }
    ~FileActions() { ::posix_spawn_file_actions_destroy(&actions); }
    FileActions(const FileActions &) = delete;
    FileActions &operator=(const FileActions &) = delete;
    posix_spawn_file_actions_t actions{};
};

struct Attributes {
    Attributes() { ::posix_spawnattr_init(&attributes); }
    ~Attributes() { ::posix_spawnattr_destroy(&attributes); }
    Attributes(const Attributes &) = delete;
    Attributes &operator=(const Attributes &) = delete;
    posix_spawnattr_t attributes{};
};

} // namespace

std::vector<std::string> hook_environment(const Assessment &assessment, double horizon_s, double probability)
{
    std::vector<std::string> all;
    const auto add = [&all](const char *name, const std::string &value) {
        // A name may hold a NUL, an environment may not.
        all.push_back(fmt::format("MEMORY_COLLECTOR_OOM_{}={}", name, value.substr(0, value.find('\0'))));
    };
    add("TARGET", std::string{*target_name(assessment.target)});
    add("KIND", std::string{target_kind_name(assessment.target.kind)});
    add("PROBABILITY", fmt::format("{:.4f}", probability));
    add("HORIZON_S", fmt::format("{:.0f}", horizon_s));
    // Empty where there is none.
    add("EXPECTED_S", std::isfinite(assessment.forecast.expected_s)
                          ? fmt::format("{:.3f}", assessment.forecast.expected_s)
                          : "");
    add("LIMIT_BYTES", std::to_string(assessment.signals.or_zero(Signal::limit)));
    add("DANGER_BYTES", std::to_string(danger_bytes(assessment.signals).value_or(0)));
    const auto suspect = [&](const char *pid, const char *comm, const std::optional<Suspect> &who) {
        add(pid, who ? std::to_string(who->pid) : "");
        add(comm, who ? std::string{who->name()} : "");
    };
    suspect("VICTIM_PID", "VICTIM_COMM", assessment.suspects.victim);
    suspect("CULPRIT_PID", "CULPRIT_COMM", assessment.suspects.culprit);
    return all;
}

Hook::Hook(const std::string &command)
{
    std::istringstream words{command};
    for (std::string word; words >> word;)
        command_.push_back(word);
    if (command_.empty())
        throw OptionError("hook", "it names no command");
}

void Hook::run(const Assessment &assessment, double horizon_s, double probability)
{
    reap();
    if (pid_ >= 0) {
        skipped_++;
        spdlog::warn("the hook for an alert before still runs (pid {}): not run for '{}'", pid_,
                     *target_name(assessment.target));
        return;
    }
    std::vector<std::string> environment = hook_environment(assessment, horizon_s, probability);
    for (char **entry = environ; *entry != nullptr; entry++)
        environment.emplace_back(*entry);
    const ExecStrings command{command_};
    const ExecStrings variables{std::move(environment)};

    // Rows are on our standard output; what the hook says goes elsewhere.
    FileActions files;
    ::posix_spawn_file_actions_addopen(&files.actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&files.actions, STDERR_FILENO, STDOUT_FILENO);
    Attributes attributes;
    sigset_t none;
    ::sigemptyset(&none);
    sigset_t defaults;
    ::sigemptyset(&defaults);
    ::sigaddset(&defaults, SIGPIPE);
    ::posix_spawnattr_setsigmask(&attributes.attributes, &none);
    ::posix_spawnattr_setsigdefault(&attributes.attributes, &defaults);
    ::posix_spawnattr_setflags(&attributes.attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    pid_t pid = -1;
    const int error = ::posix_spawnp(&pid, command.program(), &files.actions, &attributes.attributes,
                                     command.get(), variables.get());
    if (error != 0) {
        spdlog::error("cannot run the hook '{}': {}; name an executable file with --hook", command_.front(),
                      error_text(error));
        return;
    }
    pid_ = pid;
}

void Hook::reap()
{
    int status = 0;
    const pid_t ended = pid_ < 0 ? 0 : ::waitpid(pid_, &status, WNOHANG);
    if (ended == 0)
        return;
    pid_ = -1;
    // Someone else took its end.
    if (ended < 0)
        return;
    if (WIFSIGNALED(status))
        spdlog::warn("the hook '{}' was ended by signal {}", command_.front(), WTERMSIG(status));
    else if (WEXITSTATUS(status) != 0)
        spdlog::warn("the hook '{}' ended with status {}", command_.front(), WEXITSTATUS(status));
}

} // namespace memory_collector::oom
