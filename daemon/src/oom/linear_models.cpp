// SPDX-License-Identifier: GPL-2.0-only
#include "oom/linear_models.h"

#include <algorithm>
#include <cmath>

namespace memory_collector::oom {

namespace {

constexpr double low_quantile = 0.1;
constexpr double high_quantile = 0.9;

// Between the horizons probability grows evenly.
double quantile(const std::array<double, horizons_s.size()> &probability, double q)
{
    double time = 0;
    double below = 0;
    for (std::size_t i = 0; i < horizons_s.size(); i++) {
        if (probability[i] >= q)
            return probability[i] > below
                       ? time + (horizons_s[i] - time) * (q - below) / (probability[i] - below)
                       : time;
        time = horizons_s[i];
        below = probability[i];
    }
    return Forecast::never;
}

Forecast same_for_all(double probability)
{
    Forecast forecast;
    forecast.probability.fill(probability);
    return forecast;
}

} // namespace

Forecast forecast_from(std::array<double, horizons_s.size()> probability) noexcept
{
    Forecast forecast;
    double most = 0;
    for (std::size_t i = 0; i < probability.size(); i++) {
        most = std::max(most, std::clamp(probability[i], 0.0, 1.0));
        forecast.probability[i] = most;
    }
    forecast.low_s = quantile(forecast.probability, low_quantile);
    forecast.expected_s = quantile(forecast.probability, 0.5);
    forecast.high_s = quantile(forecast.probability, high_quantile);
    return forecast;
}

Forecast LinearModel::predict(const Features &features) const noexcept
{
    Forecast forecast;
    const double fill = features.get(settings_.fill);
    if (fill <= 0 || features.get(settings_.slope) < settings_.least_slope)
        return forecast;
    const double time = 1 / fill;
    for (std::size_t i = 0; i < horizons_s.size(); i++)
        forecast.probability[i] = 1 / (1 + std::pow(time / horizons_s[i], settings_.shape));
    // The tenth and the ninetieth percentile of log-logistic times.
    const double spread = std::pow(high_quantile / low_quantile, 1 / settings_.shape);
    forecast.expected_s = time;
    forecast.low_s = time / spread;
    forecast.high_s = time * spread;
    return forecast;
}

Forecast FreeModel::predict(const Features &features) const noexcept
{
    return same_for_all(1 - std::clamp(static_cast<double>(features.get(Feature::available)), 0.0, 1.0));
}

Forecast PressureModel::predict(const Features &features) const noexcept
{
    return same_for_all(std::clamp(static_cast<double>(features.get(Feature::psi_full_10s)), 0.0, 1.0));
}

} // namespace memory_collector::oom
