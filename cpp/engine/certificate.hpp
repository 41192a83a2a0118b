// SPDX-License-Identifier: MIT
// certificate.hpp - X.509 certificates in PEM files, and which ones of servers will do.
// Threads: pure functions; verify_strictly() on the engine thread, inside libcurl's callback.
// Source:  RFC 7468; RFC 9110, section 4.3.4; OpenSSL's X509_STORE_CTX pages.

#pragma once

#include "engine/http_options.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace bitscb3 {

constexpr HRESULT kCertificateNotFound = static_cast<HRESULT>(0x80092004u); // CRYPT_E_NOT_FOUND

/// Whether the first certificate in the PEM file `wanted.store`, the one libcurl takes, is the one
/// that `wanted` describes: by the part of its subject that is given, or by its SHA-1 hash. Fills
/// in what was not given.
/// HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND), kCertificateNotFound. Reads the disk.
[[nodiscard]] HRESULT find_certificate(ClientCertificate& wanted);

/// The bytes (DER) of the first certificate in PEM text; empty when there is none.
[[nodiscard]] std::string to_der(std::string_view pem);

/// Let an SSL_CTX accept the faults that `security_flags` (BG_SSL_IGNORE_*) names, and no others;
/// refuse what libcurl or the system may let pass: a server named by the common name of its
/// certificate only, keys and signatures under 112 bits.
void verify_strictly(void* ssl_context, std::uint32_t security_flags);

} // namespace bitscb3
