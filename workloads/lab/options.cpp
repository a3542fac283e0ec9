// SPDX-License-Identifier: GPL-2.0-only
#include "lab/options.h"

#include "support/units.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <spdlog/fmt/fmt.h>

#include <charconv>
#include <cmath>

namespace memory_collector::lab {

namespace {

const char *unit_name(Unit unit)
{
    switch (unit) {
    case Unit::kibibytes:
        return "KiB";
    case Unit::mebibytes:
        return "MiB";
    case Unit::milliseconds:
        return "ms";
    case Unit::seconds:
        return "s";
    case Unit::count:
        break;
    }
    return "";
}

bool is_size(Unit unit)
{
    return unit == Unit::kibibytes || unit == Unit::mebibytes;
}

std::optional<double> parse_plain(std::string_view text)
{
    double number = 0;
    const char *const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || rest != end || !std::isfinite(number))
        return std::nullopt;
    return number;
}

// The shortest decimal text, without an exponent where it is a whole number.
std::string number_text(double value)
{
    return value == std::floor(value) && std::fabs(value) < 1e15 ? fmt::format("{:.0f}", value)
                                                                 : fmt::format("{}", value);
}

} // namespace

std::uint64_t unit_factor(Unit unit)
{
    switch (unit) {
    case Unit::kibibytes:
        return 1ull << 10;
    case Unit::mebibytes:
        return 1ull << 20;
    case Unit::milliseconds:
        return 1'000'000;
    case Unit::seconds:
        return 1'000'000'000;
    case Unit::count:
        break;
    }
    return 1;
}

std::optional<double> parse_number(std::string_view text, Unit unit)
{
    if (const auto plain = parse_plain(text))
        return plain;
    if (unit == Unit::count)
        return std::nullopt;
    const auto exact = is_size(unit) ? parse_size(text) : parse_duration(text);
    if (!exact)
        return std::nullopt;
    return static_cast<double>(*exact) / static_cast<double>(unit_factor(unit));
}

std::string range_text(const Range &range)
{
    std::string text = number_text(range.low) + "-" + number_text(range.high);
    if (range.unit != Unit::count)
        text += std::string{" "} + unit_name(range.unit);
    return text;
}

std::string range_problem(const std::string &name, std::string_view text, const Range &range)
{
    const auto value = parse_number(text, range.unit);
    if (!value) {
        const char *const also = range.unit == Unit::count ? ""
                                 : is_size(range.unit)     ? ", or with a unit, such as 64KiB"
                                                           : ", or with a unit, such as 500ms";
        return fmt::format("{}: '{}' is no number; its range is {}{}", name, text, range_text(range), also);
    }
    if (*value < range.low || *value > range.high)
        return fmt::format("{}: {} is out of its range, {}", name, text, range_text(range));
    const double smallest = *value * static_cast<double>(unit_factor(range.unit));
    if (range.unit == Unit::count && smallest != std::floor(smallest))
        return fmt::format("{}: {} is not a whole number; its range is {}", name, text, range_text(range));
    return {};
}

void Options::number(const std::string &name, std::uint64_t &value, const Range &range,
                     const std::string &description)
{
    const auto factor = unit_factor(range.unit);
    const auto take = [name, range, factor, &value](const std::string &text) {
        if (const std::string problem = range_problem(name, text, range); !problem.empty())
            throw CLI::ValidationError(problem);
        value = static_cast<std::uint64_t>(
            std::llround(*parse_number(text, range.unit) * static_cast<double>(factor)));
    };
    const auto shown = [&value, factor] { return static_cast<double>(value) / static_cast<double>(factor); };
    app_.add_option_function<std::string>(name, take, description)
        ->option_text(fmt::format("{} [{}]", number_text(shown()), range_text(range)));
    shown_.emplace_back(name.substr(2), [shown] {
        const double number = shown();
        if (number == std::floor(number))
            return nlohmann::json(static_cast<std::uint64_t>(number));
        return nlohmann::json(number);
    });
}

void Options::share(const std::string &name, double &value, const std::string &description)
{
    const Range range{0, 1, Unit::count};
    const auto take = [name, range, &value](const std::string &text) {
        const auto number = parse_plain(text);
        if (!number || *number < range.low || *number > range.high)
            throw CLI::ValidationError(
                number ? fmt::format("{}: {} is out of its range, 0-1", name, text)
                       : fmt::format("{}: '{}' is no number; its range is 0-1", name, text));
        value = *number;
    };
    app_.add_option_function<std::string>(name, take, description)
        ->option_text(fmt::format("{} [0-1]", number_text(value)));
    shown_.emplace_back(name.substr(2), [&value] { return nlohmann::json(value); });
}

void Options::flag(const std::string &name, bool &value, const std::string &description)
{
    app_.add_flag(name, value, description);
}

void Options::text(const std::string &name, std::string &value, const std::string &description)
{
    app_.add_option(name, value, description)->option_text(value.empty() ? "TEXT" : value);
    shown_.emplace_back(name.substr(2), [&value] { return nlohmann::json(value); });
}

bool Options::given(const std::string &name) const
{
    return app_.count(name) != 0;
}

nlohmann::json Options::json() const
{
    nlohmann::json object = nlohmann::json::object();
    for (const auto &[name, value] : shown_)
        object[name] = value();
    return object;
}

} // namespace memory_collector::lab
