// SPDX-License-Identifier: MIT
// disk_file_windows.cpp - see disk_file.hpp.
// Source: CreateFile, WriteFile (an OVERLAPPED gives the place also where nothing overlaps),
//         MoveFileEx, FSCTL_SET_SPARSE.

#include "engine/disk_file.hpp"
#include "engine/path.hpp"

#include <algorithm>
#include <winioctl.h>

namespace bitscb3 {

namespace {

constexpr std::uint64_t kHole = 1024 * 1024;        // a gap that is not worth filling with zeros
constexpr std::uint64_t kMostAtOnce = 1u << 30;     // bytes; WriteFile takes 32 bits
constexpr std::int64_t kUnixEpoch = 11'644'473'600; // in seconds since 1601
constexpr std::int64_t kTicks = 10'000'000;         // of FILETIME in a second
constexpr DWORD kOther = FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_REPARSE_POINT;

Handle open_native(const std::string& path, DWORD disposition) {
    return Handle(CreateFileW(wide_path(path).c_str(), GENERIC_READ | GENERIC_WRITE, kShareAll,
                              nullptr, disposition,
                              FILE_ATTRIBUTE_NORMAL | FILE_FLAG_OPEN_REPARSE_POINT, nullptr));
}

/// A regular file with one name.
std::shared_ptr<DiskFile> open_ours(const std::string& path, DWORD disposition, Error& error) {
    Handle handle = open_native(path, disposition);
    if (!is_open(handle)) {
        error = disk_error(GetLastError(), "open", path);
        return nullptr;
    }
    BY_HANDLE_FILE_INFORMATION found = {};
    const bool ours = GetFileType(handle.get()) == FILE_TYPE_DISK &&
                      GetFileInformationByHandle(handle.get(), &found) != 0 &&
                      (found.dwFileAttributes & kOther) == 0 && found.nNumberOfLinks == 1;
    if (!ours) {
        error = disk_error(fault::kDenied, "trust", path);
        return nullptr;
    }
    return std::make_shared<DiskFile>(handle.release(), path);
}

/// Windows fills what lies before a write with zeros, unless the file may have holes. A file system
/// without holes leaves it at that.
void set_sparse(HANDLE file, bool sparse) noexcept {
    FILE_SET_SPARSE_BUFFER wanted = {};
    wanted.SetSparse = sparse ? TRUE : FALSE;
    DWORD unused = 0;
    DeviceIoControl(file, FSCTL_SET_SPARSE, &wanted, sizeof wanted, nullptr, 0, &unused, nullptr);
}

DWORD attributes_of(const std::string& path) {
    return GetFileAttributesW(wide_path(path).c_str());
}

bool is_folder(DWORD attributes) noexcept {
    return attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
}

} // namespace

DiskFile::DiskFile(NativeFile file, std::string path)
    : file_(file), path_(std::move(path)), end_(size()) {}

DiskFile::~DiskFile() {
    CloseHandle(file_);
}

std::shared_ptr<DiskFile> DiskFile::create(const std::string& path, Error& error) {
    Handle handle = open_native(path, CREATE_NEW);
    if (is_open(handle)) return std::make_shared<DiskFile>(handle.release(), path);
    const DWORD why = GetLastError();
    if (why != ERROR_FILE_EXISTS) {
        error = disk_error(why, "create", path);
        return nullptr;
    }
    auto left = open(path, error); // of a process that ended before it recorded a byte
    if (left) error = left->resize(0);
    return error ? nullptr : left;
}

std::shared_ptr<DiskFile> DiskFile::open(const std::string& path, Error& error) {
    return open_ours(path, OPEN_EXISTING, error);
}

std::shared_ptr<DiskFile> DiskFile::overwrite(const std::string& path, Error& error) {
    auto file = open_ours(path, OPEN_ALWAYS, error);
    if (file) error = file->resize(0);
    return error ? nullptr : file;
}

bool DiskFile::is_lost(const std::string& path, std::int64_t /*born*/, std::uint64_t least) {
    WIN32_FILE_ATTRIBUTE_DATA found{};
    if (GetFileAttributesExW(wide_path(path).c_str(), GetFileExInfoStandard, &found) == 0) {
        return GetLastError() == ERROR_FILE_NOT_FOUND && is_folder(attributes_of(folder_of(path)));
    }
    constexpr DWORD kOther = FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_REPARSE_POINT;
    const auto size = static_cast<std::uint64_t>(found.nFileSizeHigh) << 32 | found.nFileSizeLow;
    return (found.dwFileAttributes & kOther) != 0 || size < least;
}

std::int64_t DiskFile::born() const noexcept {
    return 0; // a new file of an old name has the old one's time for a while
}

Error DiskFile::write(std::uint64_t offset, std::string_view bytes) noexcept {
    if (!sparse_ && offset > end_ && offset - end_ >= kHole) {
        set_sparse(file_, true);
        sparse_ = true;
    }
    while (!bytes.empty()) {
        OVERLAPPED place = {};
        place.Offset = static_cast<DWORD>(offset & 0xFFFFFFFF);
        place.OffsetHigh = static_cast<DWORD>(offset >> 32);
        const auto wanted = static_cast<DWORD>(std::min<std::uint64_t>(bytes.size(), kMostAtOnce));
        DWORD done = 0;
        if (WriteFile(file_, bytes.data(), wanted, &done, &place) == 0) {
            return disk_error(GetLastError(), "write to", path_);
        }
        if (done == 0) return disk_error(fault::kFull, "write to", path_);
        offset += done;
        bytes.remove_prefix(done);
    }
    end_ = std::max(end_, offset);
    return {};
}

Error DiskFile::resize(std::uint64_t size) {
    FILE_END_OF_FILE_INFO wanted = {};
    wanted.EndOfFile.QuadPart = static_cast<LONGLONG>(size);
    if (SetFileInformationByHandle(file_, FileEndOfFileInfo, &wanted, sizeof wanted) == 0) {
        return disk_error(GetLastError(), "resize", path_);
    }
    end_ = size;
    return {};
}

Error DiskFile::sync() {
    if (FlushFileBuffers(file_) == 0) return disk_error(GetLastError(), "sync", path_);
    return {};
}

Error DiskFile::take_place_of(const std::string&, unsigned) {
    BY_HANDLE_FILE_INFORMATION found = {};
    const bool sparse = GetFileInformationByHandle(file_, &found) != 0 &&
                        (found.dwFileAttributes & FILE_ATTRIBUTE_SPARSE_FILE) != 0;
    if (sparse) set_sparse(file_, false); // every byte was written
    return {};
}

void DiskFile::set_time(std::time_t modified) noexcept {
    if (modified < -kUnixEpoch) return;
    const auto ticks = static_cast<std::uint64_t>((modified + kUnixEpoch) * kTicks);
    const FILETIME time = {static_cast<DWORD>(ticks & 0xFFFFFFFF), static_cast<DWORD>(ticks >> 32)};
    SetFileTime(file_, nullptr, nullptr, &time);
}

std::uint64_t DiskFile::size() const noexcept {
    LARGE_INTEGER size = {};
    return GetFileSizeEx(file_, &size) != 0 ? static_cast<std::uint64_t>(size.QuadPart) : 0;
}

void sync_files(const std::vector<std::shared_ptr<DiskFile>>& files, std::vector<Error>& errors) {
    errors.assign(files.size(), {});
    for (std::size_t i = 0; i < files.size(); ++i) {
        if (files[i]) errors[i] = files[i]->sync();
    }
}

unsigned mode_of_new_files() noexcept {
    return 0;
}

Error check_destination(const std::string& local, std::string& folder) {
    if (std::string own = folder_of(local); own != folder) {
        const DWORD found = attributes_of(own);
        if (found == INVALID_FILE_ATTRIBUTES) {
            const DWORD why = GetLastError();
            // Of a folder that is not there, as of one above it.
            const bool missing = why == ERROR_FILE_NOT_FOUND;
            return disk_error(missing ? ERROR_PATH_NOT_FOUND : why, "find the folder", own);
        }
        if (!is_folder(found)) return disk_error(ERROR_PATH_NOT_FOUND, "use as a folder", own);
        const Handle opened(CreateFileW(wide_path(own).c_str(), FILE_ADD_FILE, kShareAll, nullptr,
                                        OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, nullptr));
        if (!is_open(opened)) return disk_error(GetLastError(), "write to", own);
        folder = std::move(own);
    }
    const DWORD found = attributes_of(local);
    if (is_folder(found)) return disk_error(fault::kNoFile, "replace the folder", local);
    // What follows a colon, but for the drive's, would be a stream of the file before it.
    const bool absent = found == INVALID_FILE_ATTRIBUTES;
    const bool named = !(absent && GetLastError() == ERROR_INVALID_NAME) &&
                       local.find(':', 2) == std::string::npos;
    return named ? Error() : disk_error(ERROR_INVALID_NAME, "make", local);
}

Error rename_file(const std::string& from, const std::string& to) {
    constexpr DWORD kHow = MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH;
    if (MoveFileExW(wide_path(from).c_str(), wide_path(to).c_str(), kHow) != 0) return {};
    return disk_error(GetLastError(), "rename the finished download to", to);
}

Error sync_folder(const std::string&) {
    return {};
}

bool is_there(const std::string& path) noexcept {
    return attributes_of(path) != INVALID_FILE_ATTRIBUTES;
}

bool remove_file(const std::string& path) noexcept {
    if (DeleteFileW(wide_path(path).c_str()) != 0) return true;
    const DWORD why = GetLastError();
    return why == ERROR_FILE_NOT_FOUND || why == ERROR_PATH_NOT_FOUND;
}

} // namespace bitscb3
