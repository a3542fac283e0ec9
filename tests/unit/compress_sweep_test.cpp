// SPDX-License-Identifier: GPL-2.0-only
//
// The sweep: its data, its inputs, what it makes of a codec that is known to do right or wrong.
#include "compress/data_set.h"
#include "compress/sweep.h"
#include "compress/sweep_plot.h"
#include "compress/sweep_report.h"
#include "support/error.h"

#include <algorithm>
#include <array>
#include <set>

#include <gtest/gtest.h>

using namespace memory_collector;
using namespace memory_collector::compress;

namespace {

bool never()
{
    return false;
}

// Keeps every second byte of those that lie in pairs, as in the data used here.
class HalfCodec : public Codec {
public:
    enum class Fault { none, damages, refuses };
    explicit HalfCodec(Fault fault) : Codec({Mode::lz4_fast, 1}), fault_(fault) {}

    std::size_t bound(std::size_t size) const override { return size; }
    std::size_t compress(std::span<const std::byte> in, std::span<std::byte> out) override
    {
        calls++;
        for (std::size_t i = 0; i < in.size() / 2; i++)
            out[i] = in[2 * i];
        return in.size() / 2;
    }
    bool decompress(std::span<const std::byte> in, std::span<std::byte> out) override
    {
        for (std::size_t i = 0; i < out.size(); i++)
            out[i] = in[i / 2];
        if (fault_ == Fault::damages)
            out.back() ^= std::byte{1};
        return fault_ != Fault::refuses;
    }
    void wipe() override {}

    std::size_t calls = 0;

private:
    Fault fault_;
};

} // namespace

TEST(CompressSweep, Median)
{
    EXPECT_EQ(median({3}), 3);
    EXPECT_EQ(median({3, 1}), 2);
    EXPECT_EQ(median({9, 1, 2}), 2);
    EXPECT_EQ(median({9, 1, 2, 4}), 3);
}

TEST(CompressSweep, DataIsWhatItIsCalled)
{
    constexpr std::size_t size = 65536;
    for (const std::string_view kind : data_kinds()) {
        const DataSet large = make_data_set(kind, size);
        const DataSet small = make_data_set(kind, 1000);
        const auto bytes = large.bytes.bytes();
        EXPECT_TRUE(std::equal(small.bytes.bytes().begin(), small.bytes.bytes().end(), bytes.begin()))
            << kind;
    }
    const auto zero = make_data_set("zero", size);
    EXPECT_EQ(std::count(zero.bytes.bytes().begin(), zero.bytes.bytes().end(), std::byte{0}), size);
    const auto text = make_data_set("repetitive", size);
    const auto noise = make_data_set("unique", size);
    const auto mixed = make_data_set("mixed", size);
    std::array<unsigned, 256> counts{};
    for (const std::byte byte : noise.bytes.bytes())
        counts.at(static_cast<std::size_t>(byte))++;
    for (const unsigned count : counts) // 256 each; the standard deviation is 16
        EXPECT_NEAR(count, 256, 100);
    for (std::size_t i = 0; i < size; i++)
        ASSERT_EQ(mixed.bytes.bytes()[i], (i / 256 % 2 == 0 ? text : noise).bytes.bytes()[i]) << i;
    EXPECT_THROW(make_data_set("other", 10), Error);
}

TEST(CompressSweep, InputsAreSizesThenPages)
{
    const auto sizes = [](std::size_t size, std::size_t most) {
        std::vector<std::string> said;
        DataSet set{"x", SecretBuffer{size}};
        for (const SweepInput &one : inputs_of(set, most))
            said.push_back(one.dataset_type + " " + std::to_string(one.bytes.size()) + "/" +
                           std::to_string(one.piece));
        return said;
    };
    using List = std::vector<std::string>;
    EXPECT_EQ(sizes(16384, 16384),
              (List{"x 1024/1024", "x 4096/4096", "x 16384/16384", "x:pages 16384/4096"}));
    EXPECT_EQ(sizes(10, 16384), (List{"x 10/10"}));
    EXPECT_EQ(sizes(5000, 16384), (List{"x 1024/1024", "x 4096/4096", "x 5000/5000", "x:pages 4096/4096"}));
    EXPECT_EQ(sizes(65536, 5000), (List{"x 1024/1024", "x 4096/4096", "x:pages 4096/4096"}));
    EXPECT_EQ(sizes(std::size_t{4} << 20, std::size_t{4} << 20).back(), "x:pages 1048576/4096");
}

