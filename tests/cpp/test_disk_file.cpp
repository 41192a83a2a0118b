// SPDX-License-Identifier: MIT
// test_disk_file.cpp - temporary files and their way to the final name, private files, leases.

#include "base/guid.hpp"
#include "engine/disk_file.hpp"
#include "engine/lease.hpp"
#include "engine/path.hpp"
#include "engine/private_file.hpp"
#include "engine/user.hpp"
#include "temporary_folder.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

using namespace bitscb3;

namespace {

std::string content_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

} // namespace

// Bytes land at their offsets, in any order and far from each other.
TEST_CASE("positional writes") {
    const TemporaryFolder folder;
    const std::string path = (folder.path / "a.tmp").string();
    Error error;
    const auto file = DiskFile::create(path, error);
    REQUIRE(file);
    constexpr std::uint64_t kFar = 64 * 1024 * 1024;
    CHECK_FALSE(file->write(kFar, "end"));
    CHECK_FALSE(file->write(2, "cd"));
    CHECK_FALSE(file->write(0, "ab"));
    CHECK(file->size() == kFar + 3);
    CHECK_FALSE(file->sync());
    const std::string content = content_of(path);
    CHECK(content.substr(0, 4) == "abcd");
    CHECK(content.substr(4, kFar - 4).find_first_not_of('\0') == std::string::npos);
    CHECK(content.substr(kFar) == "end");
    CHECK_FALSE(file->resize(4));
    CHECK(content_of(path) == "abcd");
}

