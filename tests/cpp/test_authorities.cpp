// SPDX-License-Identifier: MIT
// test_authorities.cpp - where certificates of trusted authorities are found.

#include "engine/authorities.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

using namespace bitscb3;

namespace {

/// A folder with `bundle.pem`, `hashed/5ed36f99.0` and `bare/readme`; the variables are unset.
struct System {
    std::filesystem::path path;
    System() {
        char name[] = "/tmp/bitscb3-test-XXXXXX";
        REQUIRE(mkdtemp(name) != nullptr);
        path = name;
        std::filesystem::create_directories(path / "hashed");
        std::filesystem::create_directories(path / "bare");
        for (const char* file : {"bundle.pem", "hashed/5ed36f99.0", "bare/readme"}) {
            std::ofstream(path / file) << "-";
        }
        unsetenv("SSL_CERT_FILE");
        unsetenv("SSL_CERT_DIR");
    }
    ~System() {
        unsetenv("SSL_CERT_FILE");
        unsetenv("SSL_CERT_DIR");
        std::filesystem::remove_all(path);
    }
    System(const System&) = delete;
    System& operator=(const System&) = delete;

    [[nodiscard]] std::string operator/(const char* name) const { return (path / name).string(); }
    static void set(const char* variable, const std::string& value) {
        setenv(variable, value.c_str(), 1);
    }
};

Authorities found_in(const AuthorityPlaces& places) {
    Error error;
    const Authorities found = find_authorities(places, error);
    CHECK_FALSE(error);
    return found;
}

Error error_of() {
    Error error;
    (void)find_authorities({}, error);
    return error;
}

} // namespace

// Of the system's places the first file counts, alone; a folder does where there is no file.
TEST_CASE("the system's places") {
    const System system;
    const std::string bundle = system / "bundle.pem";
    const std::string hashed = system / "hashed";
    const std::string none = system / "none";
    CHECK(found_in({{none, hashed, bundle, none}, {hashed}}).file == bundle);
    CHECK(found_in({{none, hashed, bundle, none}, {hashed}}).folders.empty());
    CHECK(found_in({{none}, {none, bundle, hashed}}).folders == hashed);
    CHECK(found_in({{none}, {hashed}}).file.empty());
}

// A folder without a hashed name is as good as none: some systems have it from the start.
TEST_CASE("nowhere") {
    const System system;
    CHECK(found_in({{system / "none"}, {system / "bare"}}).empty());
    CHECK(found_in({}).empty());
}

// Variables count in place of all of the system's places; an empty one is as good as none.
TEST_CASE("the variables") {
    const System system;
    const std::string bundle = system / "bundle.pem";
    const std::string folders = (system / "none") + ":" + (system / "bare");
    const AuthorityPlaces places = {{bundle}, {system / "hashed"}};
    System::set("SSL_CERT_DIR", folders);
    CHECK(found_in(places).folders == folders);
    CHECK(found_in(places).file.empty());
    System::set("SSL_CERT_FILE", bundle);
    CHECK(found_in({}).folders == folders);
    CHECK(found_in({}).file == bundle);
    System::set("SSL_CERT_DIR", "");
    CHECK(found_in({}).folders.empty());
    System::set("SSL_CERT_FILE", "");
    CHECK(found_in({}).empty());
}

// A variable that names nothing is an error that names the variable.
TEST_CASE("bad variables") {
    const System system;
    CHECK_FALSE(error_of());
    System::set("SSL_CERT_DIR", (system / "none") + ":" + (system / "bundle.pem"));
    CHECK(error_of().code == HRESULT_FROM_WIN32(2u));
    CHECK(error_of().detail.find("SSL_CERT_DIR") != std::string::npos);
    for (const char* name : {"none", "hashed"}) {
        System::set("SSL_CERT_FILE", system / name);
        CHECK(error_of().code == HRESULT_FROM_WIN32(2u));
        CHECK(error_of().detail.find("SSL_CERT_FILE") != std::string::npos);
    }
}
