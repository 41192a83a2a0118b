// SPDX-License-Identifier: MIT
// authorities.cpp - see authorities.hpp.
// Source: X509_LOOKUP_hash_dir(3): the names in a folder; SSL_CTX_set_default_verify_paths(3): the
// variables. Places: as Go's crypto/x509 and curl's own build look for them.

#include "engine/authorities.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string_view>

namespace bitscb3 {

namespace {

namespace fs = std::filesystem;

#if defined(_WIN32)
constexpr char kBetweenFolders = ';';
#else
constexpr char kBetweenFolders = ':';
#endif
constexpr std::size_t kHashDigits = 8;

bool is_readable_file(const std::string& path) {
    std::error_code ignored;
    return fs::is_regular_file(path, ignored) && std::ifstream(path).good();
}

bool is_folder(const std::string& path) {
    std::error_code ignored;
    return fs::is_directory(path, ignored);
}

/// Whether the name is one OpenSSL looks for: "5ed36f99.0".
bool is_hashed(const std::string& name) {
    const auto is_hex = [](unsigned char c) { return std::isxdigit(c) != 0; };
    return name.size() > kHashDigits + 1 && name[kHashDigits] == '.' &&
           std::all_of(name.begin(), name.begin() + kHashDigits, is_hex) &&
           std::isdigit(static_cast<unsigned char>(name[kHashDigits + 1])) != 0;
}

bool has_certificates(const std::string& folder) {
    std::error_code error;
    fs::directory_iterator entry(folder, error);
    for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
        if (is_hashed(entry->path().filename().string())) return true;
    }
    return false;
}

template<class Good>
std::string first_of(const std::vector<std::string>& paths, Good&& good) {
    const auto found = std::find_if(paths.begin(), paths.end(), good);
    return found != paths.end() ? *found : std::string();
}

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
}

/// Whether one folder of the list is there: OpenSSL passes over the others.
bool has_folder(std::string_view list) {
    while (!list.empty()) {
        const std::size_t end = std::min(list.find(kBetweenFolders), list.size());
        if (is_folder(std::string(list.substr(0, end)))) return true;
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return false;
}

Error bad_variable(const char* name, const std::string& value, const char* what) {
    return {HRESULT_FROM_WIN32(2u /* ERROR_FILE_NOT_FOUND */),
            BG_ERROR_CONTEXT_GENERAL_QUEUE_MANAGER, false,
            std::string("The environment variable ") + name + " is \"" + value + "\", but " + what +
                "; correct it, or unset it to trust the system's authorities."};
}

} // namespace

const AuthorityPlaces& system_places() {
#if defined(_WIN32)
    static const AuthorityPlaces places = {{}, {}, true};
#else
    static const AuthorityPlaces places = {
        {
            "/etc/ssl/certs/ca-certificates.crt",                // Debian, Arch, Gentoo, NixOS
            "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // Fedora, RHEL
            "/etc/pki/tls/certs/ca-bundle.crt",                  // the same, before
            "/etc/ssl/ca-bundle.pem",                            // SUSE
            "/var/lib/ca-certificates/ca-bundle.pem",            // the same, later
            "/etc/ssl/cert.pem",                                 // Alpine, macOS, BSD
            "/usr/local/etc/ssl/cert.pem",                       // FreeBSD
            "/usr/local/share/certs/ca-root-nss.crt",            // the same, before
            "/etc/openssl/certs/ca-certificates.crt",            // NetBSD
            "/data/data/com.termux/files/usr/etc/tls/cert.pem",  // Termux on Android
        },
        {"/etc/ssl/certs"},
    };
#endif
    return places;
}

Authorities find_authorities(const AuthorityPlaces& places, Error& error) {
    Authorities named = {variable("SSL_CERT_FILE"), variable("SSL_CERT_DIR"), false};
    if (named.empty() && places.store) return {{}, {}, true};
    if (named.empty()) {
        const std::string file = first_of(places.files, is_readable_file);
        // A file alone: libcurl reads it once, but again for each connection beside a folder.
        if (!file.empty()) return {file, {}, false};
        return {{}, first_of(places.folders, has_certificates), false};
    }
    if (!named.file.empty() && !is_readable_file(named.file)) {
        error = bad_variable("SSL_CERT_FILE", named.file, "that is no file that can be read");
    } else if (!named.folders.empty() && !has_folder(named.folders)) {
        error = bad_variable("SSL_CERT_DIR", named.folders, "there is no such folder");
    }
    return named;
}

} // namespace bitscb3
