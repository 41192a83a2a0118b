// SPDX-License-Identifier: MIT
// outcome.cpp - see outcome.hpp.
// Source: BITS, "Handling server application errors" (status classes); WinHTTP's error numbers.

#include "engine/outcome.hpp"

#include <algorithm>
#include <iterator>

namespace bitscb3 {

namespace {

constexpr BG_ERROR_CONTEXT kTransport = BG_ERROR_CONTEXT_GENERAL_TRANSPORT;
constexpr BG_ERROR_CONTEXT kRemote = BG_ERROR_CONTEXT_REMOTE_FILE;
constexpr HRESULT winhttp(unsigned number) {
    return static_cast<HRESULT>(0x80070000u | number);
}

struct Row {
    CURLcode fault;
    HRESULT code;
    BG_ERROR_CONTEXT context;
    bool transient;
};

constexpr Row kFaults[] = {
    // name and connection
    {CURLE_COULDNT_RESOLVE_HOST, winhttp(12007), kTransport, true},
    {CURLE_COULDNT_RESOLVE_PROXY, winhttp(12007), kTransport, true},
    {CURLE_COULDNT_CONNECT, winhttp(12029), kTransport, true},
    {CURLE_OPERATION_TIMEDOUT, winhttp(12002), kTransport, true},
    {CURLE_INTERFACE_FAILED, winhttp(12029), kTransport, true},
    // the connection while it is in use
    {CURLE_RECV_ERROR, BG_E_CONNECTION_CLOSED, kTransport, true},
    {CURLE_SEND_ERROR, BG_E_CONNECTION_CLOSED, kTransport, true},
    {CURLE_PARTIAL_FILE, BG_E_CONNECTION_CLOSED, kTransport, true},
    {CURLE_GOT_NOTHING, BG_E_CONNECTION_CLOSED, kTransport, true},
    {CURLE_HTTP2, BG_E_CONNECTION_CLOSED, kTransport, true},
    {CURLE_HTTP2_STREAM, BG_E_CONNECTION_CLOSED, kTransport, true},
    {CURLE_HTTP3, BG_E_CONNECTION_CLOSED, kTransport, true},
    // what the server says
    {CURLE_WEIRD_SERVER_REPLY, winhttp(12152), kTransport, true},
    {CURLE_UNSUPPORTED_PROTOCOL, BG_E_INVALID_SERVER_RESPONSE, kRemote, false}, // a redirect's
    {CURLE_TOO_MANY_REDIRECTS, winhttp(12156), kRemote, false},
    {CURLE_BAD_CONTENT_ENCODING, BG_E_INVALID_SERVER_RESPONSE, kRemote, false},
    // TLS
    {CURLE_SSL_CONNECT_ERROR, winhttp(12157), kTransport, true},
    {CURLE_PEER_FAILED_VERIFICATION, winhttp(12175), kTransport, false},
    {CURLE_SSL_ISSUER_ERROR, winhttp(12175), kTransport, false},
    {CURLE_SSL_CACERT_BADFILE, winhttp(12175), kTransport, false},
    {CURLE_SSL_CERTPROBLEM, winhttp(12185), kTransport, false},
    {CURLE_SSL_CIPHER, winhttp(12157), kTransport, false},
    {CURLE_SSL_CRL_BADFILE, winhttp(12057), kTransport, false},
    // file://
    {CURLE_FILE_COULDNT_READ_FILE, HRESULT_FROM_WIN32(2u), kRemote, false},
    {CURLE_READ_ERROR, HRESULT_FROM_WIN32(1117u), kRemote, false},
    // here
    {CURLE_OUT_OF_MEMORY, E_OUTOFMEMORY, BG_ERROR_CONTEXT_GENERAL_QUEUE_MANAGER, true},
};

constexpr int kFatalBelow500Except[] = {408, 409};
constexpr int kFatalAbove500[] = {501, 505};
constexpr int kFatalRedirects[] = {300, 301, 302, 303, 304, 305, 307, 308};

template<std::size_t N>
bool among(int status, const int (&list)[N]) noexcept {
    return std::find(std::begin(list), std::end(list), status) != std::end(list);
}

bool is_transient(int status) noexcept {
    if (status >= 300 && status < 400) return !among(status, kFatalRedirects);
    if (status >= 400 && status < 500) return among(status, kFatalBelow500Except);
    if (status >= 500) return !among(status, kFatalAbove500);
    return true;
}

} // namespace

Error status_error(int status) {
    return {static_cast<HRESULT>(0x80190000u + static_cast<unsigned>(status)), kRemote,
            is_transient(status), "The server answered " + std::to_string(status) + "."};
}

Error transport_error(CURLcode code, const char* reason) {
    const bool told = reason != nullptr && *reason != '\0';
    std::string detail = told ? reason : curl_easy_strerror(code);
    const auto row = std::find_if(std::begin(kFaults), std::end(kFaults),
                                  [code](const Row& r) { return r.fault == code; });
    if (row == std::end(kFaults)) return {E_FAIL, kTransport, false, std::move(detail)};
    return {row->code, row->context, row->transient, std::move(detail)};
}

Error no_size() {
    return {BG_E_MISSING_FILE_SIZE, BG_ERROR_CONTEXT_REMOTE_FILE, false,
            "The server does not tell the size of the file."};
}

Error no_revocation_list() {
    return {winhttp(12057), kTransport, false,
            "The job is to refuse revoked certificates, but the engine was given no list of them."};
}

Error invalid_response(const char* reason) {
    return {BG_E_INVALID_SERVER_RESPONSE, kRemote, false, reason};
}

} // namespace bitscb3
