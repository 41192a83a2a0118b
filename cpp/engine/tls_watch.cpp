// SPDX-License-Identifier: MIT
// tls_watch.cpp - see tls_watch.hpp.

#include "engine/tls_watch.hpp"

#include "base/clock.hpp"

#include <chrono>
#include <cstdint>
#include <openssl/bio.h>
#include <openssl/ssl.h>

namespace bitscb3 {

namespace {

constexpr std::uint32_t kManyReads = 1000; // who was only stopped for a while has read less
constexpr std::chrono::seconds kLong(1);

thread_local std::uint32_t reads = 0; // since the last progress
thread_local Instant progressed_at{};

using Ending = std::shared_ptr<bool>;

void free_ending(void*, void* ending, CRYPTO_EX_DATA*, int, long, void*) {
    delete static_cast<Ending*>(ending);
}

/// Where an SSL keeps the Ending of who waits for its end; freed with the SSL.
int ending_index() {
    static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, &free_ending);
    return index;
}

/// Before each read; what is returned is the read's result when it is not positive.
long on_bio(BIO*, int operation, const char*, std::size_t, int, long, int result, std::size_t*) {
    if (operation != BIO_CB_READ) return result;
    if (++reads < kManyReads) return result;
    return std::chrono::steady_clock::now() - progressed_at < kLong ? result : -1;
}

void on_info(const SSL* ssl, int where, int alert) {
    if (where == SSL_CB_HANDSHAKE_START) BIO_set_callback_ex(SSL_get_rbio(ssl), &on_bio);
    const bool is_end = where == SSL_CB_READ_ALERT && (alert & 0xFF) == SSL_AD_CLOSE_NOTIFY;
    const auto* ending = static_cast<const Ending*>(SSL_get_ex_data(ssl, ending_index()));
    if (is_end && ending != nullptr) **ending = true;
}

} // namespace

void watch_connections(void* ssl_context) {
    SSL_CTX_set_info_callback(static_cast<SSL_CTX*>(ssl_context), &on_info);
}

std::shared_ptr<const bool> watch_end(void* ssl) {
    auto* connection = static_cast<SSL*>(ssl);
    auto ended = std::make_shared<bool>(false);
    free_ending(nullptr, SSL_get_ex_data(connection, ending_index()), nullptr, 0, 0, nullptr);
    auto kept = std::make_unique<Ending>(ended);
    const bool is_kept = SSL_set_ex_data(connection, ending_index(), kept.get()) == 1;
    if (is_kept) (void)kept.release();
    return ended;
}

void note_progress() noexcept {
    reads = 0;
    progressed_at = std::chrono::steady_clock::now();
}

} // namespace bitscb3
