// SPDX-License-Identifier: GPL-2.0-only
#include "command/doctor_report.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <ostream>

namespace memory_collector {
namespace {

std::string painted(Verdict verdict, bool color)
{
    std::string name = verdict_name(verdict);
    if (!color)
        return name;
    const char *code = verdict == Verdict::ok ? "32" : verdict == Verdict::reduced ? "33" : "31";
    return "\033[" + std::string{code} + "m" + name + "\033[0m";
}

// An empty text is null: "nothing", not a remedy of no letters.
nlohmann::ordered_json text_or_null(const std::string &text)
{
    if (text.empty())
        return nullptr;
    return text;
}

} // namespace

void write_findings_text(std::ostream &out, const std::vector<Finding> &findings, bool color)
{
    std::size_t width = 0;
    for (const auto &finding : findings)
        width = std::max(width, finding.check.size());
    const std::string indent(width + 11, ' ');
    for (const auto &finding : findings) {
        const std::string name = verdict_name(finding.verdict);
        out << finding.check << std::string(width - finding.check.size() + 2, ' ')
            << painted(finding.verdict, color) << std::string(9 - name.size(), ' ') << finding.found << '\n';
        if (!finding.cost.empty())
            out << indent << "cost: " << finding.cost << '\n';
        if (!finding.remedy.empty())
            out << indent << "mend: " << finding.remedy << '\n';
    }
    out << (run_will_work(findings) ? "memory-collector run will work here.\n"
                                    : "memory-collector run will not work here: see what is blocked.\n");
}

void write_findings_json(std::ostream &out, const Inspection &inspection,
                         const std::vector<Finding> &findings)
{
    const RdtMonitoring &rdt = inspection.rdt;
    nlohmann::ordered_json document;
    document["run_will_work"] = run_will_work(findings);
    document["kernel"] = inspection.release;
    document["rdt"] = {{"vendor", rdt.vendor},
                       {"family", rdt.family},
                       {"model", rdt.model},
                       {"stepping", rdt.stepping},
                       {"hypervisor", rdt.under_hypervisor},
                       {"total", rdt.total},
                       {"local", rdt.local},
                       {"occupancy", rdt.occupancy},
                       {"rmids", rdt.rmids},
                       {"counter_bits", rdt.counter_bits},
                       {"unit_bytes", rdt.unit_bytes},
                       {"l3_domains", inspection.domains.l3_caches}};
    document["checks"] = nlohmann::ordered_json::array();
    for (const auto &finding : findings)
        document["checks"].push_back({{"check", finding.check},
                                      {"verdict", verdict_name(finding.verdict)},
                                      {"found", finding.found},
                                      {"cost", text_or_null(finding.cost)},
                                      {"remedy", text_or_null(finding.remedy)}});
    out << document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << '\n';
}

} // namespace memory_collector
