// SPDX-License-Identifier: MIT
// transfer.cpp - see transfer.hpp.
// Source: libcurl's API pages; RFC 9110 sections 13 (conditional requests) and 14 (ranges).

#include "engine/transfer.hpp"

#include "engine/certificate.hpp"
#include "engine/local_source.hpp"
#include "engine/outcome.hpp"
#include "engine/tls_watch.hpp"
#include "engine/url.hpp"

#include <algorithm>
#include <utility>

namespace bitscb3 {

namespace {

// libcurl's receive buffer, in bytes. It is allocated for each request: a large one saves system
// calls and costs page faults, which only a large body pays back.
constexpr long kSmallestBuffer = 16 * 1024;
constexpr long kRoomForHead = 8 * 1024;
constexpr long kFirstBuffer = 64 * 1024; // the size is not known; most files are small
constexpr long kPartsBuffer = 256 * 1024;
constexpr long kLargestBuffer = 2 * 1024 * 1024;
constexpr std::uint64_t kLargeBody = 16 * 1024 * 1024;
constexpr std::uint64_t kMostIgnored = 64 * 1024; // of a body nobody wants, to save the connection
constexpr int kMultiStatus = 206;

std::uint64_t bytes_of(const RangeList& ranges) noexcept {
    std::uint64_t sum = 0;
    for (const Range& range : ranges) sum += range.length;
    return sum;
}

long buffer_for(std::uint64_t wanted, bool size_known) noexcept {
    if (!size_known) return wanted == UINT64_MAX ? kPartsBuffer : kFirstBuffer;
    if (wanted >= kLargeBody) return kLargestBuffer;
    const auto bytes = static_cast<long>(wanted) + kRoomForHead; // one system call for both
    return std::clamp(bytes, kSmallestBuffer, kPartsBuffer);
}

} // namespace

Transfer::Transfer(JobPtr owner, File& target, Ask what)
    : job(std::move(owner)),
      file(&target),
      generation(target.generation),
      source(target.source),
      plan(target.plan),
      ask(std::move(what)) {}

Transfer::~Transfer() {
    if (easy_ != nullptr) curl_easy_cleanup(easy_);
    curl_slist_free_all(headers_);
}

CURL* Transfer::release() noexcept {
    return std::exchange(easy_, nullptr);
}

Error Transfer::prepare(CURL* easy, const TransferOptions& options, Request request,
                        std::shared_ptr<DiskFile> disk) {
    easy_ = easy;
    http_ = !origin.empty();
    request_ = std::move(request);
    disk_ = std::move(disk);
    if (request_.log_source) {
        log_ = std::make_unique<TransferLog>(easy_, *options.log, request_.log_source,
                                             Redaction(request_.url, *request_.http));
    }
    set_limits(options);
    return set_request(options);
}

void Transfer::set_limits(const TransferOptions& options) {
    const bitscb3_settings& settings = options.settings;
    curl_easy_setopt(easy_, CURLOPT_PRIVATE, this);
    curl_easy_setopt(easy_, CURLOPT_ERRORBUFFER, reason_);
    curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy_, CURLOPT_USERAGENT, options.user_agent.c_str());
    curl_easy_setopt(easy_, CURLOPT_HEADERFUNCTION, &Transfer::on_header);
    curl_easy_setopt(easy_, CURLOPT_HEADERDATA, this);
    curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, &Transfer::on_body);
    curl_easy_setopt(easy_, CURLOPT_WRITEDATA, this);
    curl_easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT, static_cast<long>(settings.connect_timeout_s));
    curl_easy_setopt(easy_, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(easy_, CURLOPT_LOW_SPEED_TIME, static_cast<long>(settings.stall_timeout_s));
    if (http_ && ask.alone) curl_easy_setopt(easy_, CURLOPT_FRESH_CONNECT, 1L);
    if (http_ && settings.stall_timeout_s != 0) {
        patience_ = std::chrono::seconds(settings.stall_timeout_s) / 2;
        curl_easy_setopt(easy_, CURLOPT_NOPROGRESS, 0L);
        curl_easy_setopt(easy_, CURLOPT_XFERINFOFUNCTION, &Transfer::on_progress);
        curl_easy_setopt(easy_, CURLOPT_XFERINFODATA, this);
    }
    curl_easy_setopt(easy_, CURLOPT_MAXREDIRS, static_cast<long>(settings.redirects));
    const std::uint64_t wanted = ask.ranges.empty() ? UINT64_MAX : bytes_of(ask.ranges);
    long buffer = buffer_for(wanted, request_.pinned.known());
    if (http_ && throttle->lowest_rate(*share.job) != 0) {
        buffer = std::min(buffer, static_cast<long>(throttle->turn_of(*share.job)));
        // In HTTP/2 a paused request holds up the others of its connection, or fills the memory.
        curl_easy_setopt(easy_, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    }
    curl_easy_setopt(easy_, CURLOPT_BUFFERSIZE, buffer);
}

Error Transfer::set_request(const TransferOptions& options) {
    const Url& url = *request_.address;
    curl_easy_setopt(easy_, CURLOPT_URL, request_.url.c_str());
    curl_easy_setopt(easy_, CURLOPT_NOBODY, ask.head ? 1L : 0L);
    if (!http_) {
        curl_easy_setopt(easy_, CURLOPT_PROTOCOLS_STR, "file");
        if (!ask.ranges.empty()) {
            curl_easy_setopt(easy_, CURLOPT_RANGE, to_http_ranges(ask.ranges).c_str());
        }
        return look_at_source(url.path, validator_);
    }
    if (Error error = set_http_options(easy_, *request_.http, url, options.tls); error) {
        return error;
    }
    if (request_.accepted) {
        curl_easy_setopt(easy_, CURLOPT_CERTINFO, 1L);
        curl_easy_setopt(easy_, CURLOPT_PREREQFUNCTION, &Transfer::on_connected);
        curl_easy_setopt(easy_, CURLOPT_PREREQDATA, this);
    }
    set_headers();
    return {};
}

void Transfer::set_headers() {
    const auto add = [this](const std::string& line) {
        headers_ = curl_slist_append(headers_, line.c_str());
    };
    add("Accept-Encoding: identity");
    if (!ask.ranges.empty()) {
        if (ask.ranges.front().end() == Ask::kToEnd) {
            add("Range: bytes=" + std::to_string(ask.ranges.front().offset) + "-");
        } else {
            add("Range: bytes=" + to_http_ranges(ask.ranges));
        }
    }
    // If-Match and If-Unmodified-Since: a miss costs a short 412, not the whole file.
    if (!request_.pinned.etag.empty()) {
        add("If-Match: " + request_.pinned.etag);
    } else if (!request_.pinned.last_modified.empty()) {
        add("If-Unmodified-Since: " + request_.pinned.last_modified);
    }
    add_custom_headers(headers_, request_.http->headers);
    curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, headers_);
}

