// SPDX-License-Identifier: MIT
// certificate.cpp - see certificate.hpp.

#include "engine/certificate.hpp"

#include <algorithm>
#include <iterator>
#include <memory>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace bitscb3 {

namespace {

struct Freer {
    void operator()(BIO* bio) const noexcept { BIO_free_all(bio); }
    void operator()(X509* certificate) const noexcept { X509_free(certificate); }
    void operator()(GENERAL_NAMES* names) const noexcept { GENERAL_NAMES_free(names); }
};
using Bio = std::unique_ptr<BIO, Freer>;
using Certificate = std::unique_ptr<X509, Freer>;

constexpr std::size_t kHashBytes = 20; // SHA-1
constexpr int kSecurityLevel = 2;      // OpenSSL's: RSA of 2,048 bits, no SHA-1

std::string subject_of(X509* certificate) {
    const Bio text(BIO_new(BIO_s_mem()));
    if (!text) return {};
    X509_NAME_print_ex(text.get(), X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253);
    char* data = nullptr;
    const long size = BIO_get_mem_data(text.get(), &data);
    return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

std::string hash_of(X509* certificate) {
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (X509_digest(certificate, EVP_sha1(), hash, &size) != 1) return {};
    return {reinterpret_cast<const char*>(hash), size};
}

struct Fault {
    int error;          // X509_V_ERR_*
    std::uint32_t flag; // BG_SSL_IGNORE_*
};

// The name of the host (BG_SSL_IGNORE_CERT_CN_INVALID) is libcurl's to check.
constexpr Fault kFaults[] = {
    {X509_V_ERR_CERT_NOT_YET_VALID, BG_SSL_IGNORE_CERT_DATE_INVALID},
    {X509_V_ERR_CERT_HAS_EXPIRED, BG_SSL_IGNORE_CERT_DATE_INVALID},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, BG_SSL_IGNORE_UNKNOWN_CA},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, BG_SSL_IGNORE_UNKNOWN_CA},
    {X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, BG_SSL_IGNORE_UNKNOWN_CA},
    {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, BG_SSL_IGNORE_UNKNOWN_CA},
    {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, BG_SSL_IGNORE_UNKNOWN_CA},
    {X509_V_ERR_CERT_UNTRUSTED, BG_SSL_IGNORE_UNKNOWN_CA},
    {X509_V_ERR_INVALID_PURPOSE, BG_SSL_IGNORE_CERT_WRONG_USAGE},
};

/// Where an SSL_CTX keeps the flags: a pointer-sized number, nothing to free.
int flags_index() {
    static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}

/// Whether it says of which hosts or addresses it is, apart from its subject.
bool has_names(const X509* certificate) {
    const std::unique_ptr<GENERAL_NAMES, Freer> names(static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
    for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
        const int type = sk_GENERAL_NAME_value(names.get(), i)->type;
        if (type == GEN_DNS || type == GEN_IPADD) return true;
    }
    return false;
}

int on_verify(int good, X509_STORE_CTX* store) {
    auto* ssl =
        static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
    const auto flags = static_cast<std::uint32_t>(
        reinterpret_cast<std::uintptr_t>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), flags_index())));
    if (good == 1) {
        // libcurl would take the common name, which RFC 9110 forbids.
        const bool named = X509_STORE_CTX_get_error_depth(store) > 0 ||
                           (flags & BG_SSL_IGNORE_CERT_CN_INVALID) != 0 ||
                           has_names(X509_STORE_CTX_get_current_cert(store));
        if (!named) X509_STORE_CTX_set_error(store, X509_V_ERR_HOSTNAME_MISMATCH);
        return named ? 1 : 0;
    }
    const int error = X509_STORE_CTX_get_error(store);
    const bool overlooked =
        std::any_of(std::begin(kFaults), std::end(kFaults),
                    [&](const Fault& f) { return f.error == error && (f.flag & flags) != 0; });
    if (!overlooked) {
        ERR_clear_error(); // what is left of the check; libcurl would take it for the reason
        return 0;
    }
    X509_STORE_CTX_set_error(store, X509_V_OK); // libcurl asks once more
    return 1;
}

} // namespace

HRESULT find_certificate(ClientCertificate& wanted) {
    const Bio file(BIO_new_file(wanted.store.c_str(), "r"));
    if (!file) return HRESULT_FROM_WIN32(2u /* ERROR_FILE_NOT_FOUND */);
    const Certificate found(PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr));
    if (!found) return kCertificateNotFound;
    const std::string subject = subject_of(found.get());
    const std::string hash = hash_of(found.get());
    const bool fits = wanted.hash.empty() ? subject.find(wanted.subject) != std::string::npos
                                          : hash == wanted.hash;
    if (!fits || hash.size() != kHashBytes) return kCertificateNotFound;
    wanted.subject = subject;
    wanted.hash = hash;
    return S_OK;
}

std::string to_der(std::string_view pem) {
    const Bio text(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    if (!text) return {};
    const Certificate found(PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr));
    unsigned char* der = nullptr;
    const int size = found ? i2d_X509(found.get(), &der) : 0;
    if (size <= 0) return {};
    std::string out(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
    return out;
}

void verify_strictly(void* ssl_context, std::uint32_t security_flags) {
    auto* context = static_cast<SSL_CTX*>(ssl_context);
    SSL_CTX_set_ex_data(context, flags_index(),
                        reinterpret_cast<void*>(static_cast<std::uintptr_t>(security_flags)));
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, &on_verify);
    SSL_CTX_set_security_level(context,
                               std::max(kSecurityLevel, SSL_CTX_get_security_level(context)));
}

} // namespace bitscb3
