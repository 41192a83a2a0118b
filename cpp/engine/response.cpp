// SPDX-License-Identifier: MIT
// response.cpp - see response.hpp.

#include "engine/response.hpp"

#include <algorithm>

namespace bitscb3 {

namespace {

/// The value of parameter `name` in a header value such as `multipart/byteranges; boundary=x`.
std::string parameter(std::string_view value, std::string_view name) {
    std::size_t at = value.find(';');
    while (at != std::string_view::npos) {
        const std::size_t next = value.find(';', at + 1);
        const std::string_view piece = value.substr(at + 1, next - at - 1);
        const std::size_t equals = piece.find('=');
        if (equals != std::string_view::npos && same_text(trimmed(piece.substr(0, equals)), name)) {
            std::string_view found = trimmed(piece.substr(equals + 1));
            if (found.size() >= 2 && found.front() == '"' && found.back() == '"') {
                found = found.substr(1, found.size() - 2);
            }
            return std::string(found);
        }
        at = next;
    }
    return {};
}

bool differ(const std::string& a, const std::string& b) noexcept {
    return !a.empty() && !b.empty() && a != b;
}

/// Goes back to the server in a condition; empty for what a header of ours cannot carry.
std::string to_validator(std::string_view value) {
    constexpr std::size_t kMostChars = 1024;
    const bool plain = std::all_of(value.begin(), value.end(), [](char c) {
        return static_cast<unsigned char>(c) >= 0x20 && c != 0x7F;
    });
    return plain && value.size() <= kMostChars ? std::string(value) : std::string();
}

bool repeats(const std::string& a, const std::string& b) noexcept {
    return !a.empty() && a == b;
}

} // namespace

bool Validator::is_repeated_by(const Validator& other) const noexcept {
    if (differ(etag, other.etag) || differ(last_modified, other.last_modified)) return false;
    if (size && other.size && *size != *other.size) return false;
    return !is_telling() || repeats(etag, other.etag) ||
           repeats(last_modified, other.last_modified);
}

void Response::take_length(std::string_view value) {
    // One number, or the same number several times: RFC 9110 section 8.6.
    while (!bad_length_) {
        const std::size_t comma = value.find(',');
        const auto number = to_size(trimmed(value.substr(0, comma)));
        bad_length_ = !number || (content_length_ && *content_length_ != *number);
        content_length_ = number;
        if (comma == std::string_view::npos) break;
        value.remove_prefix(comma + 1);
    }
}

void Response::take_content_range(std::string_view value) {
    const auto range = to_content_range(value);
    const bool differs = has_content_range_ && range != content_range_;
    content_range_ = differs ? std::nullopt : range;
    has_content_range_ = true;
}

bool Response::take_line(std::string_view line) {
    read_ += line.size();
    if (read_ > kMaxHead) return false;
    if (line.substr(0, 5) == "HTTP/" && (head_ended_ || text_.empty())) {
        const std::size_t read = read_;
        *this = Response();
        read_ = read;
        const std::size_t space = line.find(' ');
        if (space != std::string_view::npos) {
            status_ =
                static_cast<int>(to_number(trimmed(line.substr(space).substr(0, 4))).value_or(0));
        }
        http_1_ = line.substr(0, 7) == "HTTP/1.";
    }
    if (head_ended_) return true;
    text_ += line;
    head_ended_ = trimmed(line).empty();
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return true;
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (same_text(name, "Content-Length")) {
        take_length(value);
    } else if (same_text(name, "Transfer-Encoding")) {
        transfer_encoding_ = true;
    } else if (same_text(name, "Content-Range")) {
        take_content_range(value);
    } else if (same_text(name, "Content-Type")) {
        const std::string_view type = trimmed(value.substr(0, value.find(';')));
        multipart_ = same_text(type, "multipart/byteranges");
        boundary_ = multipart_ ? parameter(value, "boundary") : "";
    } else if (same_text(name, "Content-Encoding")) {
        identity_ = identity_ && (value.empty() || same_text(value, "identity"));
    } else if (same_text(name, "Accept-Ranges")) {
        accepts_ranges_ = same_text(value, "bytes");
    } else if (same_text(name, "Location")) {
        location_ = std::string(value);
    } else if (same_text(name, "ETag")) {
        etag_ = value.size() >= 2 && value.front() == '"' ? to_validator(value) : std::string();
    } else if (same_text(name, "Last-Modified")) {
        last_modified_ = to_validator(value);
    }
    return true;
}

Validator Response::validator() const {
    Validator out{etag_, last_modified_, std::nullopt};
    if (content_range_) {
        out.size = content_range_->total;
    } else if (status_ == 200) {
        out.size = content_length_;
    }
    return out;
}

} // namespace bitscb3
