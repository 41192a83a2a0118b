// SPDX-License-Identifier: MIT
// transfer_log.hpp - listens to what libcurl says of one request, and passes it on by lines.
// Threads: engine thread only.
// Bodies:  never; they are not even looked at.

#pragma once

#include "engine/redaction.hpp"
#include "engine/verbose_log.hpp"

#include <curl/curl.h>

#include <memory>
#include <string>
#include <string_view>

namespace bitscb3 {

class TransferLog {
  public:
    TransferLog(VerboseLog& log, std::shared_ptr<const LogSource> source, Redaction redaction);
    TransferLog(const TransferLog&) = delete;
    TransferLog& operator=(const TransferLog&) = delete;
    ~TransferLog();

    /// Until `easy` is reset or gone; this has to live as long.
    void listen(CURL* easy);
    /// Called by libcurl.
    static int on_debug(CURL* easy, curl_infotype type, char* data, std::size_t size,
                        void* self) noexcept;

  private:
    /// The line of a kind that has not ended yet: libcurl may tell a head in pieces.
    struct Begun {
        char kind;
        std::string text;
        bool torn = false; // something of it is missing
    };

    void take(Begun& begun, std::string_view bytes);
    void end_line(Begun& begun);

    VerboseLog& log_;
    const std::shared_ptr<const LogSource> source_;
    const Redaction redaction_;
    Begun words_{'*', {}};
    Begun request_{'>', {}};
    Begun response_{'<', {}};
};

} // namespace bitscb3
