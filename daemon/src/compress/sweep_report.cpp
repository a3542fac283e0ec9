// SPDX-License-Identifier: GPL-2.0-only
#include "compress/sweep_report.h"

#include "sink/json_line.h"
#include "support/text.h"
#include "support/units.h"

#include <spdlog/fmt/fmt.h>

namespace memory_collector::compress {

namespace {

// Names are relied upon by others: additions go to the end.
template <typename Visitor> void columns(const SweepRow &row, Visitor &&visit)
{
    visit("codec", Text{codec_name(row.setting.mode)});
    visit("mode", Text{mode_name(row.setting.mode)});
    visit("level", static_cast<std::uint64_t>(row.setting.level));
    visit("dataset_type", Text{row.dataset_type});
    visit("size_bytes", row.size_bytes);
    visit("runs", std::uint64_t{row.runs});
    visit("warmups", std::uint64_t{row.warmups});
    visit("compressed_bytes_median", row.compressed_bytes_median);
    visit("ratio_median", Real{row.ratio_median});
    visit("comp_wall_ms_median", Real{row.compress.wall_ms});
    visit("comp_thread_cpu_ms_median", Real{row.compress.thread_cpu_ms});
    visit("comp_process_cpu_ms_median", Real{row.compress.process_cpu_ms});
    visit("decomp_wall_ms_median", Real{row.decompress.wall_ms});
    visit("decomp_thread_cpu_ms_median", Real{row.decompress.thread_cpu_ms});
    visit("decomp_process_cpu_ms_median", Real{row.decompress.process_cpu_ms});
    visit("comp_mib_per_s_median", Real{row.compress.mib_per_s});
    visit("decomp_mib_per_s_median", Real{row.decompress.mib_per_s});
    visit("validation", Text{row.valid ? "ok" : "failed"});
}

class CsvCells {
public:
    explicit CsvCells(std::string &to) : to_(to) {}
    void operator()(std::string_view, std::uint64_t value)
    {
        comma();
        to_ += std::to_string(value);
    }
    void operator()(std::string_view, const Real &value)
    {
        comma();
        if (known(value))
            append_real(to_, *value);
    }
    void operator()(std::string_view, const Text &value)
    {
        comma();
        append_csv(to_, *value);
    }

private:
    void comma()
    {
        if (!to_.empty())
            to_ += ',';
    }
    std::string &to_;
};

constexpr const char *table_format = "{:<24} {:>10} {:<12} {:>7} {:>14} {:>14} {:>6}\n";

std::string speed(double mib_per_s)
{
    return fmt::format("{:.{}f} MiB/s", mib_per_s, mib_per_s < 10 ? 2 : 0);
}

} // namespace

std::string csv_header()
{
    std::string line;
    columns(SweepRow{}, [&line](std::string_view name, const auto &) {
        if (!line.empty())
            line += ',';
        line += name;
    });
    return line + '\n';
}

std::string csv_line(const SweepRow &row)
{
    std::string line;
    columns(row, CsvCells{line});
    return line + '\n';
}

std::string json_line(const SweepRow &row)
{
    std::string line;
    JsonLine json{line, "compress_sweep"};
    columns(row, json);
    json.end();
    return line;
}

std::string table_header()
{
    return fmt::format(table_format, "DATA", "SIZE", "CODEC", "RATIO", "COMPRESS", "DECOMPRESS", "CHECK");
}

std::string table_line(const SweepRow &row)
{
    return fmt::format(table_format, printable(row.dataset_type), format_bytes(row.size_bytes),
                       setting_name(row.setting), fmt::format("{:.4f}", row.ratio_median),
                       speed(row.compress.mib_per_s), speed(row.decompress.mib_per_s),
                       row.valid ? "ok" : "FAILED");
}

} // namespace memory_collector::compress