/// libcurl keeps a connection of HTTP/2 whose request timed out, and gives it to the next one.
int Transfer::on_progress(void* self, curl_off_t, curl_off_t now, curl_off_t, curl_off_t) noexcept {
    auto& transfer = *static_cast<Transfer*>(self);
    const Instant at = std::chrono::steady_clock::now();
    if (std::exchange(transfer.byte_, now) != now) transfer.moved_at_ = at;
    const bool stands = at - transfer.moved_at_ >= transfer.patience_;
    if (std::exchange(transfer.stands_still_, stands) == stands) return 0;
    const bool forbids = stands || transfer.request_.http->needs_own_connections();
    curl_easy_setopt(transfer.easy_, CURLOPT_FORBID_REUSE, forbids ? 1L : 0L);
    return 0;
}

int Transfer::on_connected(void* self, char*, char*, int, int) noexcept {
    return static_cast<Transfer*>(self)->take_certificate() ? CURL_PREREQFUNC_OK
                                                            : CURL_PREREQFUNC_ABORT;
}

/// Whether the certificate of this connection is one the client accepted.
bool Transfer::take_certificate() {
    char* text = nullptr;
    curl_easy_getinfo(easy_, CURLINFO_EFFECTIVE_URL, &text);
    const Url url = parse_url(text != nullptr ? text : "");
    if (url.scheme != Url::Scheme::kHttps) return true;
    curl_certinfo* shown = nullptr;
    curl_easy_getinfo(easy_, CURLINFO_CERTINFO, &shown);
    certificate_ = {};
    certificate_.endpoint = url.origin.substr(url.origin.find("//") + 2);
    constexpr std::string_view kField = "Cert:";
    for (int i = 0; shown != nullptr && i < shown->num_of_certs; ++i) {
        for (const curl_slist* line = shown->certinfo[i]; line != nullptr; line = line->next) {
            const std::string_view field = line->data;
            if (field.substr(0, kField.size()) != kField) continue;
            certificate_.chain += field.substr(kField.size());
        }
    }
    certificate_.der = to_der(certificate_.chain);
    if (request_.accepted->contains(certificate_.key())) return true;
    return stop(End::kNewCertificate);
}

