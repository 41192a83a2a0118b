// SPDX-License-Identifier: MIT
// transfer_verdict.cpp - what a transfer makes of the head of a response, before any byte is
// written; see transfer.hpp.
// Source: RFC 9110 sections 13 (conditional requests), 14 (ranges) and 15 (statuses).

#include "engine/outcome.hpp"
#include "engine/transfer.hpp"

#include <algorithm>

namespace bitscb3 {

bool Transfer::asked_for(const Range& range) const noexcept {
    return std::any_of(ask.ranges.begin(), ask.ranges.end(),
                       [&](const Range& asked) { return !intersection(asked, range).empty(); });
}

/// Whether it is of what was asked for and within the file.
bool Transfer::fits(const Range& range) const noexcept {
    const auto& size = request_.pinned.size ? request_.pinned.size : validator_.size;
    return asked_for(range) && (!size || range.end() <= *size);
}

/// Decide, once and before any byte is written, what becomes of the body.
void Transfer::judge() {
    body_ = Body::kIgnore;
    if (!http_) {
        if (!request_.pinned.is_repeated_by(validator_)) {
            stop(End::kChanged);
        } else {
            const Range all{0, *validator_.size};
            accept_bytes(ask.ranges.empty() ? all : intersection(ask.ranges.front(), all));
        }
        return;
    }
    note_moves();
    const int status = response_.status();
    if (status != 200 && status != 206) return; // finish() tells
    validator_ = response_.validator();
    if (!response_.is_identity()) {
        stop(End::kFailed, finding_error(Finding::kInvalidResponse,
                                         "The server compressed the body although that was "
                                         "not asked for."));
    } else if (status == 200) {
        judge_whole();
    } else {
        judge_partial();
    }
}

void Transfer::judge_whole() {
    // A 200 to several ranges names the whole file's size as well, so both are checked.
    if (!request_.pinned.is_repeated_by(validator_)) {
        stop(End::kChanged);
        return;
    }
    if (ask.head) {
        accepted_ = true;
        return;
    }
    if (ask.ranges.size() > 1) {
        stop(End::kPartsRefused);
        return;
    }
    const bool from_start = ask.whole || ask.ranges.empty() || ask.ranges.front().offset == 0;
    const bool first_contact = !request_.pinned.known() && !ask.probe;
    const auto& size = validator_.size ? validator_.size : request_.pinned.size;
    const Range all{0, size.value_or(Ask::kToEnd)};
    const bool exactly = !ask.ranges.empty() && ask.ranges.front().contains(all);
    if (ask.whole || (from_start && (first_contact || exactly))) {
        accept_bytes(all);
    } else {
        stop(End::kRangeIgnored);
    }
}

void Transfer::judge_partial() {
    if (response_.is_multipart()) {
        if (response_.boundary().empty()) {
            stop(End::kFailed,
                 finding_error(Finding::kInvalidResponse, "The multipart body has no boundary."));
            return;
        }
        if (!request_.pinned.is_repeated_by(validator_)) {
            stop(End::kChanged);
            return;
        }
        parts_.emplace(response_.boundary());
        body_ = Body::kParts;
        accepted_ = true;
        return;
    }
    const auto& range = response_.content_range();
    const auto& length = response_.content_length();
    if (!range || range->range.empty()) {
        stop(End::kFailed, finding_error(Finding::kInvalidResponse,
                                         "A 206 came without a usable Content-Range."));
    } else if (!request_.pinned.is_repeated_by(validator_)) {
        stop(End::kChanged);
    } else if (!fits(range->range) ||
               (ask.ranges.size() == 1 && range->range.offset != ask.ranges.front().offset)) {
        stop(End::kFailed, finding_error(Finding::kInvalidResponse,
                                         "The server sent another range than it was asked for."));
    } else if (!range->total && !request_.pinned.known()) {
        stop(End::kFailed, finding_error(Finding::kNoSize));
    } else if (length && *length != range->range.length) {
        stop(End::kFailed, finding_error(Finding::kInvalidResponse,
                                         "Content-Length and Content-Range contradict."));
    } else {
        accept_bytes(range->range);
    }
}

/// Whether the status is the answer, whatever became of the body. libcurl may go on by itself after
/// a 401 or 407, and gives the body of the last one only.
bool Transfer::has_verdict() const noexcept {
    const int status = response_.status();
    const bool goes_on = status < 300 || status == 401 || status == 407;
    return body_ == Body::kIgnore || (response_.head_ended() && !goes_on);
}

/// What a status other than 200 and 206 means.
void Transfer::conclude() {
    const int status = response_.status();
    const bool follows = request_.http->redirect_policy() != BG_HTTP_REDIRECT_POLICY_DISALLOW;
    if (follows && is_redirect()) {
        take_redirect();
    } else if (status == 412) {
        stop(End::kChanged);
    } else if (status == 416) {
        stop(ask.ranges.size() > 1 ? End::kPartsRefused : End::kNotSatisfiable);
    } else {
        curl_off_t seconds = 0;
        curl_easy_getinfo(easy_, CURLINFO_RETRY_AFTER, &seconds);
        stop(End::kFailed,
             status_error(status, static_cast<std::uint64_t>(std::max<curl_off_t>(seconds, 0))));
    }
}

} // namespace bitscb3
