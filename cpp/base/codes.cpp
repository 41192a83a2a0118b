// SPDX-License-Identifier: MIT
// codes.cpp - the name and the text of every code of the contract: one table.
// Threads: any; the table is constant.

#include <bitscb3/bits_codes.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>

namespace {

struct Row {
    HRESULT code;
    const char* name;
    const char* text;
};

#define ROW(name, text) {static_cast<HRESULT>(name), #name, text}
constexpr Row kRows[] = {
    ROW(BG_E_NOT_FOUND, "No job has this id."),
    ROW(BG_E_INVALID_STATE, "The job's present state does not allow this call."),
    ROW(BG_E_EMPTY, "The job has no file yet; add one first."),
    ROW(BG_E_FILE_NOT_AVAILABLE, "The error belongs to no single file."),
    ROW(BG_E_PROTOCOL_NOT_AVAILABLE, "The error belongs to no protocol."),
    ROW(BG_S_ERROR_CONTEXT_NONE, "No error has happened."),
    ROW(BG_E_ERROR_CONTEXT_UNKNOWN, "The error happened at an unknown place."),
    ROW(BG_E_ERROR_CONTEXT_GENERAL_QUEUE_MANAGER,
        "The error happened while the queue of jobs was managed."),
    ROW(BG_E_ERROR_CONTEXT_LOCAL_FILE, "The error happened while the local file was used."),
    ROW(BG_E_ERROR_CONTEXT_REMOTE_FILE, "The error happened while the remote file was used."),
    ROW(BG_E_ERROR_CONTEXT_GENERAL_TRANSPORT,
        "The error happened on the way between here and the server."),
    ROW(BG_E_ERROR_CONTEXT_QUEUE_MANAGER_NOTIFICATION,
        "The error happened while the client was notified."),
    ROW(BG_E_DESTINATION_LOCKED,
        "The volume of the destination is locked; the job goes on when it is free."),
    ROW(BG_E_VOLUME_CHANGED, "The volume of the destination was exchanged."),
    ROW(BG_E_ERROR_INFORMATION_UNAVAILABLE, "The job has no current error."),
    ROW(BG_E_NETWORK_DISCONNECTED, "There is no network; the job goes on when it is back."),
    ROW(BG_E_MISSING_FILE_SIZE, "The server does not tell the size of the file."),
    ROW(BG_E_INSUFFICIENT_HTTP_SUPPORT, "The server does not speak HTTP/1.1."),
    ROW(BG_E_INSUFFICIENT_RANGE_SUPPORT,
        "The server, or a proxy before it, does not serve byte ranges."),
    ROW(BG_E_REMOTE_NOT_SUPPORTED, "The service cannot be used from another machine."),
    ROW(BG_E_NEW_OWNER_DIFF_MAPPING, "The drives of the new owner are mapped differently."),
    ROW(BG_E_NEW_OWNER_NO_FILE_ACCESS, "The new owner has no access to the files of the job."),
    ROW(BG_S_PARTIAL_COMPLETE, "Only the files that were finished are kept."),
    ROW(BG_E_PROXY_LIST_TOO_LARGE, "The list of proxies is too long."),
    ROW(BG_E_PROXY_BYPASS_LIST_TOO_LARGE, "The list of hosts without proxy is too long."),
    ROW(BG_S_UNABLE_TO_DELETE_FILES, "Some temporary files could not be removed."),
    ROW(BG_E_INVALID_SERVER_RESPONSE, "The server's answer breaks the rules of HTTP."),
    ROW(BG_E_TOO_MANY_FILES, "An upload job takes one file only."),
    ROW(BG_E_LOCAL_FILE_CHANGED, "The local file changed while it was uploaded."),
    ROW(BG_E_ERROR_CONTEXT_REMOTE_APPLICATION,
        "The error happened in the application on the server."),
    ROW(BG_E_SESSION_NOT_FOUND, "The server has forgotten the upload; it begins again."),
    ROW(BG_E_TOO_LARGE, "The file is larger than the server or the call accepts."),
    ROW(BG_E_STRING_TOO_LONG, "A text is longer than allowed."),
    ROW(BG_E_CLIENT_SERVER_PROTOCOL_MISMATCH,
        "Client and server have no upload protocol in common."),
    ROW(BG_E_SERVER_EXECUTE_ENABLE,
        "The upload folder on the server runs programs, so uploads are refused."),
    ROW(BG_E_NO_PROGRESS, "The server's settings keep the job from advancing."),
    ROW(BG_E_USERNAME_TOO_LARGE, "The user name is longer than 300 characters."),
    ROW(BG_E_PASSWORD_TOO_LARGE, "The password is longer than 65,536 characters."),
    ROW(BG_E_INVALID_AUTH_TARGET, "The credentials are for neither server nor proxy."),
    ROW(BG_E_INVALID_AUTH_SCHEME, "The authentication scheme is unknown."),
    ROW(BG_E_FILE_NOT_FOUND, "No file of the job has this name."),
    ROW(BG_S_PROXY_CHANGED, "The proxy has changed."),
    ROW(BG_E_INVALID_RANGE, "A byte range lies outside the file or is malformed."),
    ROW(BG_E_OVERLAPPING_RANGES, "Byte ranges overlap or repeat."),
    ROW(BG_E_CONNECT_FAILURE, "No connection to the server could be made."),
    ROW(BG_E_CONNECTION_CLOSED, "The connection was closed too early."),
    ROW(BG_E_BLOCKED_BY_POLICY, "The bandwidth policy allows no transfer now."),
    ROW(BG_E_INVALID_PROXY_INFO, "The list of proxies or of hosts without proxy cannot be used."),
    ROW(BG_E_INVALID_CREDENTIALS, "The credentials are malformed."),
    ROW(BG_E_INVALID_HASH_ALGORITHM, "The hash algorithm is not supported."),
    ROW(BG_E_RECORD_DELETED, "The record of the peer cache is gone."),
    ROW(BG_E_COMMIT_IN_PROGRESS, "The record of the peer cache is being written."),
    ROW(BG_E_DISCOVERY_IN_PROGRESS, "Peers are being looked for already."),
    ROW(BG_E_UPNP_ERROR, "The gateway device answered with an error."),
    ROW(BG_E_TEST_OPTION_BLOCKED_DOWNLOAD, "A test option blocks the download."),
    ROW(BG_E_PEERCACHING_DISABLED, "Peer caching is switched off."),
    ROW(BG_E_BUSYCACHERECORD, "The record of the peer cache is in use."),
    ROW(BG_E_TOO_MANY_JOBS_PER_USER,
        "The user has as many jobs as allowed; complete or cancel some."),
    ROW(BG_E_TOO_MANY_JOBS_PER_MACHINE,
        "The machine has as many jobs as allowed; complete or cancel some."),
    ROW(BG_E_TOO_MANY_FILES_IN_JOB, "The job has as many files as allowed; use another job."),
    ROW(BG_E_TOO_MANY_RANGES_IN_FILE, "The file has as many ranges as allowed."),
    ROW(BG_E_VALIDATION_FAILED, "The application found the content invalid."),
    ROW(BG_E_MAXDOWNLOAD_TIMEOUT, "The maximum download time of the job is spent."),
    ROW(BG_S_OVERRIDDEN_BY_POLICY, "The value is saved, but a policy overrides it."),
    ROW(BG_E_TOKEN_REQUIRED, "The job needs a helper token."),
    ROW(BG_E_UNKNOWN_PROPERTY_ID, "There is no property with this number."),
    ROW(BG_E_READ_ONLY_PROPERTY, "The property cannot be set."),
    ROW(BG_E_BLOCKED_BY_COST_TRANSFER_POLICY,
        "The job does not transfer on a network of this cost."),
    ROW(BG_E_PROPERTY_SUPPORTED_FOR_DOWNLOAD_JOBS_ONLY, "Only download jobs have this property."),
    ROW(BG_E_READ_ONLY_PROPERTY_AFTER_ADDFILE,
        "The property can be set only before the first file is added."),
    ROW(BG_E_READ_ONLY_PROPERTY_AFTER_RESUME,
        "The property can be set only before the job is first resumed."),
    ROW(BG_E_MAX_DOWNLOAD_SIZE_INVALID_VALUE, "The maximum download size must be at least 1 byte."),
    ROW(BG_E_MAX_DOWNLOAD_SIZE_LIMIT_REACHED, "The job has reached its maximum download size."),
    ROW(BG_E_STANDBY_MODE, "The job is paused to save power."),
    ROW(BG_E_USE_STORED_CREDENTIALS_NOT_SUPPORTED,
        "Stored credentials can be used for a proxy only."),
    ROW(BG_E_BLOCKED_BY_BATTERY_POLICY, "The job is paused while the machine runs on battery."),
    ROW(BG_E_BLOCKED_BY_BATTERY_SAVER, "The job is paused by the battery saver."),
    ROW(BG_E_WATCHDOG_TIMEOUT, "The service took too long over an operation of its own."),
    ROW(BG_E_APP_PACKAGE_NOT_FOUND, "The package of the calling app is unknown."),
    ROW(BG_E_APP_PACKAGE_SCENARIO_NOT_SUPPORTED, "Packaged apps cannot use this here."),
    ROW(BG_E_DATABASE_CORRUPT, "The stored jobs are damaged and cannot be read."),
    ROW(BG_E_RANDOM_ACCESS_NOT_SUPPORTED,
        "Ranges cannot be asked for: it takes an HTTP download, and a server with byte ranges."),
    ROW(BG_E_BLOCKED_BY_BACKGROUND_ACCESS_POLICY,
        "The owner of the job may not run in the background."),
    ROW(BG_E_BLOCKED_BY_GAME_MODE, "The job is paused by Game Mode."),
    ROW(BG_E_BLOCKED_BY_SYSTEM_POLICY, "The job is paused because resources are short."),
    ROW(BG_E_NOT_SUPPORTED_WITH_CUSTOM_HTTP_METHOD, "This does not go with a custom HTTP method."),
    ROW(BG_E_UNSUPPORTED_JOB_CONFIGURATION, "These settings do not go together."),
    ROW(BG_E_REMOTE_FILE_CHANGED, "The file on the server changed; resume the job to begin again."),
    ROW(BG_E_SERVER_CERT_VALIDATION_INTERFACE_REQUIRED,
        "The job needs its certificate callback, which is gone."),
    ROW(BG_E_READ_ONLY_WHEN_JOB_ACTIVE,
        "This can be set only while the job is suspended, transferred or in error."),
    ROW(BG_E_ERROR_CONTEXT_SERVER_CERTIFICATE_CALLBACK,
        "The error happened in the certificate callback."),
    ROW(BG_E_HTTP_ERROR_100, "The server says: go on."),
    ROW(BG_E_HTTP_ERROR_101, "The server switches protocols."),
    ROW(BG_E_HTTP_ERROR_200, "The server says: all right."),
    ROW(BG_E_HTTP_ERROR_201, "The server made something new."),
    ROW(BG_E_HTTP_ERROR_202, "The server accepted the request for later."),
    ROW(BG_E_HTTP_ERROR_203, "The server passes on what another one said."),
    ROW(BG_E_HTTP_ERROR_204, "The server sends no content."),
    ROW(BG_E_HTTP_ERROR_205, "The server asks to reset the view."),
    ROW(BG_E_HTTP_ERROR_206, "The server sends a part of the file."),
    ROW(BG_E_HTTP_ERROR_300, "The server offers several choices."),
    ROW(BG_E_HTTP_ERROR_301, "The file has moved for good."),
    ROW(BG_E_HTTP_ERROR_302, "The file has moved for now."),
    ROW(BG_E_HTTP_ERROR_303, "The answer is at another address."),
    ROW(BG_E_HTTP_ERROR_304, "The file has not changed."),
    ROW(BG_E_HTTP_ERROR_305, "The file is available through a proxy only."),
    ROW(BG_E_HTTP_ERROR_307, "The file has moved for now; the method stays."),
    ROW(BG_E_HTTP_ERROR_400, "The server does not understand the request."),
    ROW(BG_E_HTTP_ERROR_401,
        "The server asks for credentials; give a user name and password it accepts."),
    ROW(BG_E_HTTP_ERROR_402, "The server asks for payment."),
    ROW(BG_E_HTTP_ERROR_403, "The server refuses access to the file."),
    ROW(BG_E_HTTP_ERROR_404, "The file does not exist on the server; check the URL."),
    ROW(BG_E_HTTP_ERROR_405, "The server does not allow this method."),
    ROW(BG_E_HTTP_ERROR_406, "The server has no form of the file that is acceptable."),
    ROW(BG_E_HTTP_ERROR_407, "The proxy asks for credentials."),
    ROW(BG_E_HTTP_ERROR_408, "The server waited too long for the request."),
    ROW(BG_E_HTTP_ERROR_409, "The request conflicts with the state of the file."),
    ROW(BG_E_HTTP_ERROR_410, "The file is gone for good."),
    ROW(BG_E_HTTP_ERROR_411, "The server wants a content length."),
    ROW(BG_E_HTTP_ERROR_412, "The file is another version than the one begun with."),
    ROW(BG_E_HTTP_ERROR_413, "The request is too large for the server."),
    ROW(BG_E_HTTP_ERROR_414, "The URL is too long for the server."),
    ROW(BG_E_HTTP_ERROR_415, "The server does not support this type of content."),
    ROW(BG_E_HTTP_ERROR_416, "The server cannot satisfy the byte range."),
    ROW(BG_E_HTTP_ERROR_417, "The server cannot meet an expectation of the request."),
    ROW(BG_E_HTTP_ERROR_449, "The server asks to try again with more information."),
    ROW(BG_E_HTTP_ERROR_500, "The server failed."),
    ROW(BG_E_HTTP_ERROR_501, "The server does not support the method."),
    ROW(BG_E_HTTP_ERROR_502, "The server behind the gateway gave a bad answer."),
    ROW(BG_E_HTTP_ERROR_503, "The service is unavailable for now."),
    ROW(BG_E_HTTP_ERROR_504, "The server behind the gateway did not answer in time."),
    ROW(BG_E_HTTP_ERROR_505, "The server does not support this version of HTTP."),
    {BITSCB3_HTTP_ERROR(429), "BG_E_HTTP_ERROR_429", "The server gets too many requests; pause."},
    ROW(BITS_MC_JOB_CANCELLED, "A job was cancelled."),
    ROW(BITS_MC_FILE_DELETION_FAILED, "A temporary file could not be removed."),
    ROW(BITS_MC_FILE_DELETION_FAILED_MORE,
        "Temporary files could not be removed, more than are listed."),
    ROW(BITS_MC_JOB_PROPERTY_CHANGE, "A property of a job was changed."),
    ROW(BITS_MC_JOB_TAKE_OWNERSHIP, "A job has another owner."),
    ROW(BITS_MC_JOB_SCAVENGED, "A job was cancelled because nothing happened to it for too long."),
    ROW(BITS_MC_JOB_NOTIFICATION_FAILURE,
        "A client could not be notified; it is tried again later."),
    ROW(BITS_MC_STATE_FILE_CORRUPT, "The stored jobs were damaged and are gone."),
    ROW(BITS_MC_FAILED_TO_START, "The service could not start."),
    ROW(BITS_MC_FATAL_IGD_ERROR, "The gateway device failed."),
    ROW(BITS_MC_PEERCACHING_PORT, "The port for peer caching could not be opened."),
    ROW(BITS_MC_WSD_PORT, "The port for peer discovery could not be opened."),
    ROW(BITSCB3_WINHTTP_ERROR_TIMEOUT, "The server did not answer in time."),
    ROW(BITSCB3_WINHTTP_ERROR_NAME_NOT_RESOLVED,
        "The name of the server cannot be resolved; check the host name and the network."),
    ROW(BITSCB3_WINHTTP_ERROR_LOGIN_FAILURE, "The server refused the credentials."),
    ROW(BITSCB3_WINHTTP_ERROR_CANNOT_CONNECT,
        "No connection to the server could be made; check that it runs and can be reached."),
    ROW(BITSCB3_WINHTTP_ERROR_CONNECTION_ERROR, "The connection to the server was lost."),
    ROW(BITSCB3_WINHTTP_ERROR_CLIENT_AUTH_CERT_NEEDED, "The server asks for a client certificate."),
    ROW(BITSCB3_WINHTTP_ERROR_SECURE_CERT_DATE_INVALID, "The server's certificate is out of date."),
    ROW(BITSCB3_WINHTTP_ERROR_SECURE_CERT_CN_INVALID,
        "The server's certificate is for another name."),
    ROW(BITSCB3_WINHTTP_ERROR_SECURE_INVALID_CA,
        "The server's certificate comes from an authority that is not trusted."),
    ROW(BITSCB3_WINHTTP_ERROR_SECURE_CERT_REV_FAILED,
        "It cannot be found out whether the server's certificate was revoked."),
    ROW(BITSCB3_WINHTTP_ERROR_INVALID_SERVER_RESPONSE, "The server's answer is not HTTP."),
    ROW(BITSCB3_WINHTTP_ERROR_REDIRECT_FAILED,
        "The server redirects too often or to where one must not follow."),
    ROW(BITSCB3_WINHTTP_ERROR_SECURE_CHANNEL_ERROR,
        "No secure connection could be agreed on with the server."),
    ROW(BITSCB3_WINHTTP_ERROR_SECURE_CERT_REVOKED, "The server's certificate was revoked."),
    ROW(BITSCB3_WINHTTP_ERROR_SECURE_FAILURE, "The server's certificate cannot be verified."),
    ROW(BITSCB3_WINHTTP_ERROR_CLIENT_CERT_NO_PRIVATE_KEY, "The client certificate cannot be used."),
    ROW(BITSCB3_WIN32_ERROR_FILE_NOT_FOUND, "The file does not exist."),
    ROW(BITSCB3_WIN32_ERROR_PATH_NOT_FOUND, "The folder does not exist."),
    ROW(BITSCB3_WIN32_ERROR_TOO_MANY_OPEN_FILES, "Too many files are open."),
    ROW(BITSCB3_WIN32_ERROR_NOT_SAME_DEVICE, "The file cannot be moved to another volume."),
    ROW(BITSCB3_WIN32_ERROR_WRITE_PROTECT, "The volume is read-only."),
    ROW(BITSCB3_WIN32_ERROR_SHARING_VIOLATION,
        "Another process uses the file or runs the job; let it finish."),
    ROW(BITSCB3_WIN32_ERROR_FILE_EXISTS, "The file exists already."),
    ROW(BITSCB3_WIN32_ERROR_DISK_FULL, "There is not enough room on the disk."),
    ROW(BITSCB3_WIN32_ERROR_FILENAME_EXCED_RANGE, "The file name is too long."),
    ROW(BITSCB3_WIN32_ERROR_FILE_TOO_LARGE, "The file is larger than the file system allows."),
    ROW(BITSCB3_WIN32_ERROR_IO_DEVICE, "The device could not do the read or write."),
    ROW(BITSCB3_WIN32_ERROR_CANT_RESOLVE_FILENAME,
        "The name leads through too many symbolic links."),
    ROW(BITSCB3_WIN32_ERROR_RESOURCE_LANG_NOT_FOUND, "There is no text in this language."),
    ROW(BITSCB3_WIN32_ERROR_SERVICE_DISABLED, "The service BITS of this computer is disabled."),
    ROW(BITSCB3_WIN32_ERROR_SERVICE_DOES_NOT_EXIST, "This computer has no service BITS."),
    ROW(BITSCB3_WIN32_ERROR_SERVICE_DEPENDENCY_FAIL, "A service that BITS needs does not start."),
    ROW(BITSCB3_WIN32_ERROR_SHUTDOWN_IN_PROGRESS, "The system is shutting down."),
    ROW(BITSCB3_WIN32_ERROR_NOT_LOGGED_ON,
        "BITS runs jobs of users who are logged on, and a service or a remote shell is not."),
    ROW(BITSCB3_WIN32_RPC_S_SERVER_UNAVAILABLE, "The service BITS does not run any more."),
    ROW(BITSCB3_WIN32_RPC_S_CALL_FAILED, "The service BITS ended in the middle of a call."),
    ROW(BITSCB3_WIN32_RPC_S_CALL_FAILED_DNE, "The service BITS ended before the call."),
    ROW(RPC_E_SERVER_DIED, "The service BITS ended in the middle of a call."),
    ROW(RPC_E_SERVER_DIED_DNE, "The service BITS ended before the call."),
    ROW(RPC_E_DISCONNECTED, "The service BITS ended, and what it gave out ended with it."),
    ROW(CO_E_SERVER_EXEC_FAILURE, "The service BITS did not start in time."),
    ROW(BITSCB3_WIN32_RPC_X_NULL_REF_POINTER, "A place for the result is missing."),
    ROW(BITSCB3_WIN32_RPC_X_BAD_STUB_DATA, "There is nothing of this kind."),
    ROW(CRYPT_E_NOT_FOUND, "The certificate was not found."),
    ROW(S_OK, "Done."),
    ROW(S_FALSE, "Done, but there was nothing to do or nothing left."),
    ROW(E_NOTIMPL, "This is not implemented for such a job or value."),
    ROW(E_NOINTERFACE, "The object does not have this interface."),
    ROW(E_POINTER, "A place for the result is missing."),
    ROW(E_ABORT, "The operation was given up."),
    ROW(E_FAIL, "It failed, for a reason without a code of its own."),
    ROW(E_UNEXPECTED, "Something happened that must not happen."),
    ROW(E_PENDING, "The file is not finished yet."),
    ROW(E_ACCESSDENIED, "Access is denied."),
    ROW(E_OUTOFMEMORY, "There is not enough memory."),
    ROW(E_INVALIDARG, "An argument is invalid."),
    ROW(REGDB_E_CLASSNOTREG, "This version of BITS is not installed."),
    ROW(CO_E_OBJNOTCONNECTED, "The manager is closed."),
    ROW(CO_E_NOT_SUPPORTED, "This is not supported."),
};
#undef ROW

const Row* find(HRESULT code) noexcept {
    const auto row = std::find_if(std::begin(kRows), std::end(kRows),
                                  [code](const Row& r) { return r.code == code; });
    return row == std::end(kRows) ? nullptr : row;
}

// Statuses a server may send although the SDK has no constant for them: 100 to 599.
constexpr unsigned kFirstStatus = 100;
constexpr unsigned kStatuses = 500;
constexpr std::string_view kStatusPrefix = "BG_E_HTTP_ERROR_";
using StatusName = std::array<char, kStatusPrefix.size() + sizeof "599">;

constexpr std::array<StatusName, kStatuses> make_status_names() {
    std::array<StatusName, kStatuses> names = {};
    for (unsigned i = 0; i < kStatuses; ++i) {
        char* out = std::copy(kStatusPrefix.begin(), kStatusPrefix.end(), names[i].data());
        const unsigned status = kFirstStatus + i;
        for (const unsigned digit : {status / 100, status / 10 % 10, status % 10}) {
            *out++ = static_cast<char>('0' + digit);
        }
    }
    return names;
}
constexpr std::array<StatusName, kStatuses> kStatusNames = make_status_names();

constexpr const char* kStatusTexts[] = {
    "The server sent an interim answer and no file.",
    "The server took the request but sent no file.",
    "The server points elsewhere, in a way that is not followed.",
    "The server refused the request; check the URL and the credentials.",
    "The server failed; try again later.",
};

/// The place of a status in the tables above, from 0; kStatuses when `code` is no HTTP status.
unsigned status_index(HRESULT code) noexcept {
    const unsigned index = static_cast<unsigned>(code) - 0x80190000u - kFirstStatus;
    return std::min(index, kStatuses);
}

} // namespace

extern "C" const char* bitscb3_code_name(HRESULT code) {
    const Row* row = find(code);
    if (row == nullptr) {
        const unsigned index = status_index(code);
        return index < kStatuses ? kStatusNames[index].data() : nullptr;
    }
    // Names of our own for codes the SDK has no HRESULT name for: the part it does have.
    for (const std::string_view prefix : {"BITSCB3_WINHTTP_", "BITSCB3_WIN32_"}) {
        if (std::string_view(row->name).starts_with(prefix)) return row->name + prefix.size();
    }
    return row->name;
}

extern "C" const char* bitscb3_code_text(HRESULT code) {
    if (const Row* row = find(code)) return row->text;
    const unsigned index = status_index(code);
    return index < kStatuses ? kStatusTexts[index / 100] : nullptr;
}
