// SPDX-License-Identifier: GPL-2.0-only
#include "oom/learned_models.h"

#include <algorithm>
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

unsigned TreesModel::depth_of(const Tree &tree, std::size_t at)
{
    const Node &node = tree.at(at);
    return node.leaf ? 0 : 1 + std::max(depth_of(tree, node.left), depth_of(tree, node.right));
}

TreesModel::TreesModel(const AllTrees &all)
{
    for (std::size_t h = 0; h < horizons_.size(); h++) {
        Horizon &to = horizons_[h];
        to.bias = all[h].bias;
        to.trees = all[h].trees.size();
        for (const Tree &tree : all[h].trees)
            to.depth = std::max(to.depth, depth_of(tree));
        to.splits.resize(to.trees * ((std::size_t{1} << to.depth) - 1));
        to.leaves.resize(to.trees << to.depth);
        for (std::size_t tree = 0; tree < to.trees; tree++)
            fill(to, tree, all[h].trees[tree], 0, 0, 0);
    }
}

void TreesModel::fill(Horizon &to, std::size_t tree, const Tree &from, std::size_t node, std::size_t place,
                      unsigned level)
{
    const std::size_t inner = (std::size_t{1} << to.depth) - 1;
    const Node &now = from.at(node);
    if (level == to.depth) {
        to.leaves.at((tree << to.depth) + place - inner) = now.value;
        return;
    }
    // Below a leaf that comes early, either way leads to its value.
    if (!now.leaf)
        to.splits.at(tree * inner + place) = Split{now.threshold, static_cast<std::uint32_t>(now.feature)};
    fill(to, tree, from, now.leaf ? node : now.left, 2 * place + 1, level + 1);
    fill(to, tree, from, now.leaf ? node : now.right, 2 * place + 2, level + 1);
}

namespace {

// A depth that is known when this is compiled needs no loop.
template <unsigned Depth, typename Split>
double sum_of_trees(const Split *splits, const float *leaves, std::size_t trees, const float *values)
{
    constexpr std::size_t inner = (std::size_t{1} << Depth) - 1;
    double sum = 0;
    for (std::size_t tree = 0; tree < trees; tree++) {
        std::size_t place = 0;
#pragma GCC unroll 8
        for (unsigned level = 0; level < Depth; level++) {
            const Split &split = splits[place];
            place = 2 * place + 1 + static_cast<std::size_t>(values[split.feature] > split.threshold);
        }
        sum += static_cast<double>(leaves[place - inner]);
        splits += inner;
        leaves += inner + 1;
    }
    return sum;
}

} // namespace

Forecast TreesModel::predict(const Features &features) const noexcept
{
    using Sum = double (*)(const Split *, const float *, std::size_t, const float *);
    static constexpr std::array<Sum, most_depth + 1> sums{
        sum_of_trees<0, Split>, sum_of_trees<1, Split>, sum_of_trees<2, Split>,
        sum_of_trees<3, Split>, sum_of_trees<4, Split>, sum_of_trees<5, Split>,
        sum_of_trees<6, Split>, sum_of_trees<7, Split>, sum_of_trees<8, Split>};
    std::array<double, horizons_s.size()> probability{};
    for (std::size_t h = 0; h < horizons_s.size(); h++) {
        const Horizon &horizon = horizons_[h];
        probability[h] =
            logistic(horizon.bias + sums[horizon.depth](horizon.splits.data(), horizon.leaves.data(),
                                                        horizon.trees, features.all().data()));
    }
    return forecast_from(probability);
}

} // namespace memory_collector::oom
