// SPDX-License-Identifier: GPL-2.0-only
#include "oom/learned_models.h"

#include <cmath>

namespace memory_collector::oom {

namespace {

double logistic(double sum)
{
    return 1 / (1 + std::exp(-sum));
}

} // namespace

Forecast LogisticModel::predict(const Features &features) const noexcept
{
    std::array<double, horizons_s.size()> probability{};
    const auto values = features.all();
    for (std::size_t h = 0; h < horizons_s.size(); h++) {
        double sum = horizons_[h].bias;
        for (std::size_t i = 0; i < feature_count; i++)
            sum += horizons_[h].weights[i] * static_cast<double>(values[i]);
        probability[h] = logistic(sum);
    }
    return forecast_from(probability);
}

Forecast TreesModel::predict(const Features &features) const noexcept
{
    std::array<double, horizons_s.size()> probability{};
    const auto values = features.all();
    for (std::size_t h = 0; h < horizons_s.size(); h++) {
        const Horizon &horizon = horizons_[h];
        double sum = horizon.bias;
        for (const std::uint16_t root : horizon.roots) {
            const Node *node = &horizon.nodes[root];
            while (node->feature != leaf)
                node = &horizon.nodes[values[node->feature] <= node->threshold ? node->left : node->right];
            sum += static_cast<double>(node->value);
        }
        probability[h] = logistic(sum);
    }
    return forecast_from(probability);
}

} // namespace memory_collector::oom
