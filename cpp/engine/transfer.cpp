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
// A body nobody wants is read to its end, to save the connection: so much of it, for so long.
constexpr std::uint64_t kMostIgnored = 64 * 1024;
constexpr std::chrono::seconds kLongestIgnored(1);

std::uint64_t bytes_of(const RangeList& ranges) noexcept {
    std::uint64_t sum = 0;
    for (const Range& range : ranges) sum += range.length;
    return sum;
}

/// Put `next` behind `ranges`.
void append(RangeList& ranges, const Range& next) {
    if (!ranges.empty() && ranges.back().end() == next.offset) {
        ranges.back().length += next.length;
    } else {
        ranges.push_back(next);
    }
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
    url_ = request_.url;
    address_ = request_.address;
    moves_left_ = options.settings.redirects;
    disk_ = std::move(disk);
    if (request_.log_source) {
        log_ = std::make_unique<TransferLog>(*options.log, request_.log_source,
                                             Redaction(request_.url, *request_.http));
    }
    return set_up(options);
}

Error Transfer::set_up(const TransferOptions& options) {
    if (log_) log_->listen(easy_);
    set_limits(options);
    return set_request(options);
}

void Transfer::set_limits(const TransferOptions& options) {
    const bitscb3_settings& settings = options.settings;
    curl_easy_setopt(easy_, CURLOPT_PRIVATE, this);
    curl_easy_setopt(easy_, CURLOPT_ERRORBUFFER, reason_);
    curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
#if LIBCURL_VERSION_NUM >= 0x075700 && !defined(_WIN32)
    // Whoever lets go of a request whose name is being looked up would wait for the look-up, and
    // all transfers with it. libcurl leaves it to its thread, which ends by itself; on Windows that
    // crashed in some versions.
    curl_easy_setopt(easy_, CURLOPT_QUICK_EXIT, 1L);
#endif
    curl_easy_setopt(easy_, CURLOPT_USERAGENT, options.user_agent.c_str());
    curl_easy_setopt(easy_, CURLOPT_HEADERFUNCTION, &Transfer::on_header);
    curl_easy_setopt(easy_, CURLOPT_HEADERDATA, this);
    curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, &Transfer::on_body);
    curl_easy_setopt(easy_, CURLOPT_WRITEDATA, this);
    curl_easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT, static_cast<long>(settings.connect_timeout_s));
    curl_easy_setopt(easy_, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(easy_, CURLOPT_LOW_SPEED_TIME, static_cast<long>(settings.stall_timeout_s));
    if (http_ && settings.stall_timeout_s != 0) {
        patience_ = Duration(std::chrono::seconds(settings.stall_timeout_s)) / 2;
        curl_easy_setopt(easy_, CURLOPT_NOPROGRESS, 0L);
        curl_easy_setopt(easy_, CURLOPT_XFERINFOFUNCTION, &Transfer::on_progress);
        curl_easy_setopt(easy_, CURLOPT_XFERINFODATA, this);
    }
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
    const Url& url = *address_;
    if (!url.usable()) return finding_error(Finding::kUrlLost);
    curl_easy_setopt(easy_, CURLOPT_URL, url_.c_str());
    curl_easy_setopt(easy_, CURLOPT_NOBODY, ask.head ? 1L : 0L);
    if (!http_) {
        curl_easy_setopt(easy_, CURLOPT_PROTOCOLS_STR, "file");
        if (!ask.ranges.empty()) {
            curl_easy_setopt(easy_, CURLOPT_RANGE, to_http_ranges(ask.ranges).c_str());
        }
        return look_at_source(url.path, validator_);
    }
    const bool at_home = url.origin == request_.home;
    Error error = set_http_options(easy_, *request_.http, url, at_home, options.tls);
    if (error) return error;
    curl_easy_setopt(easy_, CURLOPT_PREREQFUNCTION, &Transfer::on_connected);
    curl_easy_setopt(easy_, CURLOPT_PREREQDATA, this);
    if (request_.accepted) curl_easy_setopt(easy_, CURLOPT_CERTINFO, 1L);
    if (request_.afresh) curl_easy_setopt(easy_, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
    if (ask.alone) curl_easy_setopt(easy_, CURLOPT_FRESH_CONNECT, 1L);
    set_headers(at_home);
    return {};
}

void Transfer::set_headers(bool at_home) {
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
    add_custom_headers(headers_, request_.http->headers, at_home);
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

int Transfer::on_connected(void* self, char* ip, char* own_ip, int port, int own_port) noexcept {
    auto& transfer = *static_cast<Transfer*>(self);
    const bool good = transfer.is_unspoiled(KeptConnections::name(ip, port, own_ip, own_port)) &&
                      (!transfer.request_.accepted || transfer.take_certificate());
    return good ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

/// Whether the connection is one without TLS.
bool Transfer::is_plain() const noexcept {
    char* scheme = nullptr;
    curl_easy_getinfo(easy_, CURLINFO_SCHEME, &scheme);
    return scheme != nullptr && same_text(scheme, "http");
}

/// Whether nothing waits to be read on a connection that was used before. What waits would be read
/// as the answer to this request.
bool Transfer::is_unspoiled(const std::string& connection) {
    if (!is_plain()) return true;
    const std::string last = std::exchange(connection_, connection);
    long connects = 0;
    curl_easy_getinfo(easy_, CURLINFO_NUM_CONNECTS, &connects);
    if (std::exchange(connects_, connects) != connects) return true; // it is new
    const bool continues = !last.empty(); // a login took more than one request
    curl_socket_t socket = CURL_SOCKET_BAD;
    if (last == connection) curl_easy_getinfo(easy_, CURLINFO_ACTIVESOCKET, &socket);
    const bool spoiled = socket != CURL_SOCKET_BAD ? KeptConnections::has_surplus(socket)
                                                   : kept->has_surplus(connection);
    if (!spoiled) return true;
    curl_easy_setopt(easy_, CURLOPT_FORBID_REUSE, 1L); // nobody is to have it again
    if (!continues) return stop(End::kSurplus);
    return stop(End::kFailed,
                transport_error(CURLE_RECV_ERROR, "The server sent more than the answer."));
}

/// Whether the certificate of this connection is one the client accepted.
bool Transfer::take_certificate() {
    const Url& url = *address_;
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

size_t Transfer::on_header(char* data, size_t size, size_t count, void* self) noexcept {
    auto& transfer = *static_cast<Transfer*>(self);
    const size_t bytes = size * count;
    note_progress();
    if (!transfer.http_) return bytes;
    // libcurl would believe it and send several requests at once, whose answers it could mix up.
    const std::string_view line(data, bytes);
    if (line.substr(0, 5) == "HTTP/" && line.substr(0, 7) != "HTTP/1." && transfer.is_plain()) {
        transfer.stop(End::kFailed, finding_error(Finding::kInvalidResponse,
                                                  "The server speaks another HTTP than 1.1."));
        return 0;
    }
    const bool had_head = transfer.response_.head_ended();
    const bool fits = transfer.response_.take_line(line);
    if (fits && !transfer.response_.has_bad_length()) {
        if (!had_head && transfer.response_.head_ended()) {
            transfer.watch_end();
            transfer.moved_at_ = std::chrono::steady_clock::now();
        }
        return bytes;
    }
    if (transfer.is_whole()) { // it was a trailer
        transfer.finish(CURLE_OK);
    } else {
        transfer.stop(End::kFailed,
                      finding_error(Finding::kInvalidResponse,
                                    fits ? "The response has no usable Content-Length."
                                         : "The response's head is too long."));
    }
    return 0;
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
        if (parts_->ended()) return ignore(bytes);
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
    return ignore(bytes);
}

bool Transfer::ignore(std::string_view bytes) {
    const auto now = std::chrono::steady_clock::now();
    if (!ignores_since_) ignores_since_ = now;
    ignored_ += bytes.size();
    if (ignored_ <= kMostIgnored && now - *ignores_since_ <= kLongestIgnored) return true;
    finish(CURLE_OK); // all that counts was read; the rest is not worth it
    return false;
}

bool Transfer::take_part(const ContentRange& range) {
    Validator part = validator_;
    part.size = range.total;
    if (!request_.pinned.is_repeated_by(part)) return stop(End::kChanged);
    if (!validator_.size) validator_.size = range.total;
    if (!validator_.size && !request_.pinned.known())
        return stop(End::kFailed, finding_error(Finding::kNoSize));
    if (!fits(range.range)) {
        return stop(End::kFailed,
                    finding_error(Finding::kInvalidResponse,
                                  "The server sent another range than it was asked for."));
    }
    if (!parts_left_) {
        const auto& size = request_.pinned.size ? request_.pinned.size : validator_.size;
        parts_left_ = std::min(ask.ranges.back().end(), *size) - ask.ranges.front().offset;
    }
    if (range.range.length > *parts_left_) {
        return stop(End::kFailed, finding_error(Finding::kInvalidResponse,
                                                "The server sent more than it was asked for."));
    }
    *parts_left_ -= range.range.length;
    return lay_out();
}

void Transfer::end_part() {
    for (const Range& part : std::exchange(part_, {})) append(landed_, part);
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
    const Range arrived{offset, bytes.size()};
    if (body_ == Body::kParts) { // what lies between them may be on disk already
        return std::all_of(ask.ranges.begin(), ask.ranges.end(), [&](const Range& asked) {
            const Range part = intersection(asked, arrived);
            return part.empty() ||
                   write(part.offset, bytes.substr(part.offset - offset, part.length));
        });
    }
    if (request_.skip.empty()) return write(offset, bytes);
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
        // What is of a part counts once a delimiter is where its end should be.
        append(body_ == Body::kParts ? part_ : landed_, part);
        return true;
    });
}

RangeList Transfer::take_landed() {
    return std::exchange(landed_, {});
}

/// libcurl says the same of a line longer than it takes (100 KB) and of a lack of memory.
CURLcode Transfer::line_or_memory() const noexcept {
    curl_off_t sent = 0;
    curl_easy_getinfo(easy_, CURLINFO_PRETRANSFER_TIME_T, &sent);
    return sent > 0 && !response_.head_ended() ? kTooLarge : CURLE_OUT_OF_MEMORY;
}

/// Whether every byte arrived that the response announced, however the connection ended.
bool Transfer::is_whole() const noexcept {
    if (!accepted_ || ask.head) return false;
    if (body_ == Body::kParts) return parts_->ended();
    return body_ == Body::kBytes && limit_ != Ask::kToEnd && cursor_ == limit_;
}

bool Transfer::serves_ranges() const noexcept {
    return response_.status() == 206 || response_.accepts_ranges();
}

void Transfer::take_off(CURLM* multi) {
    curl_multi_remove_handle(multi, easy_);
    long opened = 0;
    curl_easy_getinfo(easy_, CURLINFO_NUM_CONNECTS, &opened);
    if (http_) traffic_.connections += static_cast<std::uint64_t>(opened);
}

void Transfer::leave(CURLM* multi) {
    take_off(multi);
    throttle->end(share);
}

void Transfer::finish(CURLcode code) {
    if (end_ != End::kRunning) return;
    if (http_ && code == CURLE_OK && !response_.head_ended()) code = CURLE_RECV_ERROR;
    if (http_ && code == CURLE_OUT_OF_MEMORY) code = line_or_memory();
    if (code == CURLE_OK && body_ == Body::kUnjudged) judge(); // there was no body
    if (end_ != End::kRunning) return;
    if (parts_ && code == CURLE_OK) parts_->finish(*this);
    if (http_) note_moves();
    if (http_ && !accepted_ && (code == CURLE_OK || has_verdict())) {
        conclude();
        return;
    }
    if (code != CURLE_OK && !is_whole()) {
        // libcurl may quote the variable that names a proxy, with a login in it.
        const std::string reason = Redaction(url_, *request_.http).words(reason_);
        stop(End::kFailed, transport_error(code, reason.c_str()));
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