/// Remember where the server sent us.
void Transfer::note_moves() {
    const bool follows = request_.http->redirect_policy() != BG_HTTP_REDIRECT_POLICY_DISALLOW;
    char* text = nullptr;
    curl_easy_getinfo(easy_, follows ? CURLINFO_EFFECTIVE_URL : CURLINFO_REDIRECT_URL, &text);
    moved_to_ = text != nullptr && request_.url != text ? text : "";
    if (moved_to_.empty()) return;
    const Url url = parse_url(moved_to_);
    if (!url.usable() || !url.is_http()) moved_to_.clear();
}

size_t Transfer::on_header(char* data, size_t size, size_t count, void* self) noexcept {
    auto& transfer = *static_cast<Transfer*>(self);
    const size_t bytes = size * count;
    note_progress();
    if (!transfer.http_) return bytes;
    if (!transfer.response_.take_line({data, bytes})) {
        transfer.stop(End::kFailed,
                      finding_error(Finding::kInvalidResponse, "The response's head is too long."));
        return 0;
    }
    if (transfer.response_.is_complete()) transfer.watch_end();
    return bytes;
}

size_t Transfer::on_body(char* data, size_t size, size_t count, void* self) noexcept {
    auto& transfer = *static_cast<Transfer*>(self);
    const size_t bytes = size * count;
    // What is paused comes again, as a whole, inside curl_easy_pause(). It is no stall: libcurl's
    // low speed counts from there. A file:// source cannot be paused.
    if (transfer.http_ && !transfer.throttle->admits(transfer.share, bytes)) {
        return CURL_WRITEFUNC_PAUSE;
    }
    transfer.traffic_.received += bytes;
    const bool taken = transfer.take_body({data, bytes});
    note_progress(); // once it is on the disk
    return taken ? bytes : 0;
}

bool Transfer::stop(End end, Error error) {
    if (end_ == End::kRunning) {
        end_ = end;
        error_ = std::move(error);
    }
    return false;
}

bool Transfer::asked_for(const Range& range) const noexcept {
    return std::any_of(ask.ranges.begin(), ask.ranges.end(),
                       [&](const Range& asked) { return !intersection(asked, range).empty(); });
}

void Transfer::accept_bytes(Range range) {
    if (!lay_out()) return;
    body_ = Body::kBytes;
    accepted_ = true;
    cursor_ = range.offset;
    limit_ = range.end();
}

/// Where the end of the connection is the end of the body, over TLS it has to be a proper one: a
/// FIN may be anybody's.
void Transfer::watch_end() {
    ended_.reset();
    if (!response_.ends_with_connection()) return;
    const curl_tlssessioninfo* tls = nullptr;
    curl_easy_getinfo(easy_, CURLINFO_TLS_SSL_PTR, &tls);
    const bool known = tls != nullptr && tls->backend == CURLSSLBACKEND_OPENSSL;
    if (known && tls->internals != nullptr) ended_ = bitscb3::watch_end(tls->internals);
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
    if (status != 200 && status != kMultiStatus) return; // finish() tells
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
    const Range all{0, validator_.size.value_or(Ask::kToEnd)};
    const bool exactly = !ask.ranges.empty() && ask.ranges.front().contains(all);
    if (ask.whole || (from_start && (first_contact || exactly))) {
        accept_bytes(all);
    } else {
        stop(End::kRangeIgnored);
    }
}

