// SPDX-License-Identifier: MIT
// authorities.hpp - where this system keeps the certificates of the authorities it trusts.
// Looked up at run time: what was built on one system has to find them on another.
// Threads: any; the environment must not be changed meanwhile.

#pragma once

#include "engine/error.hpp"

#include <string>
#include <vector>

namespace bitscb3 {

/// Where to look; neither: nothing is trusted.
struct Authorities {
    std::string file;    // PEM
    std::string folders; // of certificates named by their hash (openssl rehash), as in SSL_CERT_DIR
    bool store = false;  // those that Windows trusts

    [[nodiscard]] bool empty() const noexcept { return file.empty() && folders.empty() && !store; }
};

struct AuthorityPlaces {
    std::vector<std::string> files;   // the first that can be read counts
    std::vector<std::string> folders; // where no file does: the first with a certificate in it
    bool store = false;               // instead of both: the system keeps them itself
};

/// Of the systems we know.
[[nodiscard]] const AuthorityPlaces& system_places();

/// What SSL_CERT_FILE and SSL_CERT_DIR name; where both are unset or empty, the first of `places`.
/// The error is a variable that names nothing; its text is for people.
[[nodiscard]] Authorities find_authorities(const AuthorityPlaces& places, Error& error);

} // namespace bitscb3
