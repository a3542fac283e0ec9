// SPDX-License-Identifier: GPL-2.0-only
//
// Memory for what is others' and must not stay behind: in no core dump, locked
// against swapping as far as RLIMIT_MEMLOCK allows, overwritten before it is
// given back, and not inherited by a child.
#pragma once

#include <cstddef>
#include <span>
#include <utility>

namespace memory_collector {

class SecretBuffer {
public:
    SecretBuffer() = default;
    // Zeroed, page aligned. Throws Error if there is no memory.
    explicit SecretBuffer(std::size_t size);
    SecretBuffer(SecretBuffer &&other) noexcept
        : memory_(std::exchange(other.memory_, {})), locked_(other.locked_)
    {
    }
    SecretBuffer &operator=(SecretBuffer &&other) noexcept
    {
        std::swap(memory_, other.memory_);
        std::swap(locked_, other.locked_);
        return *this;
    }
    SecretBuffer(const SecretBuffer &) = delete;
    SecretBuffer &operator=(const SecretBuffer &) = delete;
    ~SecretBuffer();

    void wipe();
    std::span<std::byte> bytes() const { return memory_; }
    std::byte *data() const { return memory_.data(); }
    std::size_t size() const { return memory_.size(); }
    // Whether the kernel promised not to swap it out.
    bool locked() const { return locked_; }

private:
    std::span<std::byte> memory_;
    bool locked_ = false;
};

} // namespace memory_collector
