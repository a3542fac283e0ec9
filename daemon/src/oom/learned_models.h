// SPDX-License-Identifier: GPL-2.0-only
//
// Models whose figures were learned from recordings: for each horizon a sum
// that a logistic function turns into a probability.
#pragma once

#include "oom/model.h"

#include <array>
#include <cstdint>
#include <vector>

namespace memory_collector::oom {

class LogisticModel : public Model {
public:
    struct Horizon {
        double bias = 0;
        // Of each feature as it is: the trainer folds its scaling in.
        std::array<double, feature_count> weights{};
    };
    using Horizons = std::array<Horizon, horizons_s.size()>;
    explicit LogisticModel(const Horizons &horizons) : horizons_(horizons) {}
    std::string_view name() const noexcept override { return "logistic"; }
    Forecast predict(const Features &features) const noexcept override;

private:
    Horizons horizons_;
};

// Boosted trees: at each node a feature is held against a threshold.
class TreesModel : public Model {
public:
    struct Node {
        float threshold = 0;
        // What is at most the threshold goes left; children come behind their
        // parent, so that every walk ends.
        std::uint16_t left = 0;
        std::uint16_t right = 0;
        std::uint16_t feature = leaf;
        // A leaf's.
        float value = 0;
    };
    static constexpr std::uint16_t leaf = UINT16_MAX;
    struct Horizon {
        double bias = 0;
        std::vector<Node> nodes; // of all trees
        std::vector<std::uint16_t> roots;
    };
    using Horizons = std::array<Horizon, horizons_s.size()>;
    // Of nodes that were checked (model_file.cpp).
    explicit TreesModel(Horizons horizons) : horizons_(std::move(horizons)) {}
    std::string_view name() const noexcept override { return "trees"; }
    Forecast predict(const Features &features) const noexcept override;

private:
    Horizons horizons_;
};

} // namespace memory_collector::oom
