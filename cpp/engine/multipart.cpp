// SPDX-License-Identifier: MIT
// multipart.cpp - see multipart.hpp.

#include "engine/multipart.hpp"

#include <algorithm>
#include <utility>

namespace bitscb3 {

Multipart::Result Multipart::feed(std::string_view bytes, Sink& sink) {
    while (!bytes.empty() && state_ != State::kEnd) {
        if (state_ == State::kBytes) {
            const std::uint64_t left = range_.range.end() - cursor_;
            const std::string_view piece = bytes.substr(
                0, static_cast<std::size_t>(std::min<std::uint64_t>(left, bytes.size())));
            if (!sink.take_bytes(cursor_, piece)) return Result::kStopped;
            cursor_ += piece.size();
            bytes.remove_prefix(piece.size());
            if (cursor_ == range_.range.end()) {
                state_ = State::kDelimiter;
                lines_ = 0;
            }
            continue;
        }
        const std::size_t end = bytes.find('\n');
        const std::string_view piece = bytes.substr(0, end);
        if (line_.size() + piece.size() > kMaxLine) return Result::kMalformed;
        line_ += piece;
        if (end == std::string_view::npos) break;
        bytes.remove_prefix(end + 1);
        if (!line_.empty() && line_.back() == '\r') line_.pop_back();
        const std::string line = std::move(line_);
        line_.clear();
        if (const Result result = take_line(line, sink); result != Result::kMore) return result;
    }
    return Result::kMore;
}

void Multipart::finish(Sink& sink) {
    if (state_ == State::kDelimiter && trimmed(line_) == delimiter_ + "--") {
        (void)take_line(line_, sink); // which is the end, and asks the sink nothing
    }
}

Multipart::Result Multipart::take_line(std::string_view line, Sink& sink) {
    if (state_ == State::kDelimiter) {
        if (line.empty()) return ++lines_ > kMaxBlankLines ? Result::kMalformed : Result::kMore;
        if (line.substr(0, delimiter_.size()) != delimiter_) return Result::kMalformed;
        const std::string_view rest = trimmed(line.substr(delimiter_.size()));
        if (!rest.empty() && rest != "--") return Result::kMalformed;
        if (std::exchange(in_part_, false)) sink.end_part();
        state_ = rest.empty() ? State::kHeaders : State::kEnd;
        has_range_ = false;
        lines_ = 0;
        return Result::kMore;
    }
    if (!line.empty()) {
        if (++lines_ > kMaxHeaders) return Result::kMalformed;
        const std::size_t colon = line.find(':');
        if (colon != std::string_view::npos && same_text(line.substr(0, colon), "Content-Range")) {
            const auto range = to_content_range(line.substr(colon + 1));
            if (!range || range->range.empty()) return Result::kMalformed;
            if (has_range_ && *range != range_) return Result::kMalformed;
            range_ = *range;
            has_range_ = true;
        }
        return Result::kMore;
    }
    if (!has_range_) return Result::kMalformed;
    if (!sink.take_part(range_)) return Result::kStopped;
    cursor_ = range_.range.offset;
    in_part_ = true;
    state_ = State::kBytes;
    return Result::kMore;
}

} // namespace bitscb3