TEST(CompressSweep, MeasuresAndValidates)
{
    const DataSet set = make_data_set("zero", 8192);
    const SweepInput input{"zero:pages", set.bytes.bytes(), 4096};
    HalfCodec codec{HalfCodec::Fault::none};
    const auto row = measure(codec, input, {5, 2, 3'600'000'000'000}, never);
    ASSERT_TRUE(row);
    EXPECT_TRUE(row->valid);
    EXPECT_EQ(row->compressed_bytes_median, 4096u);
    EXPECT_EQ(row->ratio_median, 0.5);
    EXPECT_EQ(row->size_bytes, 8192u);
    EXPECT_EQ(row->runs, 5u);
    EXPECT_EQ(row->warmups, 2u);
    EXPECT_GT(row->compress.wall_ms, 0);
    EXPECT_GT(row->decompress.mib_per_s, 0);
    // 7 runs of 1 ms each, of passes that take some microseconds.
    EXPECT_GT(codec.calls, 2 * 7u);
    for (const auto fault : {HalfCodec::Fault::damages, HalfCodec::Fault::refuses}) {
        HalfCodec broken{fault};
        const auto failed = measure(broken, input, {1, 0, 1}, never);
        ASSERT_TRUE(failed);
        EXPECT_FALSE(failed->valid);
        EXPECT_NE(csv_line(*failed).find(",failed\n"), std::string::npos);
    }
    EXPECT_FALSE(measure(codec, input, {5, 2, 3'600'000'000'000}, [] { return true; }));
}

TEST(CompressSweep, SlowRowsHaveFewerRuns)
{
    const DataSet set = make_data_set("zero", 4096);
    HalfCodec codec{HalfCodec::Fault::none};
    const auto row = measure(codec, {"zero", set.bytes.bytes(), 4096}, {5, 2, 1}, never);
    ASSERT_TRUE(row);
    EXPECT_EQ(row->runs, 1u);
    EXPECT_EQ(row->warmups, 0u);
}

TEST(CompressSweep, CsvIsOneCellPerColumn)
{
    const std::string header = csv_header();
    SweepRow row;
    row.dataset_type = "a, \"file\"\n";
    const std::string line = csv_line(row);
    EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
    EXPECT_EQ(std::count(line.begin(), line.end(), ','), std::count(header.begin(), header.end(), ',') + 1);
    EXPECT_NE(line.find("lz4,fast,1,\"a, \"\"file\"\""), std::string::npos) << line;
}

TEST(CompressSweep, ThePlotHasAPanelForEachDataSet)
{
    SweepRow row;
    row.dataset_type = "<a>";
    row.size_bytes = 1024;
    row.ratio_median = 0.5;
    row.compress.thread_cpu_ms = 1;
    SweepRow pages = row;
    pages.dataset_type = "<a>:pages";
    SweepRow other = row;
    other.dataset_type = "b";
    const std::vector<SweepRow> rows{row, pages, other};
    const std::string plot = sweep_plot(rows);
    EXPECT_NE(plot.find("&lt;a>, 1.00 KiB in pages of 4 KiB"), std::string::npos) << plot;
    EXPECT_NE(plot.find(">b, 1.00 KiB<"), std::string::npos);
    EXPECT_EQ(plot.find("<a>"), std::string::npos);
    EXPECT_NE(sweep_plot({}).find("</svg>"), std::string::npos);
}
