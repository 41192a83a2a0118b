// SPDX-License-Identifier: MIT
// com.cpp - the task allocator where the system has none.
// Threads: any.

#include <bitscb3/com.h>

#if !defined(_WIN32)

#include <cstdlib>

extern "C" void* CoTaskMemAlloc(size_t bytes) {
    return std::malloc(bytes);
}

extern "C" void CoTaskMemFree(void* block) {
    std::free(block);
}

#endif
