// SPDX-License-Identifier: GPL-2.0-only
//
// A row as a line of JSON: made with the row's type, called with each column.
#pragma once

#include "model/rows.h"
#include "support/text.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace memory_collector {

class JsonLine {
public:
    JsonLine(std::string &to, std::string_view type) : to_(to)
    {
        to_ += R"({"type":")";
        to_ += type;
        to_ += '"';
    }
    void end() { to_ += "}\n"; }

    void operator()(std::string_view name, std::uint64_t value) { number(name, value); }
    void operator()(std::string_view name, const Number &value) { optional(name, value); }
    void operator()(std::string_view name, const Signed &value) { optional(name, value); }
    void operator()(std::string_view name, const Real &value)
    {
        key(name);
        if (known(value))
            append_real(to_, *value);
        else
            to_ += "null";
    }
    void operator()(std::string_view name, const Text &value)
    {
        key(name);
        if (value)
            string(*value);
        else
            to_ += "null";
    }
    void operator()(std::string_view name, const List &values)
    {
        key(name);
        to_ += '[';
        for (const std::string_view value : values) {
            if (to_.back() != '[')
                to_ += ',';
            string(value);
        }
        to_ += ']';
    }

private:
    void key(std::string_view name)
    {
        to_ += ",\"";
        to_ += name;
        to_ += "\":";
    }
    void string(std::string_view value)
    {
        to_ += '"';
        append_json(to_, value);
        to_ += '"';
    }
    template <typename Value> void number(std::string_view name, Value value)
    {
        key(name);
        std::array<char, 24> digits{};
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
        to_.append(digits.data(), end);
    }
    template <typename Value> void optional(std::string_view name, const Value &value)
    {
        if (value) {
            number(name, *value);
            return;
        }
        key(name);
        to_ += "null";
    }

    std::string &to_;
};

} // namespace memory_collector
