// SPDX-License-Identifier: GPL-2.0-only
//
// `compress sample`: how well the memory of live processes would compress.
#include "command/command.h"
#include "command/compress_sampling.h"
#include "compress/sample_report.h"

namespace memory_collector {

namespace {

class CompressSampleCommand : public Command {
public:
    void add_options(CLI::App &app) override { sampling_.add_to(app); }

    int execute() override
    {
        return sampling_.run([](const compress::SampledProcess &process, bool table) {
            return table ? sample_table(process) : sample_row(process);
        });
    }

private:
    CompressSampling sampling_;
};

} // namespace

std::unique_ptr<Command> make_compress_sample_command()
{
    return std::make_unique<CompressSampleCommand>();
}

} // namespace memory_collector
