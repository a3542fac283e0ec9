// SPDX-License-Identifier: GPL-2.0-only
#include "support/text.h"

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>

namespace memory_collector {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD"; // U+FFFD
constexpr char hex[] = "0123456789abcdef";

// The length of the well-formed sequence at the start of text (Unicode table
// 3-7), or 0.
std::size_t sequence(std::string_view text)
{
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const auto tail = [&](std::size_t i, unsigned low, unsigned high) {
        return i < text.size() && byte(i) >= low && byte(i) <= high;
    };
    const unsigned first = byte(0);
    if (first < 0x80)
        return 1;
    if (first >= 0xC2 && first <= 0xDF)
        return tail(1, 0x80, 0xBF) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        const unsigned low = first == 0xE0 ? 0xA0 : 0x80;
        const unsigned high = first == 0xED ? 0x9F : 0xBF;
        return tail(1, low, high) && tail(2, 0x80, 0xBF) ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        const unsigned low = first == 0xF0 ? 0x90 : 0x80;
        const unsigned high = first == 0xF4 ? 0x8F : 0xBF;
        return tail(1, low, high) && tail(2, 0x80, 0xBF) && tail(3, 0x80, 0xBF) ? 4 : 0;
    }
    return 0;
}

bool control(unsigned char byte)
{
    return byte < 0x20 || byte == 0x7F;
}

// Calls visit with each well-formed sequence, or with nothing for a bad byte.
template <typename Visit> void walk(std::string_view text, Visit &&visit)
{
    while (!text.empty()) {
        const std::size_t length = sequence(text);
        visit(text.substr(0, length));
        text.remove_prefix(length == 0 ? 1 : length);
    }
}

} // namespace

void append_json(std::string &to, std::string_view text)
{
    walk(text, [&](std::string_view part) {
        if (part.empty()) {
            to += replacement;
            return;
        }
        const auto byte = static_cast<unsigned char>(part[0]);
        if (byte == '"' || byte == '\\') {
            to += '\\';
            to += part;
        } else if (byte == '\n') {
            to += "\\n";
        } else if (byte == '\t') {
            to += "\\t";
        } else if (control(byte)) {
            to += "\\u00";
            to += hex[byte >> 4];
            to += hex[byte & 15];
        } else {
            to += part;
        }
    });
}

void append_utf8(std::string &to, std::string_view text)
{
    walk(text, [&](std::string_view part) { to += part.empty() ? replacement : part; });
}

void append_csv(std::string &to, std::string_view text)
{
    const bool quote = text.find_first_of(",\"") != std::string_view::npos;
    if (quote)
        to += '"';
    walk(text, [&](std::string_view part) {
        if (part.empty()) {
            to += replacement;
            return;
        }
        const auto byte = static_cast<unsigned char>(part[0]);
        if (byte == '"') {
            to += "\"\"";
        } else if (control(byte)) {
            to += "\\x";
            to += hex[byte >> 4];
            to += hex[byte & 15];
        } else {
            to += part;
        }
    });
    if (quote)
        to += '"';
}

void append_real(std::string &to, double value)
{
    std::array<char, 32> digits{};
    char *const end =
        std::to_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::general, 6).ptr;
    to.append(digits.data(), end);
}

std::string printable(std::string_view text)
{
    std::string out;
    walk(text, [&](std::string_view part) {
        const bool bad = part.empty() || control(static_cast<unsigned char>(part[0]));
        // U+0080 to U+009F: C1 controls.
        const bool c1 = part.size() == 2 && part[0] == '\xC2' && static_cast<unsigned char>(part[1]) < 0xA0;
        if (bad || c1)
            out += '?';
        else
            out += part;
    });
    return out;
}

std::size_t columns_of(std::string_view utf8)
{
    std::size_t count = 0;
    for (const char c : utf8)
        if ((static_cast<unsigned char>(c) & 0xC0) != 0x80)
            count++;
    return count;
}

} // namespace memory_collector
