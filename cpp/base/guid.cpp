// SPDX-License-Identifier: MIT
// guid.cpp - see guid.hpp.

#include "base/guid.hpp"

#include <cstdint>
#include <cstring>
#if defined(_WIN32)
#include <random>
#else
#include <cerrno>
#include <sys/random.h>
#include <system_error>
#endif

namespace bitscb3 {

namespace {

constexpr char kDigits[] = "0123456789abcdef";
// Bytes in the order they are written: Data1, 2 and 3 are numbers, Data4 is a byte string.
constexpr int kOrder[] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};

int hex_value(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// From the system's generator.
void fill_with_random(void* out, std::size_t size) {
#if defined(_WIN32)
    std::random_device random;
    for (std::size_t at = 0; at < size; at += sizeof(std::uint32_t)) {
        const std::uint32_t word = random();
        std::memcpy(static_cast<unsigned char*>(out) + at, &word, sizeof word);
    }
#else
    if (getentropy(out, size) != 0) {
        throw std::system_error(errno, std::generic_category(), "getentropy");
    }
#endif
}

} // namespace

GUID make_guid() {
    GUID guid;
    fill_with_random(&guid, sizeof guid);
    guid.Data3 = static_cast<decltype(guid.Data3)>((guid.Data3 & 0x0FFF) | 0x4000);
    guid.Data4[0] = static_cast<unsigned char>((guid.Data4[0] & 0x3F) | 0x80);
    return guid;
}

std::string to_string(const GUID& guid) {
    unsigned char bytes[sizeof guid];
    std::memcpy(bytes, &guid, sizeof guid);
    std::string out;
    out.reserve(36);
    for (int i = 0; i < 16; ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) out.push_back('-');
        const unsigned char byte = bytes[kOrder[i]];
        out.push_back(kDigits[byte >> 4]);
        out.push_back(kDigits[byte & 0xF]);
    }
    return out;
}

std::optional<GUID> to_guid(std::string_view text) noexcept {
    if (text.size() == 38 && text.front() == '{' && text.back() == '}') text = text.substr(1, 36);
    if (text.size() != 36) return std::nullopt;
    unsigned char bytes[sizeof(GUID)];
    std::size_t at = 0;
    for (int i = 0; i < 16; ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            if (text[at++] != '-') return std::nullopt;
        }
        const int high = hex_value(text[at++]);
        const int low = hex_value(text[at++]);
        if (high < 0 || low < 0) return std::nullopt;
        bytes[kOrder[i]] = static_cast<unsigned char>(high * 16 + low);
    }
    GUID guid;
    std::memcpy(&guid, bytes, sizeof guid);
    return guid;
}

} // namespace bitscb3
