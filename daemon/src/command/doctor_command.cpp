// SPDX-License-Identifier: GPL-2.0-only
#include "command/command.h"
#include "command/doctor_report.h"
#include "source/ebpf/trial.h"

#include <CLI/CLI.hpp>

#include <cstdlib>
#include <iostream>

#include <unistd.h>

namespace memory_collector {

std::unique_ptr<Command> make_doctor_command();

namespace {

class DoctorCommand : public Command {
public:
    void add_options(CLI::App &app) override
    {
        app.add_flag("--json", json_, "one JSON object instead of text");
    }

    int execute() override
    {
        Inspection inspection = inspect_host(HostPaths{}, host_cpuid);
        inspection.ebpf = {.tried = true, .refusal = ebpf::refusal()};
        if (inspection.ebpf.works())
            inspection.ebpf.lacking = ebpf::groups_lacking();
        inspection.coldness = compress::coldness_offers();
        const auto findings = diagnose(inspection);
        if (json_)
            write_findings_json(std::cout, inspection, findings);
        else
            write_findings_text(std::cout, findings, wants_color());
        std::cout.flush();
        return run_will_work(findings) ? exit_done : exit_failed;
    }

private:
    // https://no-color.org: any value that is not empty switches colour off.
    static bool wants_color()
    {
        const char *no_color = std::getenv("NO_COLOR");
        return isatty(STDOUT_FILENO) && !(no_color && *no_color);
    }

    bool json_ = false;
};

} // namespace

std::unique_ptr<Command> make_doctor_command()
{
    return std::make_unique<DoctorCommand>();
}

} // namespace memory_collector
