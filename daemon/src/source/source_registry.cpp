// SPDX-License-Identifier: GPL-2.0-only
#include "source/source_registry.h"

#include "source/module_control.h"
#include "support/error.h"

#include <string>

namespace memory_collector {

// Each is defined in the source's own file.
std::unique_ptr<LiveSource> make_module_source(const SourceOptions &options);
std::unique_ptr<LiveSource> make_ebpf_source(const SourceOptions &options);

namespace {

constexpr SourceEntry table[] = {
    {"module", make_module_source},
    {"ebpf", make_ebpf_source},
};

} // namespace

const SourceEntry &source_entry(std::string_view name)
{
    if (name == "auto")
        name = ModuleControl::loading() ? "module" : "ebpf";
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
