// SPDX-License-Identifier: GPL-2.0-only
#include "compress/zsmalloc.h"

#include "host/kernel_host.h"
#include "support/error.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <string>
#include <string_view>

namespace memory_collector::compress {

namespace {

constexpr std::size_t least_object = 32; // ZS_MIN_ALLOC_SIZE where addresses have 64 bits
constexpr std::size_t class_step = 16;   // ZS_SIZE_CLASS_DELTA: a page by 2^CLASS_BITS
constexpr std::size_t handle_bytes = 8;  // ZS_HANDLE_SIZE: in front of each object

unsigned pages_of_zspage(std::size_t object_bytes, const ZsmallocRules &rules)
{
    if (!rules.by_percentage && std::has_single_bit(object_bytes))
        return 1;
    unsigned best = 1;
    std::size_t most_used = 0;
    std::size_t least_waste = page_bytes * rules.chain_size;
    for (unsigned pages = 1; pages <= rules.chain_size; pages++) {
        const std::size_t bytes = pages * page_bytes;
        const std::size_t waste = bytes % object_bytes;
        const std::size_t used = (bytes - waste) * 100 / bytes;
        if (rules.by_percentage ? used > most_used : waste < least_waste) {
            best = pages;
            most_used = used;
            least_waste = waste;
        }
    }
    return best;
}

std::optional<unsigned> configured_chain_size(std::string_view config)
{
    constexpr std::string_view name = "\nCONFIG_ZSMALLOC_CHAIN_SIZE=";
    const std::size_t at = config.find(name);
    if (at == std::string_view::npos)
        return std::nullopt;
    unsigned size = 0;
    const std::string_view rest = config.substr(at + name.size());
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), size);
    // What the kernel's own Kconfig allows.
    if (error != std::errc{} || size < 4 || size > 16)
        return std::nullopt;
    return size;
}

} // namespace

ZsmallocRules zsmalloc_rules(const HostPaths &host)
{
    const std::string release = kernel_release(host);
    if (!kernel_at_least(release, 6, 3))
        return {.chain_size = 4, .by_percentage = true};
    const std::optional<std::string> config = host.read("/boot/config-" + release);
    return {.chain_size = config ? configured_chain_size(*config).value_or(8) : 8, .by_percentage = false};
}

ZsmallocClasses::ZsmallocClasses(const ZsmallocRules &rules)
{
    // As the kernel does, from the largest down: what can share a class is in the larger one.
    for (std::size_t bytes = page_bytes; bytes >= least_object; bytes -= class_step) {
        const unsigned pages = pages_of_zspage(bytes, rules);
        const auto objects = static_cast<unsigned>(pages * page_bytes / bytes);
        if (huge_from_ == 0 && pages != 1 && objects != 1)
            huge_from_ = bytes - (handle_bytes - 1);
        if (classes_.empty() || classes_.back().pages != pages || classes_.back().objects != objects)
            classes_.push_back({bytes, pages, objects});
        index_.push_back(classes_.size() - 1);
    }
    std::reverse(index_.begin(), index_.end());
}

std::size_t ZsmallocClasses::index_of(std::size_t bytes) const
{
    if (bytes > page_bytes)
        throw Error("zsmalloc stores no object of " + std::to_string(bytes) + " bytes: a page is the most");
    const std::size_t with_handle = std::clamp(bytes + handle_bytes, least_object, page_bytes);
    return index_[(with_handle - least_object + class_step - 1) / class_step];
}

} // namespace memory_collector::compress
