// SPDX-License-Identifier: MIT
// response.cpp - see response.hpp.

#include "engine/response.hpp"

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

bool Response::take_line(std::string_view line) {
    if (line.substr(0, 5) == "HTTP/") {
        *this = Response();
        const std::size_t space = line.find(' ');
        if (space != std::string_view::npos) {
            status_ =
                static_cast<int>(to_number(trimmed(line.substr(space).substr(0, 4))).value_or(0));
        }
        http_1_ = line.substr(0, 7) == "HTTP/1.";
        http_1_0_ = line.substr(0, 8) == "HTTP/1.0";
    }
    if (text_.size() + line.size() > kMaxHead) return false;
    text_ += line;
    complete_ = complete_ || line == "\r\n" || line == "\n";
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return true;
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (same_text(name, "Content-Length")) {
        content_length_ = to_number(value);
    } else if (same_text(name, "Transfer-Encoding")) {
        transfer_encoding_ = true;
    } else if (same_text(name, "Content-Range")) {
        has_content_range_ = true;
        content_range_ = to_content_range(value);
    } else if (same_text(name, "Content-Type")) {
        const std::string_view type = trimmed(value.substr(0, value.find(';')));
        boundary_ = same_text(type, "multipart/byteranges") ? parameter(value, "boundary") : "";
    } else if (same_text(name, "Content-Encoding")) {
        identity_ = value.empty() || same_text(value, "identity");
    } else if (same_text(name, "Accept-Ranges")) {
        accepts_ranges_ = same_text(value, "bytes");
    } else if (same_text(name, "ETag")) {
        etag_ = value.size() >= 2 && value.front() == '"' ? std::string(value) : std::string();
    } else if (same_text(name, "Last-Modified")) {
        last_modified_ = std::string(value);
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
