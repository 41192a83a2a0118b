// SPDX-License-Identifier: MIT
// utf16.cpp - see utf16.hpp.
// Source: The Unicode Standard, section 3.9 (encoding forms, table 3-7 well-formed UTF-8).

#include "base/utf16.hpp"

#include <cstdint>
#include <cstring>

namespace bitscb3 {

namespace {

constexpr char32_t kReplacement = 0xFFFD;
constexpr char32_t kIllFormed = 0xFFFFFFFF;

void append_utf8(std::string& out, char32_t c) {
    const auto byte = [&out](char32_t value) { out.push_back(static_cast<char>(value)); };
    if (c < 0x80) {
        byte(c);
    } else if (c < 0x800) {
        byte(0xC0 | (c >> 6));
        byte(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        byte(0xE0 | (c >> 12));
        byte(0x80 | ((c >> 6) & 0x3F));
        byte(0x80 | (c & 0x3F));
    } else {
        byte(0xF0 | (c >> 18));
        byte(0x80 | ((c >> 12) & 0x3F));
        byte(0x80 | ((c >> 6) & 0x3F));
        byte(0x80 | (c & 0x3F));
    }
}

/// Take one code point off the front; kIllFormed for a byte that starts none (one byte taken).
char32_t take_utf8(std::string_view& text) noexcept {
    const auto at = [&text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char lead = at(0);
    const std::size_t length = lead < 0x80             ? 1
                               : (lead & 0xE0) == 0xC0 ? 2
                               : (lead & 0xF0) == 0xE0 ? 3
                               : (lead & 0xF8) == 0xF0 ? 4
                                                       : 0;
    char32_t c = length == 1 ? lead : lead & (0x7Fu >> length);
    bool good = length != 0 && length <= text.size();
    for (std::size_t i = 1; good && i < length; ++i) {
        good = (at(i) & 0xC0) == 0x80;
        c = (c << 6) | (at(i) & 0x3Fu);
    }
    constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
    good = good && c >= kSmallest[length] && c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF);
    text.remove_prefix(good ? length : 1);
    return good ? c : kIllFormed;
}

} // namespace

std::size_t length_of(const WCHAR* text) noexcept {
    std::size_t n = 0;
    if (text != nullptr) {
        while (text[n] != 0) ++n;
    }
    return n;
}

std::string to_utf8(const WCHAR* text) {
    std::string out;
    const std::size_t size = length_of(text);
    out.reserve(size);
    for (std::size_t i = 0; i < size; ++i) {
        const char32_t unit = text[i];
        if (unit < 0x80) { // nearly always
            out.push_back(static_cast<char>(unit));
            continue;
        }
        const bool high = unit >= 0xD800 && unit <= 0xDBFF;
        const bool low_follows = i + 1 < size && text[i + 1] >= 0xDC00 && text[i + 1] <= 0xDFFF;
        if (high && low_follows) {
            append_utf8(out, 0x10000 + ((unit - 0xD800) << 10) + (text[++i] - 0xDC00u));
        } else {
            append_utf8(out, unit >= 0xD800 && unit <= 0xDFFF ? kReplacement : unit);
        }
    }
    return out;
}

WideString to_utf16(std::string_view text) {
    WideString out;
    out.reserve(text.size());
    while (!text.empty()) {
        if (static_cast<unsigned char>(text.front()) < 0x80) { // nearly always
            out.push_back(static_cast<WCHAR>(text.front()));
            text.remove_prefix(1);
            continue;
        }
        char32_t c = take_utf8(text);
        if (c == kIllFormed) c = kReplacement;
        if (c >= 0x10000) {
            out.push_back(static_cast<WCHAR>(0xD800 + ((c - 0x10000) >> 10)));
            out.push_back(static_cast<WCHAR>(0xDC00 + ((c - 0x10000) & 0x3FF)));
        } else {
            out.push_back(static_cast<WCHAR>(c));
        }
    }
    return out;
}

bool is_utf8(std::string_view text) noexcept {
    while (!text.empty()) {
        if (take_utf8(text) == kIllFormed) return false;
    }
    return true;
}

WCHAR* to_task_string(std::string_view text) noexcept {
    const WideString wide = to_utf16(text);
    const std::size_t bytes = (wide.size() + 1) * sizeof(WCHAR);
    auto* out = static_cast<WCHAR*>(CoTaskMemAlloc(bytes));
    if (out != nullptr) std::memcpy(out, wide.c_str(), bytes);
    return out;
}

} // namespace bitscb3
