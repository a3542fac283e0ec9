// SPDX-License-Identifier: GPL-2.0-only
//
// What `doctor` says of coldness and of the RAM pool.
#include "command/doctor_saving_checks.h"
#include "host_support.h"

#include <gtest/gtest.h>

#include <sys/stat.h>

namespace memory_collector {
namespace {

using pool::ZramPresence;
using testing::FakeHost;

Inspection with_coldness(std::vector<compress::ColdnessOffer> offers)
{
    Inspection host;
    host.coldness = std::move(offers);
    return host;
}

TEST(DoctorColdness, WhatIsTakenByItselfAndWhatIsAskedFor)
{
    const Finding all = check_coldness(
        with_coldness({{"idle", true}, {"soft-dirty", true}, {"damon", false}, {"clear-refs", false}}));
    EXPECT_EQ(all.found, "idle, soft-dirty; when asked for: damon, clear-refs");
    EXPECT_TRUE(all.cost.empty());
    const Finding asked = check_coldness(with_coldness({{"clear-refs", false}}));
    EXPECT_EQ(asked.found, "nothing that leaves reclaim alone; when asked for: clear-refs");
    EXPECT_NE(asked.cost.find("never chooses zstd"), std::string::npos);
    EXPECT_EQ(asked.verdict, Verdict::ok);
    EXPECT_EQ(check_coldness(with_coldness({})).found, "nothing that leaves reclaim alone");
}

Inspection with_pool(const pool::PoolHost &pool)
{
    Inspection host;
    host.release = "6.1.0-40-amd64";
    host.privileges = {.effective_uid = 0, .effective = ~std::uint64_t{0}};
    host.pool = pool;
    return host;
}

TEST(DoctorPool, EachThingInTheWayHasItsRemedy)
{
    pool::PoolHost pool{ZramPresence::loaded, "lzo, zstd", true, true, 3};
    const Finding good = check_pool(with_pool(pool));
    EXPECT_EQ(good.found, "the module zram is loaded, with lzo, zstd; a pool is set up, /dev/zram3");
    EXPECT_TRUE(good.cost.empty());

    pool.memory_cgroups = false;
    EXPECT_NE(check_pool(with_pool(pool)).cost.find("memory cgroups"), std::string::npos);
    Inspection user = with_pool(pool);
    user.privileges.effective = 0;
    EXPECT_NE(check_pool(user).cost.find("CAP_SYS_ADMIN"), std::string::npos);
    pool.swaps = false;
    EXPECT_NE(check_pool(with_pool(pool)).remedy.find("CONFIG_SWAP"), std::string::npos);
    pool.zram = ZramPresence::absent;
    const Finding none = check_pool(with_pool(pool));
    EXPECT_NE(none.remedy.find("linux-image-6.1.0-40-amd64"), std::string::npos);
    EXPECT_EQ(none.verdict, Verdict::ok);
}

TEST(DoctorPool, LooksAtZramWithoutLoadingIt)
{
    FakeHost host;
    EXPECT_EQ(pool::inspect_pool(host.paths()).zram, ZramPresence::absent);
    EXPECT_FALSE(pool::inspect_pool(host.paths()).swaps);

    host.write("/proc/sys/kernel/osrelease", "6.1\n");
    host.write("/lib/modules/6.1/modules.dep", "kernel/drivers/block/zram/zram.ko: kernel/mm/zsmalloc.ko\n");
    EXPECT_EQ(pool::inspect_pool(host.paths()).zram, ZramPresence::loadable);

    host.folder("/sys/class/zram-control");
    EXPECT_EQ(pool::inspect_pool(host.paths()).zram, ZramPresence::built_in);
    host.write("/sys/module/zram/initstate", "live\n");
    host.write("/proc/swaps", "Filename\n");
    host.write("/sys/block/zram2/comp_algorithm", "lzo [lz4] zstd\n");
    const pool::PoolHost loaded = pool::inspect_pool(host.paths());
    EXPECT_EQ(loaded.zram, ZramPresence::loaded);
    EXPECT_EQ(loaded.algorithms, "lzo, lz4, zstd");
    EXPECT_TRUE(loaded.swaps);
    EXPECT_FALSE(loaded.device);
    EXPECT_FALSE(loaded.memory_cgroups);

    // Of what is no pool's state nothing is said, and nothing thrown.
    host.write("/run/memory-collector/pool.json", "{");
    ::chmod(host.paths().at("/run/memory-collector/pool.json").c_str(), 0600);
    EXPECT_FALSE(pool::inspect_pool(host.paths()).device);
}

} // namespace
} // namespace memory_collector
