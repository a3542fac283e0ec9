// SPDX-License-Identifier: GPL-2.0-only
//
// What does not need a kernel of the opt-in groups: their names, and peaks by interval.
#include "source/ebpf/group.h"
#include "source/ebpf/groups.h"
#include "source/ebpf/peak.h"
#include "support/error.h"

#include <memory_collector/bpf_records.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace memory_collector {
namespace {

// What the eBPF programs are compiled from.
namespace program {
#include "../../daemon/bpf/peak.h"
} // namespace program

using ebpf::group_names;
using ebpf::most_in;

TEST(EbpfGroups, NamesAreAListWithoutDoublesAndOnlyOfWhatMayBeAskedFor)
{
    EXPECT_EQ(group_names(""), std::vector<std::string>{});
    EXPECT_EQ(group_names("faults,rss,faults"), (std::vector<std::string>{"faults", "rss"}));
    // Part of every run, a name that is none, one in part, one with a space.
    for (const char *const wrong : {"reclaim", "faultz", "rs", "rss, faults", ",rss", "rss,,pmu"})
        try {
            group_names(wrong);
            ADD_FAILURE() << wrong;
        } catch (const OptionError &error) {
            const std::string text = error.what();
            EXPECT_NE(text.find("rss"), std::string::npos) << text;
            EXPECT_NE(text.find("faults"), std::string::npos) << text;
        }
}

TEST(EbpfGroups, ThePeakOfAnIntervalIsKnownUntilTheNextOneEnds)
{
    mc_bpf_peak peak{.interval = 5, .most = 10, .most_before = 10};
    program::interval = 5;
    program::raise_peak(&peak, 10, 40);
    program::raise_peak(&peak, 40, 12);
    EXPECT_EQ(most_in(peak, 5, 12), 40u);
    // A change after interval 5 is over, before it was read.
    program::interval = 6;
    program::raise_peak(&peak, 12, 20);
    EXPECT_EQ(most_in(peak, 5, 20), 40u);
    EXPECT_EQ(most_in(peak, 6, 20), 20u);
    // Nothing changed in 7 and 8: what it held since; and so at the beginning of 9.
    EXPECT_EQ(most_in(peak, 7, 20), 20u);
    EXPECT_EQ(most_in(peak, 8, 20), 20u);
    program::interval = 9;
    program::raise_peak(&peak, 20, 3);
    EXPECT_EQ(most_in(peak, 8, 3), 20u);
    EXPECT_EQ(most_in(peak, 9, 3), 20u);
    program::interval = 10;
    program::raise_peak(&peak, 3, 4);
    EXPECT_EQ(most_in(peak, 10, 4), 4u);
}

} // namespace
} // namespace memory_collector
