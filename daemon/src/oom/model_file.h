// SPDX-License-Identifier: GPL-2.0-only
//
// Models from data: data/oom/model.json, which is built in, or another file of
// that format (docs/oom.md).
#pragma once

#include "oom/model.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace memory_collector::oom {

// The built-in file's text.
extern const std::string_view builtin_model_text;

// The model of this name, or for an empty name the file's default one. Throws
// Error that names `file` and what is wrong with it, or that the file has no
// such model and which it has.
std::unique_ptr<Model> load_model(std::string_view text, const std::string &file, const std::string &name);

} // namespace memory_collector::oom
