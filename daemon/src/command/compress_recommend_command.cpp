// SPDX-License-Identifier: GPL-2.0-only
//
// `compress recommend`: samples live processes and says with what to compress
// each, if at all.
#include "command/command.h"
#include "command/compress_sampling.h"
#include "compress/recommend_report.h"

namespace memory_collector {

namespace {

class CompressRecommendCommand : public Command {
public:
    void add_options(CLI::App &app) override { sampling_.add_to(app); }

    int execute() override
    {
        return sampling_.run([](const compress::SampledProcess &process, bool table) {
            return table ? recommend_table(process) : recommend_row(process);
        });
    }

private:
    CompressSampling sampling_;
};

} // namespace

std::unique_ptr<Command> make_compress_recommend_command()
{
    return std::make_unique<CompressRecommendCommand>();
}

} // namespace memory_collector
