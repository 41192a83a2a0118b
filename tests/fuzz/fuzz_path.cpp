// SPDX-License-Identifier: MIT
// fuzz_path.cpp - any text as the name of a file.
// Laws: a folder and a name, taken apart and joined, mean the file they came from; a file's name
//       survives the way through a file:// URL, however it is written there.

#include "engine/path.hpp"
#include "engine/url.hpp"
#include "fuzz.hpp"

using namespace bitscb3;

namespace {

/// Several separators in a row mean the same as one.
std::string plain(const std::string& path) {
    std::string out;
    for (const char c : path) {
        if (out.empty() || !is_separator(c) || !is_separator(out.back())) out += c;
    }
    return out;
}

bool has_dots(const std::string& path) { // which a URL's parser resolves
    return (path + "/").find("/./") != std::string::npos ||
           (path + "/").find("/../") != std::string::npos;
}

std::string encoded(std::string_view path, std::string_view how) {
    static constexpr char kDigits[] = "0123456789ABCDEF";
    std::string out;
    for (std::size_t i = 0; i < path.size(); ++i) {
        const auto byte = static_cast<unsigned char>(path[i]);
        const bool letter = (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9');
        const bool wished = !how.empty() && (how[i % how.size()] & 1) != 0;
        if (byte == '/' || byte == '.' || (letter && !wished)) {
            out += path[i];
        } else {
            out += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
        }
    }
    return out;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Bytes bytes(data, size);
    const std::string text(bytes.text());
    LAW(is_absolute(text) == (!text.empty() && text.front() == '/'));
    const std::string path = "/" + text;
    const std::string folder = folder_of(path);
    LAW(is_absolute(folder) && folder.size() <= path.size());
    LAW(plain(joined(folder, path.substr(path.rfind('/') + 1))) == plain(path));

    const std::string trimmed = trimmed_folder(path);
    LAW(is_absolute(trimmed) && trimmed_folder(trimmed) == trimmed);
    LAW(trimmed == "/" || !is_separator(trimmed.back()));
    LAW(folder_of(joined(trimmed, "name")) == trimmed);

    const Url url = parse_url("file://" + encoded(path, bytes.rest()));
    const bool has_control =
        path.find_first_of("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0A\x0B\x0C"
                           "\x0D\x0E\x0F\x10\x11\x12\x13\x14\x15\x16\x17\x18"
                           "\x19\x1A\x1B\x1C\x1D\x1E\x1F") != std::string::npos;
    if (!has_control && !has_dots(path)) LAW(url.usable() && url.path == path);
    return 0;
}
