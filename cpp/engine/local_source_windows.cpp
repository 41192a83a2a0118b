// SPDX-License-Identifier: MIT
// local_source_windows.cpp - see local_source.hpp.

#include "engine/local_source.hpp"
#include "engine/native_file.hpp"
#include "engine/path.hpp"

namespace bitscb3 {

namespace {

constexpr std::uint64_t kTicks = 10'000'000;         // of FILETIME in a second
constexpr std::uint64_t kUnixEpoch = 11'644'473'600; // in seconds since 1601

std::uint64_t joined_halves(DWORD high, DWORD low) noexcept {
    return (static_cast<std::uint64_t>(high) << 32) | low;
}

} // namespace

Error look_at_source(const std::string& path, Validator& out) {
    // BACKUP_SEMANTICS: a folder can be opened, too, and is then told from a file that is kept
    // shut.
    const Handle file(CreateFileW(wide_path(path).c_str(), FILE_READ_ATTRIBUTES, kShareAll, nullptr,
                                  OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, nullptr));
    const DWORD why = is_open(file) ? fault::kNoFile : GetLastError();
    BY_HANDLE_FILE_INFORMATION found = {};
    const bool regular = is_open(file) && GetFileType(file.get()) == FILE_TYPE_DISK &&
                         GetFileInformationByHandle(file.get(), &found) != 0 &&
                         (found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) == 0;
    if (!regular) {
        Error error = disk_error(why, "read", path);
        if (is_open(file)) error.detail = "Cannot read " + path + ": it is not a regular file.";
        // Its folder may be what is not there.
        if (why == ERROR_PATH_NOT_FOUND) error.code = HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND);
        error.context = BG_ERROR_CONTEXT_REMOTE_FILE;
        return error;
    }
    out.size = joined_halves(found.nFileSizeHigh, found.nFileSizeLow);
    const std::uint64_t ticks =
        joined_halves(found.ftLastWriteTime.dwHighDateTime, found.ftLastWriteTime.dwLowDateTime);
    const std::uint64_t seconds = ticks / kTicks;
    out.last_modified = std::to_string(seconds > kUnixEpoch ? seconds - kUnixEpoch : 0) + "." +
                        std::to_string(ticks % kTicks * 100);
    return {};
}

} // namespace bitscb3
