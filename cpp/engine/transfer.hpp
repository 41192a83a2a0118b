// SPDX-License-Identifier: MIT
// transfer.hpp - one request: from the socket to the file on disk.
// Threads: engine thread only. libcurl calls the on_ functions inside curl_multi_perform.
// Copies:  none; libcurl's buffer goes to a positional write.
// Checks:  a byte is written only after the head of its response agreed with the pinned validator
//          and with what was asked for.

#pragma once

#include "engine/disk_file.hpp"
#include "engine/error.hpp"
#include "engine/http_setup.hpp"
#include "engine/kept_connections.hpp"
#include "engine/model.hpp"
#include "engine/multipart.hpp"
#include "engine/planner.hpp"
#include "engine/response.hpp"
#include "engine/throttle.hpp"
#include "engine/transfer_log.hpp"

#include <curl/curl.h>

#include <chrono>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace bitscb3 {

/// What is the same for every request of an engine.
struct TransferOptions {
    bitscb3_settings settings;
    TlsFiles tls;
    std::string user_agent;
    VerboseLog* log; // of the engine
};

/// The certificate a server showed, and where.
struct ServerCertificate {
    std::string endpoint; // "host:port"
    std::string der;
    std::string chain; // PEM, the server's first
    [[nodiscard]] std::string key() const { return endpoint + '\n' + der; }
};

/// What a request has to know of its job and file; a copy.
struct Request {
    std::string url;
    std::shared_ptr<const Url> address; // it, taken apart
    std::string home; // the origin that headers, logins and certificate of the job are for
    Validator pinned;
    RangeSet skip;       // bytes not to write again
    RangeList pieces;    // of AddFileWithRanges
    bool afresh = false; // after a fault: the server may have moved to another address
    std::shared_ptr<const HttpOptions> http;
    std::shared_ptr<const CertificateSet> accepted; // null: no certificate needs the client's word
    std::shared_ptr<const LogSource> log_source;    // null: nobody wants to read of it
};

/// What transfers cost, to be added up.
struct Traffic {
    std::uint64_t received = 0;    // bytes of bodies, also of those that were thrown away
    std::uint64_t written = 0;     // bytes to the disk
    std::uint64_t connections = 0; // opened for it
};

class Transfer final : private Multipart::Sink {
  public:
    /// How a request ended.
    enum class End {
        kRunning,
        kDone,
        kFailed,         // see error()
        kChanged,        // the server has another version of the file
        kNotSatisfiable, // 416
        kRangeIgnored,   // 200 to a Range request that was not a first contact
        kPartsRefused,   // 200 or 416 to several ranges at once
        kNewCertificate, // one the client has not accepted yet; nothing was sent
        kMoved,          // a redirect, to be followed
        kSurplus,        // bytes waited on a connection used before; nothing was sent
    };

    JobPtr job;
    File* file = nullptr; // alive as long as the job
    std::uint32_t generation = 0;
    std::uint32_t source = 0;
    std::uint32_t plan = 0;
    std::string origin; // empty for file://
    Ask ask;
    Throttle* throttle = nullptr;    // set before prepare(); the loop's
    KeptConnections* kept = nullptr; // the same
    Share share;                     // of the rate limits

    Transfer(JobPtr job, File& file, Ask ask);
    ~Transfer();

    /// Set the request up. `disk` may be null for HEAD and a probe. Takes over a used or new easy
    /// handle.
    [[nodiscard]] Error prepare(CURL* easy, const TransferOptions& options, Request request,
                                std::shared_ptr<DiskFile> disk);
    /// The easy handle is free for another request.
    [[nodiscard]] CURL* release() noexcept;
    /// libcurl is through with the request.
    void finish(CURLcode code);
    /// After kMoved: ask where the redirect leads to. False when that cannot be; see error().
    [[nodiscard]] bool follow(CURLM* multi, const TransferOptions& options);
    /// Nothing arrives any more.
    void leave(CURLM* multi);

    [[nodiscard]] CURL* easy() const noexcept { return easy_; }
    [[nodiscard]] End end() const noexcept { return end_; }
    /// A head or bytes wait to be landed.
    [[nodiscard]] bool has_news() const noexcept {
        return !landed_.empty() || (accepted_ && !head_taken);
    }
    /// It may still be connecting.
    [[nodiscard]] bool awaits_answer() const noexcept { return http_ && !accepted_; }
    [[nodiscard]] const Error& error() const noexcept { return error_; }
    [[nodiscard]] const Response& response() const noexcept { return response_; }
    /// The response was judged and its bytes are welcome; becomes true once.
    [[nodiscard]] bool accepted() const noexcept { return accepted_; }
    /// What the response says of the file; for file:// what the file system says.
    [[nodiscard]] const Validator& validator() const noexcept { return validator_; }
    /// Bytes that reached the disk since the last call, sorted and merged.
    [[nodiscard]] RangeList take_landed();
    /// Since the last call.
    [[nodiscard]] Traffic take_traffic() noexcept { return std::exchange(traffic_, {}); }
    /// Whether the server has shown that it serves ranges.
    [[nodiscard]] bool serves_ranges() const noexcept;

