// SPDX-License-Identifier: MIT
// response.hpp - the head of an HTTP response, and the validator that pins a version of a file.
// Source: RFC 9110, sections 8.6, 8.8 and 14.4.

#pragma once

#include "engine/http_range.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bitscb3 {

/// Which version of a remote file the bytes on disk belong to.
struct Validator {
    std::string etag;          // strong ones only; empty when the server gave none
    std::string last_modified; // as the server wrote it; empty when it gave none
    std::optional<std::uint64_t> size;

    [[nodiscard]] bool known() const noexcept { return size.has_value(); }
    /// Whether it tells versions of equal size apart.
    [[nodiscard]] bool is_telling() const noexcept {
        return !etag.empty() || !last_modified.empty();
    }
    /// Whether `other`, of a later response, is of this version: nothing both state may differ, and
    /// when this one is telling, `other` has to repeat an ETag or a time.
    [[nodiscard]] bool is_repeated_by(const Validator& other) const noexcept;
    friend bool operator==(const Validator&, const Validator&) = default;
};

class Response {
  public:
    /// Feed one header line as libcurl delivers it. A status line starts over; what else follows
    /// a head that has ended is a trailer and says nothing. False when all lines together, those
    /// of interim responses and trailers included, grow past kMaxHead.
    [[nodiscard]] bool take_line(std::string_view line);

    [[nodiscard]] int status() const noexcept { return status_; }
    /// Whether the empty line after the headers was read.
    [[nodiscard]] bool head_ended() const noexcept { return head_ended_; }
    /// Whether Content-Length is no number, or comes twice with different ones.
    [[nodiscard]] bool has_bad_length() const noexcept { return bad_length_; }
    /// Nothing but the end of the connection ends the body.
    [[nodiscard]] bool ends_with_connection() const noexcept {
        return http_1_ && !content_length_ && !transfer_encoding_;
    }
    /// The status line and all header lines, as received.
    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    [[nodiscard]] const std::optional<std::uint64_t>& content_length() const noexcept {
        return content_length_;
    }
    [[nodiscard]] bool has_content_range() const noexcept { return has_content_range_; }
    /// Nothing when there is none, it is malformed, or there are two that differ.
    [[nodiscard]] const std::optional<ContentRange>& content_range() const noexcept {
        return content_range_;
    }
    [[nodiscard]] bool is_multipart() const noexcept { return multipart_; }
    /// The boundary of a multipart/byteranges body; empty when it is not told.
    [[nodiscard]] const std::string& boundary() const noexcept { return boundary_; }
    /// Where a redirect leads, as the server wrote it; empty when it does not tell.
    [[nodiscard]] const std::string& location() const noexcept { return location_; }
    /// Whether the body arrives as the file has it (no Content-Encoding).
    [[nodiscard]] bool is_identity() const noexcept { return identity_; }
    [[nodiscard]] bool accepts_ranges() const noexcept { return accepts_ranges_; }
    /// The version this response speaks of; the size from Content-Range, else of a 200 body.
    [[nodiscard]] Validator validator() const;

    static constexpr std::size_t kMaxHead = 256 * 1024; // bytes

  private:
    void take_length(std::string_view value);
    void take_content_range(std::string_view value);

    std::size_t read_ = 0; // bytes of all lines
    int status_ = 0;
    bool head_ended_ = false;
    bool bad_length_ = false;
    bool http_1_ = false;
    bool transfer_encoding_ = false;
    bool has_content_range_ = false;
    bool multipart_ = false;
    bool identity_ = true;
    bool accepts_ranges_ = false;
    std::string text_;
    std::optional<std::uint64_t> content_length_;
    std::optional<ContentRange> content_range_;
    std::string boundary_;
    std::string location_;
    std::string etag_;
    std::string last_modified_;
};

} // namespace bitscb3
