// SPDX-License-Identifier: MIT
// test_authorities.cpp - where certificates of trusted authorities are found.

#include "engine/authorities.hpp"
#include "temporary_folder.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

using namespace bitscb3;

namespace {

#if defined(_WIN32)
const std::string kBetween = ";"; // folders of a list
#else
const std::string kBetween = ":";
#endif

/// An environment variable; "" is as good as none.
void set_variable(const char* name, const std::string& value) {
#if defined(_WIN32)
    _putenv_s(name, value.c_str());
#else
    setenv(name, value.c_str(), 1);
#endif
}

/// A folder with `bundle.pem`, `hashed/5ed36f99.0` and `bare/readme`; the variables are empty.
class System {
  public:
    System() {
        const std::filesystem::path& path = folder_.path;
        std::filesystem::create_directories(path / "hashed");
        std::filesystem::create_directories(path / "bare");
        for (const char* file : {"bundle.pem", "hashed/5ed36f99.0", "bare/readme"}) {
            std::ofstream(path / file) << "-";
        }
        forget();
    }
    ~System() { forget(); }
    System(const System&) = delete;
    System& operator=(const System&) = delete;

    [[nodiscard]] std::string operator/(const char* name) const {
        return (folder_.path / name).string();
    }

  private:
    static void forget() {
        for (const char* name : {"SSL_CERT_FILE", "SSL_CERT_DIR"}) set_variable(name, "");
    }

    TemporaryFolder folder_;
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

// Windows keeps the authorities itself; variables count there, too.
TEST_CASE("the store of the system") {
    const System system;
    const AuthorityPlaces places = {{}, {}, true};
    CHECK(found_in(places).store);
    CHECK_FALSE(found_in(places).empty());
    set_variable("SSL_CERT_FILE", system / "bundle.pem");
    CHECK_FALSE(found_in(places).store);
    CHECK(found_in(places).file == system / "bundle.pem");
}

// Variables count in place of all of the system's places; an empty one is as good as none.
TEST_CASE("the variables") {
    const System system;
    const std::string bundle = system / "bundle.pem";
    const std::string folders = (system / "none") + kBetween + (system / "bare");
    const AuthorityPlaces places = {{bundle}, {system / "hashed"}};
    set_variable("SSL_CERT_DIR", folders);
    CHECK(found_in(places).folders == folders);
    CHECK(found_in(places).file.empty());
    set_variable("SSL_CERT_FILE", bundle);
    CHECK(found_in({}).folders == folders);
    CHECK(found_in({}).file == bundle);
    set_variable("SSL_CERT_DIR", "");
    CHECK(found_in({}).folders.empty());
    set_variable("SSL_CERT_FILE", "");
    CHECK(found_in({}).empty());
}

// A variable that names nothing is an error that names the variable.
TEST_CASE("bad variables") {
    const System system;
    CHECK_FALSE(error_of());
    set_variable("SSL_CERT_DIR", (system / "none") + kBetween + (system / "bundle.pem"));
    CHECK(error_of().code == HRESULT_FROM_WIN32(2u));
    CHECK(error_of().detail.find("SSL_CERT_DIR") != std::string::npos);
    for (const char* name : {"none", "hashed"}) {
        set_variable("SSL_CERT_FILE", system / name);
        CHECK(error_of().code == HRESULT_FROM_WIN32(2u));
        CHECK(error_of().detail.find("SSL_CERT_FILE") != std::string::npos);
    }
}
