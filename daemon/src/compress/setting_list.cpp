// SPDX-License-Identifier: GPL-2.0-only
#include "compress/setting_list.h"

#include <algorithm>

namespace memory_collector::compress {

std::string setting_word(const Setting &setting)
{
    std::string word = setting_name(setting);
    std::replace(word.begin(), word.end(), ' ', '-');
    return word;
}

std::optional<std::vector<Setting>> parse_settings(std::string_view list)
{
    const auto all = all_settings();
    if (list == "all")
        return std::vector<Setting>{all.begin(), all.end()};
    std::vector<Setting> settings;
    while (true) {
        const std::size_t comma = list.find(',');
        const auto found = std::find_if(all.begin(), all.end(), [&](const Setting &setting) {
            return setting_word(setting) == list.substr(0, comma);
        });
        if (found == all.end())
            return std::nullopt;
        settings.push_back(*found);
        if (comma == std::string_view::npos)
            return settings;
        list.remove_prefix(comma + 1);
    }
}

} // namespace memory_collector::compress
