// SPDX-License-Identifier: MIT
// printable.cpp - see printable.hpp.

#include "engine/printable.hpp"

namespace bitscb3 {

void make_printable(std::string& text) {
    const auto byte = [&text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool pair = i > 0 && byte(i - 1) == 0xC2 && byte(i) >= 0x80 && byte(i) < 0xA0;
        if (pair) text[i - 1] = ' ';
        if (pair || byte(i) < 0x20 || byte(i) == 0x7F) text[i] = ' ';
    }
}

} // namespace bitscb3
