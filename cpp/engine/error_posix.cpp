// SPDX-License-Identifier: MIT
// error_posix.cpp - errno to the contract's codes, one table.

#include "engine/error.hpp"

#include <cerrno>
#include <system_error>

namespace bitscb3 {

namespace {

// Win32 error numbers. Source: winerror.h, as the contract reports local files.
struct Row {
    int errno_value;
    unsigned win32;
};
constexpr Row kRows[] = {
    {ENOENT, 3},         // ERROR_PATH_NOT_FOUND
    {ENOTDIR, 3},        // ERROR_PATH_NOT_FOUND
    {EMFILE, 4},         // ERROR_TOO_MANY_OPEN_FILES
    {ENFILE, 4},         // ERROR_TOO_MANY_OPEN_FILES
    {EACCES, 5},         // ERROR_ACCESS_DENIED
    {EPERM, 5},          // ERROR_ACCESS_DENIED
    {EROFS, 19},         // ERROR_WRITE_PROTECT
    {ETXTBSY, 5},        // ERROR_ACCESS_DENIED
    {EAGAIN, 32},        // ERROR_SHARING_VIOLATION: another program has a lease on the file
    {EEXIST, 80},        // ERROR_FILE_EXISTS
    {ENOSPC, 112},       // ERROR_DISK_FULL
    {EDQUOT, 112},       // ERROR_DISK_FULL
    {EFBIG, 223},        // ERROR_FILE_TOO_LARGE
    {ENAMETOOLONG, 206}, // ERROR_FILENAME_EXCED_RANGE
    {EISDIR, 5},         // ERROR_ACCESS_DENIED, as Windows answers for a folder
    {ELOOP, 1921},       // ERROR_CANT_RESOLVE_FILENAME
    {EXDEV, 17},         // ERROR_NOT_SAME_DEVICE
    {EIO, 1117},         // ERROR_IO_DEVICE
};

} // namespace

Error disk_error(int number, const char* action, const std::string& path) {
    HRESULT code = E_FAIL;
    for (const Row& row : kRows) {
        if (row.errno_value == number) code = HRESULT_FROM_WIN32(row.win32);
    }
    return {code, BG_ERROR_CONTEXT_LOCAL_FILE, false,
            std::string("Cannot ") + action + " " + path + ": " +
                std::generic_category().message(number) + "."};
}

} // namespace bitscb3
