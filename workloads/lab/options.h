// SPDX-License-Identifier: GPL-2.0-only
//
// Options with a default and a range, as --help shows them and the result repeats them.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace memory_collector::lab {

// What a number without a unit means. Values are kept in the smallest unit: bytes, nanoseconds.
enum class Unit { count, kibibytes, mebibytes, milliseconds, seconds };

std::uint64_t unit_factor(Unit unit);

// "64", "5e7", "1GiB", "1500ms". Nothing if it is no number, or none that fits.
std::optional<double> parse_number(std::string_view text, Unit unit);

// In the unit that a bare number has.
struct Range {
    double low = 0;
    double high = 0;
    Unit unit = Unit::count;
};

// Empty if the value may be, else what is wrong with it: name, value and range.
std::string range_problem(const std::string &name, std::string_view text, const Range &range);

// "1-2000", "4-1048576 KiB".
std::string range_text(const Range &range);

// Adds options to a parser and remembers them.
class Options {
public:
    explicit Options(CLI::App &app) : app_(app) {}

    // The value's present content is the default.
    void number(const std::string &name, std::uint64_t &value, const Range &range,
                const std::string &description);
    void share(const std::string &name, double &value, const std::string &description);
    void flag(const std::string &name, bool &value, const std::string &description);
    void text(const std::string &name, std::string &value, const std::string &description);

    // name -> value in the unit of a bare number.
    nlohmann::json json() const;
    bool given(const std::string &name) const;

private:
    CLI::App &app_;
    std::vector<std::pair<std::string, std::function<nlohmann::json()>>> shown_;
};

} // namespace memory_collector::lab
