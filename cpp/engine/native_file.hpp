// SPDX-License-Identifier: MIT
// native_file.hpp - what the system knows an open file by. Threads: as plain values and unique_ptr.

#pragma once

#include <bitscb3/com.h>

#include <memory>

namespace bitscb3 {

#if defined(_WIN32)

using NativeFile = HANDLE;

struct HandleCloser {
    using pointer = HANDLE;
    void operator()(HANDLE handle) const noexcept {
        if (handle != INVALID_HANDLE_VALUE) CloseHandle(handle);
    }
};
/// Closes it at the end of its life.
using Handle = std::unique_ptr<HANDLE, HandleCloser>;

/// Whether CreateFile gave it.
[[nodiscard]] inline bool is_open(const Handle& handle) noexcept {
    return handle && handle.get() != INVALID_HANDLE_VALUE;
}

/// Others may read, write, rename and remove the file meanwhile, as on every other system.
inline constexpr DWORD kShareAll = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;

#else

using NativeFile = int; // a descriptor

#endif

} // namespace bitscb3
