// SPDX-License-Identifier: MIT
// multipart.hpp - reads a multipart/byteranges body as it arrives and hands on the parts' bytes.
// Memory: one header line; the bytes of parts are passed through, never kept.
// Source: RFC 9110 section 14.6, RFC 2046 section 5.1.

#pragma once

#include "engine/http_range.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace bitscb3 {

class Multipart {
  public:
    /// Receives the parts, in the order of the body. A call may answer false to stop.
    class Sink {
      public:
        virtual ~Sink() = default;
        [[nodiscard]] virtual bool take_part(const ContentRange& range) = 0;
        [[nodiscard]] virtual bool take_bytes(std::uint64_t offset, std::string_view bytes) = 0;
        /// A delimiter follows the part: it is as long as it said.
        virtual void end_part() = 0;
    };
    enum class Result {
        kMore,
        kStopped,   // by the sink
        kMalformed, // not a multipart/byteranges body with this boundary
    };

    explicit Multipart(std::string_view boundary) : delimiter_("--" + std::string(boundary)) {}

    [[nodiscard]] Result feed(std::string_view bytes, Sink& sink);
    /// The body is over: a closing delimiter needs no end of line there.
    void finish(Sink& sink);
    /// Whether the closing delimiter was read.
    [[nodiscard]] bool ended() const noexcept { return state_ == State::kEnd; }

  private:
    enum class State {
        kDelimiter, // between parts: blank lines, then the delimiter's line
        kHeaders,   // the lines up to the empty one
        kBytes,     // exactly as many bytes as Content-Range said
        kEnd,       // behind the closing delimiter: the epilogue is ignored
    };
    static constexpr std::size_t kMaxLine = 8 * 1024; // bytes
    static constexpr int kMaxBlankLines = 4;          // before a delimiter
    static constexpr int kMaxHeaders = 64;            // of one part

    [[nodiscard]] Result take_line(std::string_view line, Sink& sink);

    std::string delimiter_;
    State state_ = State::kDelimiter;
    std::string line_; // begun, not yet ended by LF
    int lines_ = 0;    // in this state
    ContentRange range_;
    bool has_range_ = false;
    bool in_part_ = false;     // its delimiter is still to come
    std::uint64_t cursor_ = 0; // offset of the next byte of the part
};

} // namespace bitscb3
