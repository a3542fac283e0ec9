// SPDX-License-Identifier: GPL-2.0-only
#include "oom/trace_format.h"

#include <charconv>

namespace memory_collector::oom {

void append_escaped(std::string &to, std::string_view text)
{
    constexpr std::string_view digits = "0123456789abcdef";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte < 0x7f && c != ',' && c != '\\') {
            to += c;
            continue;
        }
        to += "\\x";
        to += digits[byte >> 4];
        to += digits[byte & 15];
    }
}

std::string unescaped(std::string_view text)
{
    std::string out;
    while (!text.empty()) {
        unsigned value = 0;
        if (text.starts_with("\\x") && text.size() >= 4 &&
            std::from_chars(text.data() + 2, text.data() + 4, value, 16).ptr == text.data() + 4) {
            out += static_cast<char>(value);
            text.remove_prefix(4);
            continue;
        }
        out += text.front();
        text.remove_prefix(1);
    }
    return out;
}

} // namespace memory_collector::oom
