// SPDX-License-Identifier: GPL-2.0-only
//
// `compress`: which memory is worth compressing, with what. Its subcommands are
// commands in files of their own: one line each in the table here.
#include "command/command.h"

#include <CLI/CLI.hpp>

#include <iterator>
#include <string>
#include <vector>

namespace memory_collector {

std::unique_ptr<Command> make_compress_sweep_command();
std::unique_ptr<Command> make_compress_sample_command();
std::unique_ptr<Command> make_compress_recommend_command();

namespace {

constexpr CommandEntry table[] = {
    {"sweep", "ratio and speed of every codec and level, over sizes and kinds of data",
     make_compress_sweep_command},
    {"sample", "how well the memory of live processes would compress, and how cold it is",
     make_compress_sample_command},
    {"recommend", "with what to compress the memory of live processes, if at all",
     make_compress_recommend_command},
};

class CompressCommand : public Command {
public:
    void add_options(CLI::App &app) override
    {
        app.require_subcommand(1);
        for (const CommandEntry &entry : table) {
            CLI::App *const parser = app.add_subcommand(std::string{entry.name}, std::string{entry.summary});
            made_.push_back({parser, entry.make()});
            made_.back().command->add_options(*parser);
        }
    }

    int execute() override
    {
        for (const Made &one : made_)
            if (one.parser->parsed())
                return one.command->execute();
        return exit_usage;
    }

private:
    struct Made {
        CLI::App *parser;
        std::unique_ptr<Command> command;
    };
    std::vector<Made> made_;
};

} // namespace

std::unique_ptr<Command> make_compress_command()
{
    return std::make_unique<CompressCommand>();
}

} // namespace memory_collector
