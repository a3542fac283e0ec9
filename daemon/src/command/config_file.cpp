// SPDX-License-Identifier: GPL-2.0-only
#include "command/config_file.h"

#include "support/fd.h"
#include "support/files.h"

#include <CLI/CLI.hpp>
#include <toml++/toml.h>

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace memory_collector {

namespace {

constexpr std::size_t most_bytes = std::size_t{1} << 20;

enum class Kind : std::uint8_t { text, whole_number, number, flag };

Kind kind_of(const CLI::Option &option)
{
    if (option.get_type_size_max() == 0)
        return Kind::flag;
    const std::string type = option.get_type_name();
    if (type.starts_with("UINT") || type.starts_with("INT"))
        return Kind::whole_number;
    return type.starts_with("FLOAT") ? Kind::number : Kind::text;
}

std::string example(Kind kind, const std::string &name)
{
    switch (kind) {
    case Kind::whole_number:
        return "a whole number, as in " + name + " = 10";
    case Kind::number:
        return "a number, as in " + name + " = 0.5";
    case Kind::flag:
        return "true or false";
    case Kind::text:
        break;
    }
    return "a text in double quotes, as in " + name + " = \"...\"";
}

// What the command line would have for it; nothing if it is of another type.
std::optional<std::string> text_of(const toml::node &node, Kind kind)
{
    if (kind == Kind::text && node.is_string())
        return node.as_string()->get();
    if (kind == Kind::flag && node.is_boolean())
        return node.as_boolean()->get() ? "true" : "false";
    if ((kind == Kind::whole_number || kind == Kind::number) && node.is_integer())
        return std::to_string(node.as_integer()->get());
    if (kind == Kind::number && node.is_floating_point())
        return std::to_string(node.as_floating_point()->get());
    return std::nullopt;
}

std::string type_of(const toml::node &node)
{
    switch (node.type()) {
    case toml::node_type::table:
        return "a table";
    case toml::node_type::array:
        return "a list";
    case toml::node_type::string:
        return "a text";
    case toml::node_type::integer:
        return "a whole number";
    case toml::node_type::floating_point:
        return "a number";
    case toml::node_type::boolean:
        return "true or false";
    default:
        return "a time";
    }
}

CLI::Option *option_of(CLI::App &app, const std::string &name)
{
    CLI::Option *const option = app.get_option_no_throw("--" + name);
    // A command's parser finds the program's options too.
    for (const CLI::Option *own : app.get_options())
        if (own == option && option->get_configurable() && option->nonpositional())
            return option;
    return nullptr;
}

std::string known_keys(const CLI::App &app)
{
    std::string names;
    for (const CLI::Option *option : app.get_options())
        if (option->get_configurable() && !option->get_lnames().empty())
            names += (names.empty() ? "" : ", ") + option->get_lnames().front();
    return names;
}

} // namespace

struct ConfigFile::Contents {
    std::string path;
    toml::table table;
    std::map<std::string, std::string> given; // option to "FILE:LINE: 'key'"

    std::string at(const toml::node &node, const std::string &name) const
    {
        return path + ":" + std::to_string(node.source().begin.line) + ": '" + name + "'";
    }
    void apply(CLI::App &to, const std::string &name, const toml::node &node, const std::string &part);
};

ConfigFile::ConfigFile(std::string file) : contents_(std::make_unique<Contents>())
{
    contents_->path = std::move(file);
    const std::string &path = contents_->path;
    const UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY)};
    const int error = errno;
    struct stat status {};
    if (!fd || ::fstat(fd.get(), &status) != 0)
        throw UsageError("cannot read the configuration '" + path + "': " + error_text(error) +
                         "; name a TOML file that this user may read");
    if (!S_ISREG(status.st_mode) || static_cast<std::size_t>(status.st_size) > most_bytes)
        throw UsageError("cannot read the configuration '" + path +
                         "': it is no file of at most 1 MiB; name a TOML file");
    try {
        contents_->table = toml::parse(read_file(path, most_bytes), path);
    } catch (const toml::parse_error &parse_error) {
        throw UsageError(path + ":" + std::to_string(parse_error.source().begin.line) +
                         ": this is no TOML: " + std::string{parse_error.description()} +
                         "; write lines as in interval = \"1s\", below [run]");
    }
}

ConfigFile::~ConfigFile() = default;

void ConfigFile::apply(CLI::App &program, const std::string &command)
{
    CLI::App &of_command = *program.get_subcommand(command);
    for (const auto &[key, node] : contents_->table) {
        const std::string name{key.str()};
        if (name == command && node.is_table()) {
            for (const auto &[inner, inner_node] : *node.as_table())
                contents_->apply(of_command, std::string{inner.str()}, inner_node, "[" + command + "]");
            continue;
        }
        if (node.is_table())
            throw UsageError(contents_->at(node, name) +
                             " is no table of a configuration; the only one is [" + command +
                             "]: rename or remove it");
        contents_->apply(program, name, node, "the part before [" + command + "]");
    }
}

void ConfigFile::Contents::apply(CLI::App &to, const std::string &name, const toml::node &node,
                                 const std::string &part)
{
    CLI::Option *const option = option_of(to, name);
    if (option == nullptr)
        throw UsageError(at(node, name) + " is no key of " + part + ", which has " + known_keys(to) +
                         ": correct its name, move it or remove it");
    const Kind kind = kind_of(*option);
    const bool list = option->get_items_expected_max() > 1;
    std::vector<std::string> values;
    const auto add = [&](const toml::node &value) {
        const auto text = text_of(value, kind);
        if (!text)
            throw UsageError(at(node, name) + " is " + type_of(value) + "; give it " + example(kind, name));
        values.push_back(*text);
    };
    if (list && node.is_array())
        for (const toml::node &value : *node.as_array())
            add(value);
    else
        add(node);
    // The command line has precedence.
    if (option->count() != 0)
        return;
    try {
        for (const std::string &value : values)
            option->add_result(value);
        if (!values.empty())
            option->run_callback();
    } catch (const CLI::ParseError &error) {
        throw UsageError(at(node, name) + ": " + error.what() + "; give it " + example(kind, name) +
                         " (see memory-collector " + to.get_name() + " --help)");
    }
    given[name] = at(node, name);
}

void ConfigFile::refuse(const OptionError &error) const
{
    const auto found = contents_->given.find(error.name());
    if (found == contents_->given.end())
        throw error;
    throw UsageError(found->second + ": " + error.cause());
}

} // namespace memory_collector
