// SPDX-License-Identifier: GPL-2.0-only
//
// Models with few figures or none, also those that others are held against.
#pragma once

#include "oom/model.h"

namespace memory_collector::oom {

// Demand grows on as it did, until there is no room. The time until the kill is
// taken as log-logistic about that.
class LinearModel : public Model {
public:
    struct Settings {
        // fill_1s, fill_2s or fill_5s: over which window the growth is taken.
        Feature fill = Feature::fill_2s;
        // The greater, the surer.
        double shape = 4;
        // Slower growth, in limits per second, is none.
        Feature slope = Feature::slope_2s;
        double least_slope = 0;
    };
    explicit LinearModel(const Settings &settings) : settings_(settings) {}
    std::string_view name() const noexcept override { return "linear"; }
    Forecast predict(const Features &features) const noexcept override;

private:
    Settings settings_;
};

// Little is free: earlyoom's rule, with its threshold left to the alert's.
class FreeModel : public Model {
public:
    std::string_view name() const noexcept override { return "free"; }
    Forecast predict(const Features &features) const noexcept override;
};

// All tasks wait for memory for so much of ten seconds: systemd-oomd's rule,
// with its threshold left to the alert's and no time that it must last.
class PressureModel : public Model {
public:
    std::string_view name() const noexcept override { return "psi"; }
    Forecast predict(const Features &features) const noexcept override;
};

class NeverModel : public Model {
public:
    std::string_view name() const noexcept override { return "never"; }
    Forecast predict(const Features &) const noexcept override { return {}; }
};

} // namespace memory_collector::oom