// A finished download replaces what has its name, with the time it is given, also while its
// temporary file is still open in the engine.
TEST_CASE("published") {
    const TemporaryFolder folder;
    const std::string local = (folder.path / "a").string();
    std::ofstream(local) << "former";
    const std::string temporary = temporary_name_beside(local);
    CHECK(folder_of(temporary) == folder_of(local));
    Error error;
    const auto file = DiskFile::create(temporary, error);
    REQUIRE(file);
    CHECK_FALSE(file->write(0, "content, and more"));
    CHECK_FALSE(publish_file({temporary, local, 7, 1'000'000'000, false}, mode_of_new_files()));
    CHECK(content_of(local) == "content");
    CHECK(DiskFile::is_lost(temporary));
    CHECK(is_there(local));
    const auto age = std::filesystem::last_write_time(local);
    std::ofstream(folder.path / "new") << "";
    CHECK(age < std::filesystem::last_write_time(folder.path / "new") - std::chrono::hours(24));
    const Error missing = publish_file({temporary, local, 7, {}, false}, mode_of_new_files());
    CHECK(missing.context == BG_ERROR_CONTEXT_LOCAL_FILE);
}

// A temporary file left behind is used again; one with a second name or that is a folder is not.
TEST_CASE("what is there already") {
    const TemporaryFolder folder;
    const std::string path = (folder.path / "a.tmp").string();
    Error error;
    REQUIRE(DiskFile::create(path, error)->write(0, "left").code == S_OK);
    CHECK(DiskFile::create(path, error)->size() == 0);
    std::filesystem::create_hard_link(folder.path / "a.tmp", folder.path / "second");
    CHECK_FALSE(DiskFile::open(path, error));
    CHECK(error.code == E_ACCESSDENIED);
    std::filesystem::remove(folder.path / "second");
    CHECK(DiskFile::open(path, error));
    std::filesystem::create_directory(folder.path / "b.tmp");
    error = {};
    CHECK_FALSE(DiskFile::open((folder.path / "b.tmp").string(), error));
    CHECK(error);
}

// A symbolic link is not followed.
TEST_CASE("a link in the way") {
    const TemporaryFolder folder;
    std::ofstream(folder.path / "target") << "precious";
    std::error_code refused;
    std::filesystem::create_symlink(folder.path / "target", folder.path / "a.tmp", refused);
    if (refused) return; // Windows lets few users make one
    Error error;
    CHECK_FALSE(DiskFile::create((folder.path / "a.tmp").string(), error));
    CHECK(error);
    CHECK(content_of(folder.path / "target") == "precious");
}

// A file is known by when it was made and by how much is in it; what stands in its place is not it.
TEST_CASE("lost") {
    const TemporaryFolder folder;
    const std::string path = (folder.path / "a").string();
    Error error;
    auto file = DiskFile::create(path, error);
    REQUIRE(file);
    CHECK_FALSE(file->write(0, "content"));
    const std::int64_t born = file->born();
    CHECK_FALSE(DiskFile::is_lost(path, born, 7));
    CHECK(DiskFile::is_lost(path, born, 8));
    if (born != 0) CHECK(DiskFile::is_lost(path, born + 1, 7));
    file.reset(); // on Windows an open file keeps its name
    CHECK(remove_file(path));
    std::filesystem::create_directory(path);
    CHECK(DiskFile::is_lost(path));
}

// A folder that is not there, or a folder where the file is to be, cannot take a download.
TEST_CASE("destinations") {
    const TemporaryFolder folder;
    const std::string here = folder.path.string();
    std::string known;
    CHECK_FALSE(check_destination(joined(here, "a"), known));
    CHECK(known == here);
    known.clear();
    CHECK(check_destination(joined(joined(here, "none"), "a"), known).code ==
          HRESULT_FROM_WIN32(3u /* ERROR_PATH_NOT_FOUND */));
    std::filesystem::create_directory(folder.path / "taken");
    CHECK(check_destination(joined(here, "taken"), known).code == E_ACCESSDENIED);
    CHECK(DiskFile::is_lost(joined(here, "a")));
    CHECK_FALSE(DiskFile::is_lost(joined(joined(here, "none"), "a")));
    CHECK(remove_file(joined(here, "a")));
#if defined(_WIN32)
    for (const char* bad : {"a:b", "a*", "a?"}) {
        CAPTURE(bad);
        CHECK(check_destination(joined(here, bad), known).code ==
              HRESULT_FROM_WIN32(ERROR_INVALID_NAME));
    }
#endif
}

// Names may be long and in any script.
TEST_CASE("names of every kind") {
    const TemporaryFolder folder;
    std::string deep = folder.path.string();
    for (int i = 0; i < 5; ++i) deep = joined(deep, std::string(60, 'x') + "\xC3\xA9\xE2\x82\xAC");
    REQUIRE_FALSE(make_private_folder(deep, "make"));
    const std::string path = joined(deep, "a.tmp");
    Error error;
    auto file = DiskFile::create(path, error);
    REQUIRE(file);
    CHECK_FALSE(file->write(0, "abc"));
    file.reset(); // Windows keeps a removed name while its file is open
    CHECK_FALSE(publish_file({path, joined(deep, "a"), 3, {}, false}, mode_of_new_files()));
    CHECK(is_there(joined(deep, "a")));
    CHECK(remove_file(joined(deep, "a")));
    CHECK(DiskFile::is_lost(joined(deep, "a")));
}

// A private file appears whole, once; the first one counts.
TEST_CASE("private files") {
    const TemporaryFolder folder;
    const std::string path = (folder.path / "key").string();
    Error error;
    CHECK_FALSE(read_private_file(path, 10, "read", error));
    CHECK_FALSE(error);
    publish_private_file(path, "first");
    publish_private_file(path, "second");
    CHECK(read_private_file(path, 10, "read", error) == "first");
    CHECK(read_private_file(path, 3, "read", error) == "fir");
    const auto files = std::filesystem::directory_iterator(folder.path);
    CHECK(std::distance(begin(files), end(files)) == 1);
}

// A job has one holder; the lease is free again when it is let go or its holder is gone.
TEST_CASE("leases") {
    const TemporaryFolder folder;
    const std::string path = (folder.path / "leases").string();
    Error error;
    const auto here = LeaseFile::open(path, error);
    auto there = LeaseFile::open(path, error);
    REQUIRE(here);
    REQUIRE(there);
    const GUID one = make_guid();
    Lease lease = there->try_acquire(one);
    CHECK(lease.held());
    CHECK_FALSE(here->try_acquire(one).held());
    CHECK(here->try_acquire(make_guid()).held());
    lease.release();
    CHECK(here->try_acquire(one).held());
}

// The user has a name that stays.
TEST_CASE("the user") {
    CHECK_FALSE(user_id().empty());
    CHECK(user_id() == user_id());
    CHECK(is_absolute(state_folder()));
}
