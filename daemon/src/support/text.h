// SPDX-License-Identifier: GPL-2.0-only
//
// Names come from programs and may hold anything: newlines, quotes, escape
// sequences, bytes that are no UTF-8.
#pragma once

#include <string>
#include <string_view>

namespace memory_collector {

// Appends text as the inside of a JSON string. Bytes that are no UTF-8 become
// U+FFFD.
void append_json(std::string &to, std::string_view text);

// Appends text in valid UTF-8: bytes that are none become U+FFFD.
void append_utf8(std::string &to, std::string_view text);

// Appends text as a CSV field (RFC 4180), quoted if need be, in valid UTF-8.
// Control characters, newlines too, become \xNN: a row stays a line.
void append_csv(std::string &to, std::string_view text);

// Appends a finite number to six digits.
void append_real(std::string &to, double value);

// Valid UTF-8 that cannot move a terminal's cursor: control characters, also
// those beyond ASCII, become '?'.
std::string printable(std::string_view text);

// Width on a terminal, taking every code point as one column.
std::size_t columns_of(std::string_view utf8);

} // namespace memory_collector
