// SPDX-License-Identifier: MIT
// user_windows.cpp - see user.hpp.
// Source: GetTokenInformation, CheckTokenMembership; the user's folder is %LOCALAPPDATA%.

#include "base/utf16.hpp"
#include "engine/path.hpp"
#include "engine/user.hpp"

#include <sddl.h>
#include <vector>

namespace bitscb3 {

namespace {

std::string read_user_id() {
    std::string out;
    HANDLE token = nullptr;
    if (OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token) == 0) return out;
    DWORD size = 0;
    GetTokenInformation(token, TokenUser, nullptr, 0, &size);
    std::vector<unsigned char> bytes(size);
    if (GetTokenInformation(token, TokenUser, bytes.data(), size, &size) != 0) {
        WCHAR* text = nullptr;
        const auto* user = reinterpret_cast<const TOKEN_USER*>(bytes.data());
        if (ConvertSidToStringSidW(user->User.Sid, &text) != 0) {
            out = to_utf8(text);
            LocalFree(text);
        }
    }
    CloseHandle(token);
    return out;
}

bool read_is_administrator() noexcept {
    unsigned char sid[SECURITY_MAX_SID_SIZE];
    DWORD size = sizeof sid;
    BOOL member = FALSE;
    return CreateWellKnownSid(WinBuiltinAdministratorsSid, nullptr, sid, &size) != 0 &&
           CheckTokenMembership(nullptr, sid, &member) != 0 && member != FALSE;
}

} // namespace

std::string user_id() {
    static const std::string id = read_user_id(); // a process keeps its user
    return id;
}

bool is_administrator() noexcept {
    static const bool administrator = read_is_administrator();
    return administrator;
}

std::string state_folder() {
    WideString value(GetEnvironmentVariableW(L"LOCALAPPDATA", nullptr, 0), L'\0');
    value.resize(
        GetEnvironmentVariableW(L"LOCALAPPDATA", value.data(), static_cast<DWORD>(value.size())));
    std::string folder = to_utf8(value.c_str());
    return is_absolute(folder) ? folder : "";
}

} // namespace bitscb3
