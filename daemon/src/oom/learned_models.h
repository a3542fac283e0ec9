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

// Boosted trees: at each node a feature is held against a threshold. They are kept
// as complete trees, all of a horizon equally deep: a walk needs no jump that
// would have to be guessed, and many of them go on at a time.
class TreesModel : public Model {
public:
    static constexpr unsigned most_depth = 8;
    struct Node {
        bool leaf = true;
        // What is at most the threshold goes left; children come behind their parent.
        std::size_t feature = 0;
        float threshold = 0;
        std::size_t left = 0;
        std::size_t right = 0;
        // A leaf's.
        float value = 0;
    };
    using Tree = std::vector<Node>;
    struct HorizonTrees {
        double bias = 0;
        std::vector<Tree> trees;
    };
    using AllTrees = std::array<HorizonTrees, horizons_s.size()>;
    static unsigned depth_of(const Tree &tree, std::size_t at = 0);

    // Of trees that were checked (model_file.cpp), none deeper than most_depth.
    explicit TreesModel(const AllTrees &all);
    std::string_view name() const noexcept override { return "trees"; }
    Forecast predict(const Features &features) const noexcept override;

private:
    struct Split {
        float threshold = 0;
        std::uint32_t feature = 0;
    };
    struct Horizon {
        double bias = 0;
        unsigned depth = 0;
        std::size_t trees = 0;
        std::vector<Split> splits; // 2^depth - 1 of each tree, by level
        std::vector<float> leaves; // 2^depth of each
    };

    static void fill(Horizon &to, std::size_t tree, const Tree &from, std::size_t node, std::size_t place,
                     unsigned level);

    std::array<Horizon, horizons_s.size()> horizons_;
};

} // namespace memory_collector::oom
