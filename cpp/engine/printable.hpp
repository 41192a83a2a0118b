// SPDX-License-Identifier: MIT
// printable.hpp - texts that a server had a hand in, on their way to people.
// Threads: a pure function.

#pragma once

#include <string>

namespace bitscb3 {

/// A terminal must not obey what a server sends: control characters become spaces. In UTF-8 those
/// from U+0080 to U+009F are 0xC2 and one more byte; alone such a byte is no character.
void make_printable(std::string& text);

} // namespace bitscb3
