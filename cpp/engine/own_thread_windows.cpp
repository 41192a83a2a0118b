// SPDX-License-Identifier: MIT
// own_thread_windows.cpp - gives a thread its name. Windows before 10 1607 has no names.
// Source: SetThreadDescription.

#include "base/utf16.hpp"
#include "engine/own_thread.hpp"

namespace bitscb3 {

void name_this_thread(const char* name) noexcept {
    using SetDescription = HRESULT(WINAPI*)(HANDLE, PCWSTR);
    const HMODULE kernel = GetModuleHandleW(L"kernel32.dll");
    const FARPROC found =
        kernel != nullptr ? GetProcAddress(kernel, "SetThreadDescription") : nullptr;
    if (found == nullptr) return;
    const auto describe = reinterpret_cast<SetDescription>(reinterpret_cast<void*>(found));
    describe(GetCurrentThread(), to_utf16(name).c_str());
}

} // namespace bitscb3
