// SPDX-License-Identifier: MIT
// fuzz.hpp - what the fuzz targets share: a law that has to hold, and bytes taken apart.
// A target is a function LLVMFuzzerTestOneInput(); libFuzzer calls it, or replay.cpp does.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

/// Ends the program when `condition` does not hold: to a fuzzer that is a finding.
#define LAW(condition)                                                                             \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            (void)std::fprintf(stderr, "%s:%d: broken law: %s\n", __FILE__, __LINE__, #condition); \
            std::abort();                                                                          \
        }                                                                                          \
    } while (false)

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace bitscb3 {

/// The bytes of an input, taken from the front; where there are none left they are zeros.
class Bytes {
  public:
    Bytes(const std::uint8_t* data, std::size_t size)
        : left_(reinterpret_cast<const char*>(data), size) {}

    [[nodiscard]] bool empty() const noexcept { return left_.empty(); }
    [[nodiscard]] std::uint8_t byte() noexcept {
        if (left_.empty()) return 0;
        const auto taken = static_cast<std::uint8_t>(left_.front());
        left_.remove_prefix(1);
        return taken;
    }
    /// One of `count` choices.
    [[nodiscard]] unsigned choice(unsigned count) noexcept { return byte() % count; }
    /// A number of any size: how many bytes it has, then these. Above 8: what is near the largest.
    [[nodiscard]] std::uint64_t number() noexcept {
        const unsigned width = choice(10);
        if (width == 9) return UINT64_MAX - byte();
        std::uint64_t value = 0;
        for (unsigned i = 0; i < width; ++i) value = (value << 8) | byte();
        return value;
    }
    /// Up to the next NUL, which is no part of it.
    [[nodiscard]] std::string_view text() noexcept {
        const std::size_t end = left_.find('\0');
        const std::string_view taken = left_.substr(0, end);
        left_.remove_prefix(end == std::string_view::npos ? left_.size() : end + 1);
        return taken;
    }
    [[nodiscard]] std::string_view rest() const noexcept { return left_; }

  private:
    std::string_view left_;
};

} // namespace bitscb3
