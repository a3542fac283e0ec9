// SPDX-License-Identifier: GPL-2.0-only
#include "source/source_registry.h"

#include "support/error.h"

#include <string>

namespace memory_collector {

// Each is defined in the source's own file.
std::unique_ptr<LiveSource> make_module_source(const SourceOptions &options);

namespace {

std::unique_ptr<LiveSource> no_ebpf_source(const SourceOptions &)
{
    throw Error("--source ebpf: this build has no eBPF source yet; use --source module");
}

// The first is what `auto` takes.
constexpr SourceEntry table[] = {
    {"module", make_module_source},
    {"ebpf", no_ebpf_source},
};

} // namespace

const SourceEntry &source_entry(std::string_view name)
{
    if (name == "auto")
        return table[0];
    std::string known = "auto";
    for (const SourceEntry &entry : table) {
        if (entry.name == name)
            return entry;
        known += ", " + std::string{entry.name};
    }
    throw OptionError("source", "'" + std::string{name} + "' is none of " + known);
}

std::unique_ptr<LiveSource> make_source(std::string_view name, const SourceOptions &options)
{
    return source_entry(name).make(options);
}

} // namespace memory_collector
