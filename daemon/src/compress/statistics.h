// SPDX-License-Identifier: GPL-2.0-only
//
// Means of samples and their 95% confidence intervals.
#pragma once

#include "compress/estimate.h"

#include <cstdint>

namespace memory_collector::compress {

// Mean and variance of values as they come (Welford).
class RunningMean {
public:
    void add(double value)
    {
        count_++;
        const double before = value - mean_;
        mean_ += before / static_cast<double>(count_);
        squares_ += before * (value - mean_);
    }
    std::uint64_t count() const { return count_; }
    double mean() const { return mean_; }
    // Of the population, estimated: by n - 1.
    double variance() const { return count_ < 2 ? 0 : squares_ / static_cast<double>(count_ - 1); }
    double squares() const { return squares_; } // of differences from the mean

private:
    std::uint64_t count_ = 0;
    double mean_ = 0;
    double squares_ = 0;
};

// Of a share: Wilson's score interval, for a sample without replacement of a population of this
// size. All of it sampled: the share itself. Nothing sampled: 0 to 1.
Mean share_mean(std::uint64_t hits, std::uint64_t sampled, std::uint64_t population);

// Of values between 0 and 1, of which this share of the population was sampled: the normal
// interval with two observations of 0 and two of 1 added (Agresti and Coull's for shares), so
// that a sample whose values are all alike does not claim to know all.
Mean bounded_mean(const RunningMean &values, double sampled_share);

// Of values that are measured, such as times: Student's interval. Of fewer than two: 0 to infinity.
Mean measured_mean(const RunningMean &values);

// The quantile 97.5% of Student's distribution.
double student_quantile(std::uint64_t degrees_of_freedom);

} // namespace memory_collector::compress
