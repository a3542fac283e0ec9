// SPDX-License-Identifier: GPL-2.0-only
#include "pool/zram_device.h"

#include "support/error.h"
#include "support/sysfs_file.h"
#include "support/until_free.h"
#include "support/words.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <utility>

namespace memory_collector::pool {

namespace {

constexpr std::string_view prefix = "zram";

std::string control(std::string_view file)
{
    return std::string{zram_control} + "/" + std::string{file};
}

} // namespace

std::optional<unsigned> zram_number_of(std::string_view name)
{
    if (name.starts_with("/dev/"))
        name.remove_prefix(5);
    if (!name.starts_with(prefix))
        return std::nullopt;
    return whole<unsigned>(name.substr(prefix.size()));
}

std::vector<unsigned> zram_numbers(const HostPaths &host)
{
    std::vector<unsigned> numbers;
    std::error_code ignored;
    for (const auto &entry : std::filesystem::directory_iterator{host.at("/sys/block"), ignored})
        if (const auto number = zram_number_of(entry.path().filename().string()))
            numbers.push_back(*number);
    std::sort(numbers.begin(), numbers.end());
    return numbers;
}

ZramDevice::ZramDevice(HostPaths host, unsigned number, bool made)
    : host_(std::move(host)), number_(number), made_(made)
{
}

ZramDevice::ZramDevice(ZramDevice &&other) noexcept
    : host_(std::move(other.host_)), number_(other.number_), made_(std::exchange(other.made_, false))
{
}

ZramDevice::~ZramDevice()
{
    if (!made_)
        return;
    try {
        remove();
    } catch (const std::exception &error) {
        spdlog::error("{}", error.what());
    }
}

ZramDevice ZramDevice::add(const HostPaths &host)
{
    // Reading it makes the device.
    const SysfsText answer = read_sysfs(host.at(control("hot_add")).string());
    if (answer.error == ENOENT)
        throw Error("this kernel has no zram (" + std::string{zram_control} +
                    " is not there); load the module, by root: modprobe zram");
    if (answer.error != 0)
        throw Error("the kernel makes no zram device (" + control("hot_add") +
                    "): " + error_text(answer.error) +
                    (answer.error == EACCES || answer.error == EPERM ? "; run as root" : ""));
    const Count number = parse_count(answer.text);
    if (!number)
        throw Error("the kernel answers '" + std::string{trimmed(answer.text)} + "' to " +
                    control("hot_add") + ", which is no device's number");
    return ZramDevice{host, static_cast<unsigned>(*number), true};
}

ZramDevice ZramDevice::existing(unsigned number, const HostPaths &host)
{
    ZramDevice device{host, number, false};
    if (!host.exists("/sys/block/" + device.name()))
        throw Error("there is no device " + device.node() +
                    "; leave out --device to have one made, or see /sys/block");
    return device;
}

std::string ZramDevice::at(std::string_view file) const
{
    return host_.at("/sys/block/" + name() + "/" + std::string{file}).string();
}

std::optional<std::string> ZramDevice::read(std::string_view file) const
{
    SysfsText text = read_sysfs(at(file));
    return text.error == 0 ? std::optional{std::move(text.text)} : std::nullopt;
}

int ZramDevice::write(std::string_view file, std::string_view text) const
{
    return write_sysfs(at(file), text);
}

void ZramDevice::configure(std::string_view file, std::string_view text, std::string_view remedy) const
{
    const int error = write(file, text);
    if (error == 0)
        return;
    const bool rights = error == EACCES || error == EPERM;
    throw Error(name() + " does not take " + std::string{text} + " as its " + std::string{file} + ": " +
                error_text(error) + "; " + (rights ? "run as root" : std::string{remedy}));
}

bool ZramDevice::initialised() const
{
    return size() != 0;
}

std::uint64_t ZramDevice::size() const
{
    return parse_count(read("disksize").value_or("")).value_or(0);
}

Count ZramDevice::sequence() const
{
    return parse_count(read("diskseq").value_or(""));
}

Algorithms ZramDevice::algorithms() const
{
    return parse_algorithms(read("comp_algorithm").value_or(""));
}

void ZramDevice::set_algorithm(std::string_view algorithm)
{
    const Algorithms known = algorithms();
    if (!known.has(algorithm))
        throw Error("this kernel's zram has no algorithm '" + std::string{algorithm} + "'; it has " +
                    known.listed());
    configure("comp_algorithm", algorithm, "another process has given the device a size");
}

void ZramDevice::set_recompression(std::string_view algorithm)
{
    const auto list = read("recomp_algorithm");
    if (!list)
        throw Error("this kernel's zram compresses nothing a second time (CONFIG_ZRAM_MULTI_COMP is off); "
                    "leave out the second algorithm");
    const Algorithms known = algorithms();
    if (!known.has(algorithm))
        throw Error("this kernel's zram has no second algorithm '" + std::string{algorithm} + "'; it has " +
                    known.listed());
    configure("recomp_algorithm", "algo=" + std::string{algorithm} + " priority=1",
              "another process has given the device a size");
}

std::vector<std::string> ZramDevice::recompression() const
{
    return parse_recompression(read("recomp_algorithm").value_or(""));
}

bool ZramDevice::set_streams(unsigned streams)
{
    const std::string wanted = std::to_string(streams);
    return write("max_comp_streams", wanted) == 0 && trimmed(read("max_comp_streams").value_or("")) == wanted;
}

void ZramDevice::set_size(std::uint64_t bytes)
{
    configure("disksize", std::to_string(bytes),
              "ask for less, zram keeps a table of 16 bytes or more per page");
}

void ZramDevice::set_memory_limit(std::uint64_t bytes)
{
    configure("mem_limit", std::to_string(bytes), "ask for another limit");
}

MemoryStat ZramDevice::memory() const
{
    const auto stat = parse_mm_stat(read("mm_stat").value_or(""));
    if (!stat)
        throw Error("cannot read " + at("mm_stat") +
                    ": the device has gone, or the kernel is older than 4.1");
    return *stat;
}

std::optional<FailureStat> ZramDevice::failures() const
{
    return parse_io_stat(read("io_stat").value_or(""));
}

std::optional<RequestStat> ZramDevice::requests() const
{
    return parse_block_stat(read("stat").value_or(""));
}

std::optional<BackingStat> ZramDevice::backing() const
{
    return parse_bd_stat(read("bd_stat").value_or(""));
}

void ZramDevice::recompress(const std::string &what)
{
    const int error = write("recompress", what);
    if (error == ENOENT)
        throw Error("this kernel's zram compresses nothing a second time (CONFIG_ZRAM_MULTI_COMP is off)");
    if (error == EINVAL)
        throw Error(name() + " does not recompress (" + what +
                    "): it has no second algorithm; set it up with --recompress-algo");
    if (error != 0)
        throw Error(name() + " does not recompress (" + what + "): " + error_text(error));
}

void ZramDevice::mark_all_idle()
{
    if (const int error = write("idle", "all"); error != 0)
        throw Error(name() + " does not mark its pages as idle: " + error_text(error));
}

void ZramDevice::reset()
{
    const int error = until_free([&] { return write("reset", "1"); });
    if (error != 0)
        throw Error(
            "cannot reset " + node() + ": " + error_text(error) +
            (error == EBUSY ? "; it is mounted, or a program has it open (fuser -v " + node() + ")" : ""));
}

void ZramDevice::remove()
{
    const int error = until_free(
        [&] { return write_sysfs(host_.at(control("hot_remove")).string(), std::to_string(number_)); });
    // Gone already, by another's hand.
    if (error != 0 && error != ENODEV)
        throw Error("cannot remove " + node() + ": " + error_text(error) +
                    (error == EBUSY ? "; a program has it open (fuser -v " + node() + ")" : "") +
                    "; then: echo " + std::to_string(number_) + " >" + control("hot_remove"));
    made_ = false;
}

} // namespace memory_collector::pool
