// SPDX-License-Identifier: MIT
// tls_watch.hpp - what libcurl does not see of a TLS connection: that it ended improperly, and that
// it brings nothing without end.
// Threads: engine thread, inside libcurl's calls; what is counted is the thread's own.
// Source:  OpenSSL's pages on SSL_CTX_set_info_callback and BIO_set_callback_ex.

#pragma once

#include <memory>

namespace bitscb3 {

/// Watch the connections of an SSL_CTX.
void watch_connections(void* ssl_context);

/// Whether the server has said by close_notify that nothing follows; becomes true. `ssl` is of a
/// watched context. libcurl 7.87 to 8.13 takes any end of the connection for such a one.
[[nodiscard]] std::shared_ptr<const bool> watch_end(void* ssl);

/// libcurl was called, or has called: it is not caught. Between two of these a connection may be
/// read from a thousand times, or for a second; then reading fails. libcurl 7.88 never leaves a
/// connection of HTTP/2 that brings empty DATA frames as fast as it reads.
void note_progress() noexcept;

} // namespace bitscb3
