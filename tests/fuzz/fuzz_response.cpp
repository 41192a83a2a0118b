// SPDX-License-Identifier: MIT
// fuzz_response.cpp - any lines as the heads of responses.
// Laws: memory is bounded; a status line behind a head begins anew; a plain reader of the last
//       head finds the same length, validators and kind of body.

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

/// The lines of the last head: up to its empty line, behind which only a status line counts.
Lines last_head(const Lines& lines) {
    Lines head;
    bool ended = false;
    for (const std::string_view line : lines) {
        if (ended && !begins_anew(line)) continue;
        if (ended) head.clear();
        head.push_back(line);
        ended = trimmed(line).empty();
    }
    return head;
}

/// The values of each name in a head, in order.
std::map<std::string, std::vector<std::string>> read_plainly(const Lines& head) {
    std::map<std::string, std::vector<std::string>> out;
    for (const std::string_view line : head) {
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos) continue;
        out[small(line.substr(0, colon))].emplace_back(trimmed(line.substr(colon + 1)));
    }
    return out;
}

/// The one length that all values of Content-Length tell; nothing when they tell none or several.
std::optional<std::uint64_t> length_of(const std::vector<std::string>& values) {
    std::optional<std::uint64_t> out;
    for (const std::string& value : values) {
        for (std::size_t at = 0; at <= value.size();) {
            const std::size_t end = std::min(value.find(',', at), value.size());
            const auto number = to_size(trimmed(std::string_view(value).substr(at, end - at)));
            if (!number || (out && *out != *number)) return std::nullopt;
            out = number;
            at = end + 1;
        }
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

void check_against(const Response& response,
                   std::map<std::string, std::vector<std::string>> plain) {
    const auto last = [&plain](const char* name) {
        return plain[name].empty() ? std::string() : plain[name].back();
    };
    LAW(response.has_content_range() == !plain["content-range"].empty());
    const auto length = length_of(plain["content-length"]);
    LAW(response.has_bad_length() == (!plain["content-length"].empty() && !length));
    LAW(response.has_bad_length() || response.content_length() == length);
    LAW(response.accepts_ranges() == (small(last("accept-ranges")) == "bytes"));
    bool identity = true;
    for (const std::string& coding : plain["content-encoding"]) {
        identity = identity && (coding.empty() || small(coding) == "identity");
    }
    LAW(response.is_identity() == identity);
    const Validator validator = response.validator();
    LAW(validator.last_modified.empty() || validator.last_modified == last("last-modified"));
    LAW(validator.etag.empty() || validator.etag == last("etag"));
    LAW(validator.etag.empty() || (validator.etag.front() == '"' && validator.etag.size() >= 2));
    LAW(response.boundary().empty() ||
        small(last("content-type")).find("multipart/byteranges") == 0);
    LAW(validator.is_repeated_by(validator));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Lines lines = lines_of({reinterpret_cast<const char*>(data), size});
    const Response response = feed(lines);
    LAW(response.status() >= 0 && response.status() <= 999);
    if (size > Response::kMaxHead) return 0; // it may have stopped before the last line
    const Lines head = last_head(lines);
    check_against(response, read_plainly(head));
    const Response alone = feed(head);
    LAW(alone.text() == response.text() && alone.status() == response.status());
    LAW(alone.validator() == response.validator() && alone.boundary() == response.boundary());
    return 0;
}