void Transfer::judge_partial() {
    if (!response_.boundary().empty()) {
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
    } else if (!asked_for(range->range) ||
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

bool Transfer::take_body(std::string_view bytes) {
    if (body_ == Body::kUnjudged) judge();
    if (end_ != End::kRunning) return false;
    switch (body_) {
    case Body::kBytes:
        if (bytes.size() > limit_ - cursor_) {
            return stop(End::kFailed, finding_error(Finding::kInvalidResponse,
                                                    "The body is longer than announced."));
        }
        if (!take_bytes(cursor_, bytes)) return false;
        cursor_ += bytes.size();
        return true;
    case Body::kParts:
        switch (parts_->feed(bytes, *this)) {
        case Multipart::Result::kMore:
            return true;
        case Multipart::Result::kMalformed:
            return stop(End::kFailed, finding_error(Finding::kInvalidResponse,
                                                    "The multipart body is malformed."));
        case Multipart::Result::kStopped:
            return false;
        }
        return false;
    case Body::kUnjudged:
    case Body::kIgnore:
        break;
    }
    ignored_ += bytes.size();
    if (ignored_ <= kMostIgnored) return true;
    finish(CURLE_OK); // the verdict is in the head; the rest of the body is not worth reading
    return false;
}

bool Transfer::take_part(const ContentRange& range) {
    Validator part = validator_;
    part.size = range.total;
    if (!request_.pinned.is_repeated_by(part)) return stop(End::kChanged);
    if (!asked_for(range.range)) {
        return stop(End::kFailed,
                    finding_error(Finding::kInvalidResponse,
                                  "The server sent another range than it was asked for."));
    }
    if (!validator_.size) validator_.size = range.total;
    if (!validator_.size && !request_.pinned.known())
        return stop(End::kFailed, finding_error(Finding::kNoSize));
    return lay_out();
}

/// Find the places of the bytes on disk; that takes the size of the file when it is had in pieces.
bool Transfer::lay_out() {
    if (request_.pieces.empty()) return true;
    const auto& size = request_.pinned.size ? request_.pinned.size : validator_.size;
    if (!size) return stop(End::kFailed, finding_error(Finding::kNoSize));
    layout_ = Layout(request_.pieces, *size);
    return true;
}

bool Transfer::take_bytes(std::uint64_t offset, std::string_view bytes) {
    if (ask.probe) return true;
    if (request_.skip.empty()) return write(offset, bytes);
    const Range arrived{offset, bytes.size()};
    for (const Range& gap : request_.skip.gaps(arrived)) {
        if (!write(gap.offset, bytes.substr(gap.offset - offset, gap.length))) return false;
    }
    return true;
}

bool Transfer::write(std::uint64_t offset, std::string_view bytes) {
    return layout_.each({offset, bytes.size()}, [&](const Range& part, std::uint64_t local) {
        Error error = disk_->write(local, bytes.substr(part.offset - offset, part.length));
        if (error) return stop(End::kFailed, std::move(error));
        traffic_.written += part.length;
        if (!landed_.empty() && landed_.back().end() == part.offset) {
            landed_.back().length += part.length;
        } else {
            landed_.push_back(part);
        }
        return true;
    });
}

RangeList Transfer::take_landed() {
    return std::exchange(landed_, {});
}

bool Transfer::serves_ranges() const noexcept {
    return response_.status() == kMultiStatus || response_.accepts_ranges();
}

void Transfer::leave(CURLM* multi) {
    curl_multi_remove_handle(multi, easy_);
    long opened = 0;
    curl_easy_getinfo(easy_, CURLINFO_NUM_CONNECTS, &opened);
    if (http_) traffic_.connections += static_cast<std::uint64_t>(opened);
    throttle->end(share);
}

void Transfer::finish(CURLcode code) {
    if (end_ != End::kRunning) return;
    const bool has_head = !http_ || response_.is_complete();
    if (code == CURLE_OK && body_ == Body::kUnjudged && has_head) judge(); // there was no body
    if (end_ != End::kRunning) return;
    const int status = response_.status();
    if (http_) note_moves();
    if (code == CURLE_OK && !has_head) code = CURLE_PARTIAL_FILE;
    if (http_ && code == CURLE_OK && !accepted_) {
        if (status == 412) {
            stop(End::kChanged);
        } else if (status == 416) {
            stop(ask.ranges.size() > 1 ? End::kPartsRefused : End::kNotSatisfiable);
        } else {
            stop(End::kFailed, status_error(status));
        }
        return;
    }
    if (code != CURLE_OK) {
        stop(End::kFailed, transport_error(code, reason_));
        return;
    }
    if (body_ == Body::kBytes && limit_ == Ask::kToEnd) {
        if (ended_ && !*ended_) {
            stop(End::kFailed, transport_error(CURLE_PARTIAL_FILE,
                                               "The connection ended without the end of TLS."));
            return;
        }
        validator_.size = cursor_; // the end of the body is the end of the file
        limit_ = cursor_;
    }
    const bool cut =
        (body_ == Body::kBytes && cursor_ < limit_) || (body_ == Body::kParts && !parts_->ended());
    if (cut && !ask.head && !ask.probe) {
        stop(End::kFailed, transport_error(CURLE_PARTIAL_FILE, "The body ended too early."));
        return;
    }
    end_ = End::kDone;
}

} // namespace bitscb3
