// SPDX-License-Identifier: MIT
// fuzz_utf16.cpp - any bytes as UTF-8 and as UTF-16.
// Laws: what comes out is well-formed by a plain reading of the standard's table; what went in
//       well-formed comes back; what did not has U+FFFD in the place of each fault.

#include "base/utf16.hpp"
#include "fuzz.hpp"

using namespace bitscb3;

namespace {

/// The Unicode Standard, table 3-7, line by line.
bool is_well_formed(std::string_view text) {
    const auto in = [&text](std::size_t at, unsigned from, unsigned to) {
        return at < text.size() && static_cast<unsigned char>(text[at]) >= from &&
               static_cast<unsigned char>(text[at]) <= to;
    };
    while (!text.empty()) {
        std::size_t length = 0;
        if (in(0, 0x00, 0x7F)) length = 1;
        if (in(0, 0xC2, 0xDF) && in(1, 0x80, 0xBF)) length = 2;
        const bool tail3 = in(2, 0x80, 0xBF);
        if (in(0, 0xE0, 0xE0) && in(1, 0xA0, 0xBF) && tail3) length = 3;
        if (in(0, 0xE1, 0xEC) && in(1, 0x80, 0xBF) && tail3) length = 3;
        if (in(0, 0xED, 0xED) && in(1, 0x80, 0x9F) && tail3) length = 3;
        if (in(0, 0xEE, 0xEF) && in(1, 0x80, 0xBF) && tail3) length = 3;
        const bool tail4 = tail3 && in(3, 0x80, 0xBF);
        if (in(0, 0xF0, 0xF0) && in(1, 0x90, 0xBF) && tail4) length = 4;
        if (in(0, 0xF1, 0xF3) && in(1, 0x80, 0xBF) && tail4) length = 4;
        if (in(0, 0xF4, 0xF4) && in(1, 0x80, 0x8F) && tail4) length = 4;
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

bool is_high(WCHAR unit) {
    return unit >= 0xD800 && unit <= 0xDBFF;
}
bool is_low(WCHAR unit) {
    return unit >= 0xDC00 && unit <= 0xDFFF;
}

/// `text` with U+FFFD for each surrogate that stands alone.
WideString mended(const WideString& text) {
    WideString out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (is_high(text[i]) && i + 1 < text.size() && is_low(text[i + 1])) {
            out += text[i++];
            out += text[i];
        } else {
            out += is_high(text[i]) || is_low(text[i]) ? WCHAR{0xFFFD} : text[i];
        }
    }
    return out;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const WideString wide = to_utf16(text);
    LAW(is_utf8(text) == is_well_formed(text));
    LAW(mended(wide) == wide);
    LAW(wide.size() <= text.size());
    const bool has_nul = text.find('\0') != std::string_view::npos;
    if (is_utf8(text) && !has_nul) LAW(to_utf8(wide.c_str()) == text);
    if (!is_utf8(text)) LAW(wide.find(WCHAR{0xFFFD}) != WideString::npos);
    WCHAR* copy = to_task_string(text);
    LAW(copy != nullptr && std::memcmp(copy, wide.c_str(), (wide.size() + 1) * 2) == 0);
    CoTaskMemFree(copy);

    WideString units;
    for (std::size_t i = 0; i + 1 < size; i += 2) {
        units += static_cast<WCHAR>(data[i] | data[i + 1] << 8);
    }
    units.resize(length_of(units.c_str()));
    const std::string bytes = to_utf8(units.c_str());
    LAW(is_well_formed(bytes));
    LAW(to_utf16(bytes) == mended(units));
    return 0;
}
