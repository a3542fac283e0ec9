// SPDX-License-Identifier: GPL-2.0-only
#include "compress/statistics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace memory_collector::compress {

namespace {

constexpr double z = 1.959963984540054; // the normal distribution's quantile 97.5%

Mean around(double value, double centre, double half)
{
    return {value, std::clamp(centre - half, 0.0, value), std::clamp(centre + half, value, 1.0)};
}

} // namespace

Mean share_mean(std::uint64_t hits, std::uint64_t sampled, std::uint64_t population)
{
    if (sampled == 0)
        return {0, 0, 1};
    const auto n = static_cast<double>(sampled);
    const double share = static_cast<double>(hits) / n;
    if (sampled >= population)
        return {share, share, share};
    const auto all = static_cast<double>(population);
    // A sample with replacement as large as this would say as much.
    const double size = n * (all - 1) / (all - n);
    const double centre = (share + z * z / (2 * size)) / (1 + z * z / size);
    const double half =
        z / (1 + z * z / size) * std::sqrt(share * (1 - share) / size + z * z / (4 * size * size));
    return around(share, centre, half);
}

Mean bounded_mean(const RunningMean &values, double sampled_share)
{
    if (values.count() == 0)
        return {0, 0, 1};
    const auto n = static_cast<double>(values.count());
    const double mean = values.mean();
    constexpr double added = 4;
    const double shifted = (mean * n + added / 2) / (n + added);
    // Of the n and of the four, around the mean of them all.
    const double squares = values.squares() + n * (mean - shifted) * (mean - shifted) +
                           added / 2 * (shifted * shifted + (1 - shifted) * (1 - shifted));
    const double unseen = std::clamp(1 - sampled_share, 0.0, 1.0);
    const double half = z * std::sqrt(squares / (n + added) / (n + added) * unseen);
    return around(mean, mean + (shifted - mean) * unseen, half);
}

Mean measured_mean(const RunningMean &values)
{
    if (values.count() < 2)
        return {values.mean(), 0, std::numeric_limits<double>::infinity()};
    const double half = student_quantile(values.count() - 1) *
                        std::sqrt(values.variance() / static_cast<double>(values.count()));
    return {values.mean(), std::max(0.0, values.mean() - half), values.mean() + half};
}

double student_quantile(std::uint64_t degrees_of_freedom)
{
    constexpr std::array<double, 9> few{std::numeric_limits<double>::infinity(),
                                        12.7062,
                                        4.30265,
                                        3.18245,
                                        2.77645,
                                        2.57058,
                                        2.44691,
                                        2.36462,
                                        2.30600};
    if (degrees_of_freedom < few.size())
        return few.at(degrees_of_freedom);
    // Cornish and Fisher's expansion: right to 0.0005 from here on.
    const auto v = static_cast<double>(degrees_of_freedom);
    const double z2 = z * z;
    return z * (1 + (z2 + 1) / (4 * v) + (5 * z2 * z2 + 16 * z2 + 3) / (96 * v * v) +
                (3 * z2 * z2 * z2 + 19 * z2 * z2 + 17 * z2 - 15) / (384 * v * v * v));
}

} // namespace memory_collector::compress
