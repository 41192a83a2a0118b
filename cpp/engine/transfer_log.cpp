// SPDX-License-Identifier: MIT
// transfer_log.cpp - see transfer_log.hpp.
// Source: libcurl's CURLOPT_DEBUGFUNCTION(3).

#include "engine/transfer_log.hpp"

#include "engine/printable.hpp"

#include <algorithm>
#include <utility>

namespace bitscb3 {

namespace {

constexpr std::size_t kLongestLine = 4096; // bytes; a longer one is torn

/// The first word of a line that lacks something; what that means is not known, but its first word
/// alone is no secret, where it is one.
std::string first_word(std::string_view line) {
    const std::size_t end = line.find_first_of(": '\"=\t");
    return std::string(line.substr(0, end == std::string_view::npos ? 0 : end)) + "…";
}

} // namespace

TransferLog::TransferLog(VerboseLog& log, std::shared_ptr<const LogSource> source,
                         Redaction redaction)
    : log_(log), source_(std::move(source)), redaction_(std::move(redaction)) {}

void TransferLog::listen(CURL* easy) {
    curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);
    curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, &TransferLog::on_debug);
    curl_easy_setopt(easy, CURLOPT_DEBUGDATA, this);
}

TransferLog::~TransferLog() {
    try {
        for (Begun* begun : {&words_, &request_, &response_}) {
            begun->torn = true;
            end_line(*begun);
        }
    } catch (...) { // no memory: the line is lost
    }
}

int TransferLog::on_debug(CURL*, curl_infotype type, char* data, std::size_t size,
                          void* self) noexcept {
    auto& log = *static_cast<TransferLog*>(self);
    Begun* const begun = type == CURLINFO_TEXT         ? &log.words_
                         : type == CURLINFO_HEADER_OUT ? &log.request_
                         : type == CURLINFO_HEADER_IN  ? &log.response_
                                                       : nullptr; // bodies
    if (begun == nullptr) return 0;
    try {
        log.take(*begun, {data, size});
    } catch (...) { // no memory: something of the line is lost
        begun->torn = true;
    }
    return 0;
}

void TransferLog::take(Begun& begun, std::string_view bytes) {
    while (!bytes.empty()) {
        const std::size_t end = std::min(bytes.find('\n'), bytes.size());
        const std::size_t room = kLongestLine - begun.text.size();
        begun.text += bytes.substr(0, std::min(end, room));
        begun.torn = begun.torn || end > room;
        if (end == bytes.size()) return;
        bytes.remove_prefix(end + 1);
        end_line(begun);
    }
}

void TransferLog::end_line(Begun& begun) {
    std::string line = std::exchange(begun.text, {});
    const bool torn = std::exchange(begun.torn, false);
    while (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.empty()) return; // the end of a head
    std::string shown = torn                ? first_word(line)
                        : begun.kind == '*' ? redaction_.words(line)
                                            : redaction_.head_line(line);
    make_printable(shown);
    log_.put({source_, begun.kind, std::move(shown)});
}

} // namespace bitscb3