    /// Where redirects led to, or, when they are not followed, lead to; empty: nowhere.
    [[nodiscard]] const std::string& moved_to() const noexcept { return moved_to_; }
    /// Of kNewCertificate.
    [[nodiscard]] const ServerCertificate& certificate() const noexcept { return certificate_; }

    bool head_taken = false; // by the engine: size and validators are in the model

  private:
    enum class Body {
        kUnjudged,
        kBytes,  // to disk, from cursor_ to limit_
        kParts,  // multipart/byteranges
        kIgnore, // read to its end, when short and soon over
    };

    static size_t on_header(char* data, size_t size, size_t count, void* self) noexcept;
    static size_t on_body(char* data, size_t size, size_t count, void* self) noexcept;

    static int on_progress(void* self, curl_off_t total, curl_off_t now, curl_off_t up_total,
                           curl_off_t up_now) noexcept;
    static int on_connected(void* self, char* ip, char* own_ip, int port, int own_port) noexcept;

    [[nodiscard]] Error set_up(const TransferOptions& options);
    [[nodiscard]] Error set_request(const TransferOptions& options);
    void set_headers(bool at_home);
    void take_off(CURLM* multi);
    void note_moves();
    [[nodiscard]] bool is_redirect() const noexcept;
    void take_redirect();
    [[nodiscard]] bool is_plain() const noexcept;
    [[nodiscard]] bool is_unspoiled(const std::string& connection);
    [[nodiscard]] bool take_certificate();
    [[nodiscard]] bool lay_out();
    void set_limits(const TransferOptions& options);
    void judge();
    void judge_partial();
    void judge_whole();
    void accept_bytes(Range range);
    void watch_end();
    [[nodiscard]] bool take_body(std::string_view bytes);
    [[nodiscard]] bool take_part(const ContentRange& range) override;
    [[nodiscard]] bool take_bytes(std::uint64_t offset, std::string_view bytes) override;
    void end_part() override;
    [[nodiscard]] bool ignore(std::string_view bytes);
    [[nodiscard]] bool has_verdict() const noexcept;
    [[nodiscard]] bool is_whole() const noexcept;
    void conclude();
    [[nodiscard]] CURLcode line_or_memory() const noexcept;
    [[nodiscard]] bool fits(const Range& range) const noexcept;
    [[nodiscard]] bool write(std::uint64_t offset, std::string_view bytes);
    bool stop(End end, Error error = {});
    [[nodiscard]] bool asked_for(const Range& range) const noexcept;

    CURL* easy_ = nullptr;
    curl_slist* headers_ = nullptr;
    std::unique_ptr<TransferLog> log_;
    char reason_[CURL_ERROR_SIZE] = {};
    bool http_ = true;
    Request request_;
    std::string url_;                    // asked now: the request's, or where a redirect led to
    std::shared_ptr<const Url> address_; // it, taken apart
    std::uint32_t moves_left_ = 0;       // redirects that may still be followed
    Layout layout_;                      // made once the size is known
    std::shared_ptr<DiskFile> disk_;
    std::string moved_to_;
    ServerCertificate certificate_;
    std::string connection_; // its name, of the last request; a login makes several
    long connects_ = 0;      // new connections until then

    Response response_;
    Validator validator_;
    Body body_ = Body::kUnjudged;
    bool accepted_ = false;
    std::uint64_t cursor_ = 0; // offset of the next byte
    std::uint64_t limit_ = 0;  // one past the last byte the response announced
    std::optional<std::chrono::steady_clock::time_point> ignores_since_;
    std::shared_ptr<const bool> ended_; // by close_notify; null: the end needs no such sign
    std::uint64_t ignored_ = 0;         // bytes of an unwanted body
    curl_off_t byte_ = -1;              // of the body, that came last
    Instant moved_at_{};                // when, in real time
    Duration patience_{};               // from then on
    bool stands_still_ = false;         // and takes its connection along when it ends
    std::optional<Multipart> parts_;
    std::optional<std::uint64_t> parts_left_; // bytes that further parts may have together
    RangeList part_;                          // on disk, of a part whose end was not seen yet
    RangeList landed_;
    Traffic traffic_;
    End end_ = End::kRunning;
    Error error_;
};

} // namespace bitscb3
