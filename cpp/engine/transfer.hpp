// SPDX-License-Identifier: MIT
// transfer.hpp - one request: from the socket to the file on disk.
// Threads: engine thread only. libcurl calls the on_ functions inside curl_multi_perform.
// Copies:  none; libcurl's buffer goes to a positional write.
// Checks:  a byte is written only after the head of its response agreed with the pinned validator
// and
//          with what was asked for.

#pragma once

#include "engine/disk_file.hpp"
#include "engine/error.hpp"
#include "engine/model.hpp"
#include "engine/multipart.hpp"
#include "engine/planner.hpp"
#include "engine/response.hpp"

#include <curl/curl.h>

#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace bitscb3 {

/// What is the same for every request of an engine.
struct TransferOptions {
    bitscb3_settings settings;
    std::string ca_file; // empty: the system's
    std::string user_agent;
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
    };

    JobPtr job;
    File* file = nullptr; // alive as long as the job
    std::uint32_t generation = 0;
    std::uint32_t plan = 0;
    std::string origin; // empty for file://
    Ask ask;

    Transfer(JobPtr job, File& file, Ask ask);
    ~Transfer();

    /// Set the request up. `pinned` and `skip` (bytes not to write again) are copies, `disk` may be
    /// null for HEAD and a probe. Takes over a used or new easy handle.
    [[nodiscard]] Error prepare(CURL* easy, const TransferOptions& options, const std::string& url,
                                const Validator& pinned, RangeSet skip,
                                std::shared_ptr<DiskFile> disk);
    /// The easy handle is free for another request.
    [[nodiscard]] CURL* release() noexcept;
    /// libcurl is through with the request.
    void finish(CURLcode code);

    [[nodiscard]] CURL* easy() const noexcept { return easy_; }
    [[nodiscard]] End end() const noexcept { return end_; }
    /// A head or bytes wait to be landed.
    [[nodiscard]] bool has_news() const noexcept {
        return !landed_.empty() || (accepted_ && !head_taken);
    }
    [[nodiscard]] const Error& error() const noexcept { return error_; }
    [[nodiscard]] const Response& response() const noexcept { return response_; }
    /// The response was judged and its bytes are welcome; becomes true once.
    [[nodiscard]] bool accepted() const noexcept { return accepted_; }
    /// What the response says of the file; for file:// what the file system says.
    [[nodiscard]] const Validator& validator() const noexcept { return validator_; }
    /// Bytes that reached the disk since the last call, sorted and merged.
    [[nodiscard]] RangeList take_landed();
    /// Whether the server has shown that it serves ranges.
    [[nodiscard]] bool serves_ranges() const noexcept;

    bool head_taken = false; // by the engine: size and validators are in the model

  private:
    enum class Body {
        kUnjudged,
        kBytes,  // to disk, from cursor_ to limit_
        kParts,  // multipart/byteranges
        kIgnore, // read to its end, when short
    };

    static size_t on_header(char* data, size_t size, size_t count, void* self) noexcept;
    static size_t on_body(char* data, size_t size, size_t count, void* self) noexcept;

    [[nodiscard]] Error set_request(const std::string& url, const Validator& pinned);
    void set_limits(const TransferOptions& options);
    void judge();
    void judge_partial();
    void judge_whole();
    void accept_bytes(Range range);
    [[nodiscard]] bool take_body(std::string_view bytes);
    [[nodiscard]] bool take_part(const ContentRange& range) override;
    [[nodiscard]] bool take_bytes(std::uint64_t offset, std::string_view bytes) override;
    [[nodiscard]] bool write(std::uint64_t offset, std::string_view bytes);
    bool stop(End end, Error error = {});
    [[nodiscard]] bool asked_for(const Range& range) const noexcept;

    CURL* easy_ = nullptr;
    curl_slist* headers_ = nullptr;
    char reason_[CURL_ERROR_SIZE] = {};
    bool http_ = true;
    Validator pinned_;
    RangeSet skip_;
    std::shared_ptr<DiskFile> disk_;

    Response response_;
    Validator validator_;
    Body body_ = Body::kUnjudged;
    bool accepted_ = false;
    std::uint64_t cursor_ = 0;  // offset of the next byte
    std::uint64_t limit_ = 0;   // one past the last byte the response announced
    std::uint64_t ignored_ = 0; // bytes of an unwanted body
    std::optional<Multipart> parts_;
    RangeList landed_;
    End end_ = End::kRunning;
    Error error_;
};

} // namespace bitscb3
