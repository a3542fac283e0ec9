// SPDX-License-Identifier: GPL-2.0-only
//
// What a model is: features in, probabilities out. Its figures are data
// (model_file.h), and a prediction allocates nothing.
#pragma once

#include "oom/features.h"

#include <array>
#include <cstddef>
#include <limits>
#include <string_view>

namespace memory_collector::oom {

inline constexpr std::array<double, 4> horizons_s{1, 5, 10, 30};

struct Forecast {
    static constexpr double never = std::numeric_limits<double>::infinity();

    // That the kernel kills within each horizon; they never fall.
    std::array<double, horizons_s.size()> probability{};
    // When it is as likely to have happened as not, and the times between which
    // it happens with a probability of 0.8.
    double expected_s = never;
    double low_s = never;
    double high_s = never;
};

class Model {
public:
    virtual ~Model() = default;
    virtual std::string_view name() const noexcept = 0;
    virtual Forecast predict(const Features &features) const noexcept = 0;
};

// A forecast of probabilities that were found one by one: made to never fall,
// the times read from them.
Forecast forecast_from(std::array<double, horizons_s.size()> probability) noexcept;

} // namespace memory_collector::oom
