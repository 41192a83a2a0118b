// SPDX-License-Identifier: MIT
// fuzz_response.cpp - any lines as the heads of responses.
// Laws: memory is bounded; a status line begins anew; a plain reader of the last head finds the
// same
//       length, validators and kind of body.

#include "engine/response.hpp"
#include "fuzz.hpp"

#include <map>
#include <vector>

using namespace bitscb3;

namespace {

using Lines = std::vector<std::string_view>;

Lines lines_of(std::string_view text) {
    Lines out;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size() - 1);
        out.push_back(text.substr(0, end + 1));
        text.remove_prefix(end + 1);
    }
    return out;
}

std::string small(std::string_view text) {
    std::string out;
    for (const char c : text) out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return out;
}

bool begins_anew(std::string_view line) {
    return line.rfind("HTTP/", 0) == 0;
}

/// The last value of each name in the last head.
std::map<std::string, std::string> read_plainly(const Lines& lines) {
    std::map<std::string, std::string> out;
    for (const std::string_view line : lines) {
        if (begins_anew(line)) out.clear();
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos) continue;
        out[small(line.substr(0, colon))] = trimmed(line.substr(colon + 1));
    }
    return out;
}

Response feed(const Lines& lines) {
    Response response;
    for (const std::string_view line : lines) {
        const bool taken = response.take_line(line);
        LAW(response.text().size() <= Response::kMaxHead);
        if (!taken) break;
    }
    return response;
}

void check_against(const Response& response, std::map<std::string, std::string> plain) {
    const auto has = [&plain](const char* name) { return plain.find(name) != plain.end(); };
    LAW(response.has_content_range() == has("content-range"));
    LAW(response.content_length() == to_number(plain["content-length"]));
    LAW(response.accepts_ranges() == (small(plain["accept-ranges"]) == "bytes"));
    const std::string encoding = small(plain["content-encoding"]);
    LAW(response.is_identity() == (encoding.empty() || encoding == "identity"));
    const Validator validator = response.validator();
    LAW(validator.last_modified == plain["last-modified"]);
    LAW(validator.etag.empty() || validator.etag == plain["etag"]);
    LAW(validator.etag.empty() || (validator.etag.front() == '"' && validator.etag.size() >= 2));
    const std::string type = small(plain["content-type"]);
    LAW(response.boundary().empty() || type.find("multipart/byteranges") == 0);
    LAW(validator.is_repeated_by(validator));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Lines lines = lines_of({reinterpret_cast<const char*>(data), size});
    const Response response = feed(lines);
    LAW(response.status() >= 0 && response.status() <= 999);
    if (size > Response::kMaxHead) return 0; // it may have stopped before the last line
    check_against(response, read_plainly(lines));
    std::size_t last = 0;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (begins_anew(lines[i])) last = i;
    }
    const Response alone = feed({lines.begin() + static_cast<std::ptrdiff_t>(last), lines.end()});
    if (last == 0) return 0;
    LAW(alone.text() == response.text() && alone.status() == response.status());
    LAW(alone.validator() == response.validator() && alone.boundary() == response.boundary());
    return 0;
}
