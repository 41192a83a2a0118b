// SPDX-License-Identifier: MIT
// system_bits.cpp - see system_bits.hpp.
// Source: Microsoft, "Connecting to the BITS Service", "Impersonation Levels (COM)".

#include "windows/system_bits.hpp"

#include "client/gate.hpp"

#include <cstddef>
#include <memory>
#include <type_traits>
#include <vector>
#include <windows.h>

namespace bitscb3 {

namespace {

struct ManagerClass {
    const CLSID& id;
    const char* version;
};

const ManagerClass kClasses[] = {
    {CLSID_BackgroundCopyManager10_3, "10.3"}, {CLSID_BackgroundCopyManager10_2, "10.2"},
    {CLSID_BackgroundCopyManager10_1, "10.1"}, {CLSID_BackgroundCopyManager5_0, "5.0"},
    {CLSID_BackgroundCopyManager4_0, "4.0"},   {CLSID_BackgroundCopyManager3_0, "3.0"},
    {CLSID_BackgroundCopyManager2_5, "2.5"},   {CLSID_BackgroundCopyManager2_0, "2.0"},
    {CLSID_BackgroundCopyManager1_5, "1.5"},   {CLSID_BackgroundCopyManager, "1.0"},
};

constexpr Quirks kWine = {FileOrder::kNewestFirst, true, true, true, true};

bool is_wine() noexcept {
    const HMODULE library = GetModuleHandleW(L"ntdll.dll"); // of every process
    return library != nullptr && GetProcAddress(library, "wine_get_version") != nullptr;
}

HRESULT open(const ManagerClass& one, ComPtr<IBackgroundCopyManager>& out) {
    const HRESULT made = CoCreateInstance(one.id, nullptr, CLSCTX_LOCAL_SERVER,
                                          iid_of<IBackgroundCopyManager>, out.put_void());
    if (FAILED(made)) return made;
    // BITS acts for the caller, who has to let it; the rest stays as the process has it.
    const HRESULT set = CoSetProxyBlanket(out.get(), RPC_C_AUTHN_DEFAULT, RPC_C_AUTHZ_DEFAULT,
                                          COLE_DEFAULT_PRINCIPAL, RPC_C_AUTHN_LEVEL_DEFAULT,
                                          RPC_C_IMP_LEVEL_IMPERSONATE, nullptr, EOAC_DEFAULT);
    const HRESULT result = set == E_NOTIMPL ? S_OK : set; // Wine has one level only
    if (FAILED(result)) out.reset();
    return result;
}

struct ServiceHandleCloser {
    void operator()(SC_HANDLE handle) const noexcept { CloseServiceHandle(handle); }
};
using ServiceHandle = std::unique_ptr<std::remove_pointer_t<SC_HANDLE>, ServiceHandleCloser>;

/// The cause of `failure` if the service manager knows one: COM may tell a mere consequence.
HRESULT cause_of(HRESULT failure) {
    const ServiceHandle manager(OpenSCManagerW(nullptr, nullptr, SC_MANAGER_CONNECT));
    if (!manager) return failure;
    const ServiceHandle service(OpenServiceW(manager.get(), L"BITS", SERVICE_QUERY_CONFIG));
    if (!service) {
        const bool missing = GetLastError() == ERROR_SERVICE_DOES_NOT_EXIST;
        return missing ? BITSCB3_WIN32_ERROR_SERVICE_DOES_NOT_EXIST : failure;
    }
    DWORD size = 0;
    QueryServiceConfigW(service.get(), nullptr, 0, &size);
    std::vector<std::byte> buffer(size); // from operator new, aligned for any structure
    auto* config = reinterpret_cast<QUERY_SERVICE_CONFIGW*>(buffer.data());
    const bool known = QueryServiceConfigW(service.get(), config, size, &size) != 0;
    const bool disabled = known && config->dwStartType == SERVICE_DISABLED;
    return disabled ? BITSCB3_WIN32_ERROR_SERVICE_DISABLED : failure;
}

} // namespace

HRESULT open_system_bits(SystemBits& out) {
    for (const ManagerClass& one : kClasses) {
        const HRESULT opened = call([&] { return open(one, out.manager); });
        if (SUCCEEDED(opened)) {
            const bool wine = is_wine();
            out.name = wine ? "Wine's BITS" : std::string("BITS ") + one.version;
            if (wine) out.quirks = kWine;
            return S_OK;
        }
        // Registered: an older class is the same service.
        if (opened != REGDB_E_CLASSNOTREG) return cause_of(opened);
    }
    return cause_of(REGDB_E_CLASSNOTREG);
}

} // namespace bitscb3
