// SPDX-License-Identifier: MIT
// private_file_windows.cpp - see private_file.hpp. What is made here admits the user and the system
// and inherits nothing; files that others make in such a folder (SQLite its journals) inherit that.
// In a folder that was there before they inherit its access, whatever that is.
// Source: Security Descriptor Definition Language.

#include "base/guid.hpp"
#include "base/utf16.hpp"
#include "engine/native_file.hpp"
#include "engine/path.hpp"
#include "engine/private_file.hpp"
#include "engine/user.hpp"

#include <sddl.h>

namespace bitscb3 {

namespace {

/// Full access for the user and the system, for nobody else.
class PrivateAccess {
  public:
    /// `inheritance`: "OICI" for what is made inside.
    explicit PrivateAccess(const std::string& inheritance) {
        const std::string text =
            "D:P(A;" + inheritance + ";FA;;;" + user_id() + ")(A;" + inheritance + ";FA;;;SY)";
        // Where it fails, the access of the folder above is inherited.
        ConvertStringSecurityDescriptorToSecurityDescriptorW(
            to_utf16(text).c_str(), SDDL_REVISION_1, &attributes_.lpSecurityDescriptor, nullptr);
    }
    PrivateAccess(const PrivateAccess&) = delete;
    PrivateAccess& operator=(const PrivateAccess&) = delete;
    ~PrivateAccess() {
        const DWORD why = GetLastError(); // of the call this was for
        LocalFree(attributes_.lpSecurityDescriptor);
        SetLastError(why);
    }

    [[nodiscard]] SECURITY_ATTRIBUTES* get() noexcept { return &attributes_; }

  private:
    SECURITY_ATTRIBUTES attributes_ = {sizeof(SECURITY_ATTRIBUTES), nullptr, FALSE};
};

Handle open_file(const std::string& path, DWORD access, DWORD disposition) {
    PrivateAccess access_list("");
    return Handle(CreateFileW(wide_path(path).c_str(), access, kShareAll, access_list.get(),
                              disposition, FILE_ATTRIBUTE_NORMAL | FILE_FLAG_OPEN_REPARSE_POINT,
                              nullptr));
}

/// Whether it is no link and no folder.
bool is_plain(const Handle& file) {
    BY_HANDLE_FILE_INFORMATION found;
    constexpr DWORD kOther = FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_REPARSE_POINT;
    return GetFileInformationByHandle(file.get(), &found) != 0 &&
           (found.dwFileAttributes & kOther) == 0;
}

} // namespace

Error make_private_folder(const std::string& path, const char* action) {
    PrivateAccess access("OICI");
    const WideString wide = wide_path(path);
    const std::string above = folder_of(path);
    bool made = CreateDirectoryW(wide.c_str(), access.get()) != 0;
    if (!made && GetLastError() == ERROR_PATH_NOT_FOUND && is_absolute(above) && above != path) {
        if (Error error = make_private_folder(above, action); error) return error;
        made = CreateDirectoryW(wide.c_str(), access.get()) != 0;
    }
    if (made) return {};
    const DWORD why = GetLastError();
    // A drive cannot be made, but is there.
    const DWORD found = GetFileAttributesW(wide.c_str());
    const bool there = found != INVALID_FILE_ATTRIBUTES && (found & FILE_ATTRIBUTE_DIRECTORY) != 0;
    return there ? Error() : disk_error(why, action, path);
}

Error make_private_file(const std::string& path, const char* action) {
    const Handle file = open_file(path, GENERIC_READ | GENERIC_WRITE, OPEN_ALWAYS);
    if (!is_open(file)) return disk_error(GetLastError(), action, path);
    return is_plain(file) ? Error() : disk_error(fault::kDenied, action, path);
}

Error check_private_file(const std::string&, const char*) {
    return {};
}

void publish_private_file(const std::string& path, std::string_view bytes) {
    const std::string fresh = path + "." + to_string(make_guid());
    const WideString wide = wide_path(fresh);
    Handle file = open_file(fresh, GENERIC_WRITE, CREATE_NEW);
    if (!is_open(file)) return;
    DWORD done = 0;
    const bool whole = WriteFile(file.get(), bytes.data(), static_cast<DWORD>(bytes.size()), &done,
                                 nullptr) != 0 &&
                       done == bytes.size() && FlushFileBuffers(file.get()) != 0;
    file.reset();
    if (whole && MoveFileExW(wide.c_str(), wide_path(path).c_str(), MOVEFILE_WRITE_THROUGH) != 0) {
        return;
    }
    DeleteFileW(wide.c_str()); // another one was first
}

std::optional<std::string> read_private_file(const std::string& path, std::size_t most,
                                             const char* action, Error& error) {
    const Handle file = open_file(path, GENERIC_READ, OPEN_EXISTING);
    if (!is_open(file)) {
        const DWORD why = GetLastError();
        if (why != ERROR_FILE_NOT_FOUND) error = disk_error(why, action, path);
        return std::nullopt;
    }
    if (!is_plain(file)) {
        error = disk_error(fault::kDenied, action, path);
        return std::nullopt;
    }
    std::string bytes(most, '\0');
    DWORD got = 0;
    if (ReadFile(file.get(), bytes.data(), static_cast<DWORD>(most), &got, nullptr) == 0) got = 0;
    bytes.resize(got);
    return bytes;
}

} // namespace bitscb3
