// SPDX-License-Identifier: MIT
// outcome.cpp - see outcome.hpp.
// Source: BITS, "Handling server application errors" (status classes); WinHTTP's error numbers.

#include "engine/outcome.hpp"

#include "engine/printable.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace bitscb3 {

namespace {

enum class From { kStatus, kTransport, kEngine };
enum class Kind { kTransient, kFatal };

struct Row {
    From from;
    int first; // HTTP status, CURLcode or Finding
    int last;
    HRESULT code; // S_OK: the status's own
    BG_ERROR_CONTEXT context;
    Kind kind;
    const char* text; // null: told by who reports it
};

constexpr Kind kTransient = Kind::kTransient;
constexpr Kind kFatal = Kind::kFatal;
constexpr BG_ERROR_CONTEXT kTransport = BG_ERROR_CONTEXT_GENERAL_TRANSPORT;
constexpr BG_ERROR_CONTEXT kRemote = BG_ERROR_CONTEXT_REMOTE_FILE;
constexpr BG_ERROR_CONTEXT kLocal = BG_ERROR_CONTEXT_LOCAL_FILE;
constexpr BG_ERROR_CONTEXT kQueue = BG_ERROR_CONTEXT_GENERAL_QUEUE_MANAGER;
constexpr BG_ERROR_CONTEXT kCertificate = BG_ERROR_CONTEXT_SERVER_CERTIFICATE_CALLBACK;

constexpr HRESULT winhttp(unsigned number) {
    return static_cast<HRESULT>(0x80070000u | number);
}
constexpr Row status(int first, int last, Kind kind) {
    return {From::kStatus, first, last, S_OK, kRemote, kind, nullptr};
}
constexpr Row transport(CURLcode fault, HRESULT code, BG_ERROR_CONTEXT context, Kind kind) {
    return {From::kTransport, fault, fault, code, context, kind, nullptr};
}
constexpr Row engine(Finding finding, HRESULT code, BG_ERROR_CONTEXT context, Kind kind,
                     const char* text) {
    const auto number = static_cast<int>(finding);
    return {From::kEngine, number, number, code, context, kind, text};
}

// The first row that fits counts.
constexpr Row kOutcomes[] = {
    // statuses
    status(300, 305, kFatal),
    status(307, 308, kFatal),
    status(408, 409, kTransient),
    status(429, 429, kTransient), // younger than BITS' table: come back later
    status(400, 499, kFatal),
    status(501, 501, kFatal),
    status(505, 505, kFatal),
    status(0, 999, kTransient),
    // name and connection
    transport(CURLE_COULDNT_RESOLVE_HOST, winhttp(12007), kTransport, kTransient),
    transport(CURLE_COULDNT_RESOLVE_PROXY, winhttp(12007), kTransport, kTransient),
    transport(CURLE_COULDNT_CONNECT, winhttp(12029), kTransport, kTransient),
    transport(CURLE_OPERATION_TIMEDOUT, winhttp(12002), kTransport, kTransient),
    transport(CURLE_INTERFACE_FAILED, winhttp(12029), kTransport, kTransient),
    // the connection while it is in use
    transport(CURLE_RECV_ERROR, BG_E_CONNECTION_CLOSED, kTransport, kTransient),
    transport(CURLE_SEND_ERROR, BG_E_CONNECTION_CLOSED, kTransport, kTransient),
    transport(CURLE_PARTIAL_FILE, BG_E_CONNECTION_CLOSED, kTransport, kTransient),
    transport(CURLE_GOT_NOTHING, BG_E_CONNECTION_CLOSED, kTransport, kTransient),
    transport(CURLE_HTTP2, BG_E_CONNECTION_CLOSED, kTransport, kTransient),
    transport(CURLE_HTTP2_STREAM, BG_E_CONNECTION_CLOSED, kTransport, kTransient),
    transport(CURLE_HTTP3, BG_E_CONNECTION_CLOSED, kTransport, kTransient),
    // what the server says
    transport(CURLE_WEIRD_SERVER_REPLY, winhttp(12152), kTransport, kTransient),
    transport(CURLE_BAD_FUNCTION_ARGUMENT, winhttp(12152), kTransport,
              kTransient), // a header line without an end
    transport(CURLE_UNSUPPORTED_PROTOCOL, BG_E_INVALID_SERVER_RESPONSE, kRemote,
              kFatal), // a redirect's
    transport(kTooLarge, BG_E_INVALID_SERVER_RESPONSE, kRemote, kFatal),
    transport(CURLE_URL_MALFORMAT, BG_E_INVALID_SERVER_RESPONSE, kRemote, kFatal), // a redirect's
    transport(CURLE_TOO_MANY_REDIRECTS, winhttp(12156), kRemote, kFatal),
    transport(CURLE_BAD_CONTENT_ENCODING, BG_E_INVALID_SERVER_RESPONSE, kRemote, kFatal),
    // TLS
    transport(CURLE_SSL_CONNECT_ERROR, winhttp(12157), kTransport, kTransient),
    transport(CURLE_PEER_FAILED_VERIFICATION, winhttp(12175), kTransport, kFatal),
    transport(CURLE_SSL_ISSUER_ERROR, winhttp(12175), kTransport, kFatal),
    transport(CURLE_SSL_CACERT_BADFILE, winhttp(12175), kTransport, kFatal),
    transport(CURLE_SSL_CLIENTCERT, winhttp(12044), kTransport, kFatal),
    transport(CURLE_SSL_CERTPROBLEM, winhttp(12185), kTransport, kFatal),
    transport(CURLE_SSL_CIPHER, winhttp(12157), kTransport, kFatal),
    transport(CURLE_SSL_CRL_BADFILE, winhttp(12057), kTransport, kFatal),
    // file://
    transport(CURLE_FILE_COULDNT_READ_FILE, HRESULT_FROM_WIN32(2u), kRemote, kFatal),
    transport(CURLE_READ_ERROR, HRESULT_FROM_WIN32(1117u), kRemote, kFatal),
    // here
    transport(CURLE_OUT_OF_MEMORY, E_OUTOFMEMORY, kQueue, kTransient),
    // what the engine finds
    engine(Finding::kNoSize, BG_E_MISSING_FILE_SIZE, kRemote, kFatal,
           "The server does not tell the size of the file."),
    engine(Finding::kNoRanges, BG_E_INSUFFICIENT_RANGE_SUPPORT, kRemote, kFatal,
           "The server does not serve byte ranges of this file."),
    engine(Finding::kBeyondEnd, BG_E_INVALID_RANGE, kRemote, kFatal, nullptr),
    engine(Finding::kKeepsChanging, BG_E_REMOTE_FILE_CHANGED, kRemote, kFatal,
           "The file on the server keeps changing while it is downloaded."),
    engine(Finding::kInvalidResponse, BG_E_INVALID_SERVER_RESPONSE, kRemote, kFatal, nullptr),
    engine(Finding::kTooLarge, BG_E_MAX_DOWNLOAD_SIZE_LIMIT_REACHED, kRemote, kFatal, nullptr),
    engine(Finding::kInvalidProxyList, BG_E_INVALID_PROXY_INFO, kTransport, kFatal,
           "The job's proxy list is malformed."),
    engine(Finding::kNoAuthorities, winhttp(12175), kTransport, kFatal,
           "No certificate authority is trusted here, so the server cannot be verified: the system "
           "keeps none in the usual places (a package such as ca-certificates brings them), and "
           "neither SSL_CERT_FILE nor SSL_CERT_DIR is set."),
    engine(Finding::kNoRevocationList, winhttp(12057), kTransport, kFatal,
           "The job is to refuse revoked certificates, but the engine was given no list of them."),
    engine(Finding::kNoJudge, BG_E_SERVER_CERT_VALIDATION_INTERFACE_REQUIRED, kCertificate,
           kTransient, "The program that is to judge the server's certificate is not there."),
    engine(Finding::kCertificateDeclined, E_FAIL, kCertificate, kTransient,
           "The program declined the server's certificate."),
    engine(Finding::kContentRejected, BG_E_VALIDATION_FAILED, kLocal, kFatal,
           "The program found the content of the file invalid."),
    engine(Finding::kNoNetwork, BG_E_NETWORK_DISCONNECTED, kTransport, kTransient,
           "There is no network."),
    engine(Finding::kNetworkTooDear, BG_E_BLOCKED_BY_COST_TRANSFER_POLICY, kTransport, kTransient,
           "The job may not use a network of this cost."),
    engine(Finding::kTimeSpent, BG_E_MAXDOWNLOAD_TIMEOUT, kQueue, kFatal,
           "The maximum download time is spent."),
    engine(Finding::kUrlLost, winhttp(12005), kRemote, kFatal,
           "The file's URL is lost: it was stored with another key than the one beside the store."),
};

constexpr Row kUnknown = {From::kEngine, 0, 0, E_FAIL, kTransport, kFatal, nullptr};

Error look_up(From from, int number, std::string detail) {
    const auto* row = std::find_if(std::begin(kOutcomes), std::end(kOutcomes), [&](const Row& r) {
        return r.from == from && r.first <= number && number <= r.last;
    });
    const Row& found = row != std::end(kOutcomes) ? *row : kUnknown;
    if (detail.empty() && found.text != nullptr) detail = found.text;
    return {found.code, found.context, found.kind == kTransient, std::move(detail)};
}

} // namespace

Error finding_error(Finding finding, std::string detail) {
    return look_up(From::kEngine, static_cast<int>(finding), std::move(detail));
}

Error status_error(int status, std::uint64_t retry_after_s) {
    constexpr std::uint64_t kMostPatience = 24 * 60 * 60; // seconds
    Error error =
        look_up(From::kStatus, status, "The server answered " + std::to_string(status) + ".");
    error.code = static_cast<HRESULT>(0x80190000u + static_cast<unsigned>(status));
    error.retry_after_s = static_cast<std::uint32_t>(std::min(retry_after_s, kMostPatience));
    return error;
}

Error transport_error(CURLcode code, const char* reason) {
    const bool told = reason != nullptr && *reason != '\0';
    std::string detail = told ? reason : curl_easy_strerror(code);
    // TLS 1.3 says so after the handshake, which libcurl reports as any other alert.
    const bool asks = detail.find("alert certificate required") != std::string::npos;
    make_printable(detail); // names in a server's certificate, among others
    return look_up(From::kTransport, asks ? CURLE_SSL_CLIENTCERT : code, std::move(detail));
}

} // namespace bitscb3
