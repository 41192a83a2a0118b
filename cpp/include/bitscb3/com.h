/* SPDX-License-Identifier: MIT */
/* com.h - the ground the contract stands on: COM's types, IUnknown, the task allocator.
 * On Windows the system's headers have all of it; elsewhere the same things, the same size.
 * Source: the COM binary standard; sizes as in the Windows SDK. */

#ifndef BITSCB3_COM_H
#define BITSCB3_COM_H

/* The C functions of this project can be found in the shared library they are linked into. */
#if defined(__GNUC__) && !defined(_WIN32)
#define BITSCB3_API __attribute__((visibility("default")))
#else
#define BITSCB3_API
#endif

#if defined(_WIN32)

#ifndef NOMINMAX
#define NOMINMAX
#endif
#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
/* windows.h comes first. */
/* clang-format off */
#include <windows.h>
#include <objbase.h>
#include <unknwn.h>
/* clang-format on */

#else

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#elif defined(__APPLE__) /* has no uchar.h */
typedef uint_least16_t char16_t;
#else
#include <uchar.h>
#endif

typedef int32_t HRESULT;
typedef int32_t LONG;
typedef int32_t BOOL;
typedef uint32_t DWORD;
typedef uint32_t ULONG;
typedef uint64_t UINT64;
typedef uint8_t BYTE;
typedef uint8_t byte;
typedef char16_t WCHAR; /* a UTF-16 code unit */
typedef WCHAR* LPWSTR;
typedef const WCHAR* LPCWSTR;

typedef struct GUID {
    uint32_t Data1;
    uint16_t Data2;
    uint16_t Data3;
    uint8_t Data4[8];
} GUID;
typedef GUID IID;
typedef GUID CLSID;

typedef struct FILETIME { /* 100 ns ticks since 1601-01-01 UTC */
    DWORD dwLowDateTime;
    DWORD dwHighDateTime;
} FILETIME;

#ifdef __cplusplus
typedef const GUID& REFGUID;
typedef const IID& REFIID;
typedef const CLSID& REFCLSID;
#else
typedef const GUID* REFGUID;
typedef const IID* REFIID;
typedef const CLSID* REFCLSID;
#endif

#define STDMETHODCALLTYPE
#define STDMETHODIMP HRESULT STDMETHODCALLTYPE
#define STDMETHODIMP_(type) type STDMETHODCALLTYPE
#define TRUE 1
#define FALSE 0

#define S_OK ((HRESULT)0)
#define S_FALSE ((HRESULT)1)
#define E_NOTIMPL ((HRESULT)0x80004001)
#define E_NOINTERFACE ((HRESULT)0x80004002)
#define E_POINTER ((HRESULT)0x80004003)
#define E_ABORT ((HRESULT)0x80004004)
#define E_FAIL ((HRESULT)0x80004005)
#define E_PENDING ((HRESULT)0x8000000A)
#define E_UNEXPECTED ((HRESULT)0x8000FFFF)
#define E_ACCESSDENIED ((HRESULT)0x80070005)
#define E_OUTOFMEMORY ((HRESULT)0x8007000E)
#define E_INVALIDARG ((HRESULT)0x80070057)
#define REGDB_E_CLASSNOTREG ((HRESULT)0x80040154)
#define CO_E_OBJNOTCONNECTED ((HRESULT)0x800401FD)
#define CO_E_NOT_SUPPORTED ((HRESULT)0x80004021)

#define SUCCEEDED(hr) ((HRESULT)(hr) >= 0)
#define FAILED(hr) ((HRESULT)(hr) < 0)
#define HRESULT_FROM_WIN32(number)                                                                 \
    ((HRESULT)((number) == 0 ? 0u : (((uint32_t)(number) & 0xFFFFu) | 0x80070000u)))

/* Memory that one side of the contract allocates and the other one frees. */
BITSCB3_API void* CoTaskMemAlloc(size_t bytes);
BITSCB3_API void CoTaskMemFree(void* block);

#ifdef __cplusplus
} /* extern "C" */

struct IUnknown {
    virtual HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** out) = 0;
    virtual ULONG STDMETHODCALLTYPE AddRef() = 0;
    virtual ULONG STDMETHODCALLTYPE Release() = 0;
};

extern "C" const IID IID_IUnknown;

inline bool IsEqualGUID(REFGUID a, REFGUID b) {
    return memcmp(&a, &b, sizeof(GUID)) == 0;
}
inline bool operator==(REFGUID a, REFGUID b) {
    return IsEqualGUID(a, b);
}
inline bool operator!=(REFGUID a, REFGUID b) {
    return !IsEqualGUID(a, b);
}
#else
typedef struct IUnknown IUnknown;
typedef struct IUnknownVtbl {
    HRESULT(STDMETHODCALLTYPE* QueryInterface)(IUnknown* This, REFIID iid, void** out);
    ULONG(STDMETHODCALLTYPE* AddRef)(IUnknown* This);
    ULONG(STDMETHODCALLTYPE* Release)(IUnknown* This);
} IUnknownVtbl;
struct IUnknown {
    const IUnknownVtbl* lpVtbl;
};

extern const IID IID_IUnknown;

#define IsEqualGUID(a, b) (memcmp((a), (b), sizeof(GUID)) == 0)
#define IUnknown_QueryInterface(This, iid, out) BITSCB3_CALL(This, QueryInterface, iid, out)
#define IUnknown_AddRef(This) BITSCB3_CALL0(This, AddRef)
#define IUnknown_Release(This) BITSCB3_CALL0(This, Release)
#endif
#define IsEqualIID(a, b) IsEqualGUID(a, b)
#define IsEqualCLSID(a, b) IsEqualGUID(a, b)

#endif /* _WIN32 */

#ifndef __cplusplus
#include <assert.h> /* static_assert */
#endif

/* An interface is a list of methods, written once for C and C++:
 *
 *     #define IThing_OWN(SLOT) SLOT(Method, (THIS_ int argument)) SLOT(Other, (THIS))
 *
 * In C++ it becomes an abstract struct, in C a struct of function pointers behind lpVtbl. */
#ifdef __cplusplus
#ifndef THIS_
#define THIS_
#define THIS void
#endif
#define BITSCB3_VIRTUAL(Method, arguments) virtual HRESULT STDMETHODCALLTYPE Method arguments = 0;
#define BITSCB3_INTERFACE(Interface, Parent)                                                       \
    extern "C++" {                                                                                 \
    struct Interface : public Parent {                                                             \
        Interface##_OWN(BITSCB3_VIRTUAL)                                                           \
    };                                                                                             \
    }                                                                                              \
    static_assert(sizeof(Interface) == sizeof(void*), "an interface is its table")
#else
#ifndef THIS_
#define THIS_ INTERFACE *This,
#define THIS INTERFACE* This
#endif
#define BITSCB3_SLOT(Method, arguments) HRESULT(STDMETHODCALLTYPE* Method) arguments;
#define BITSCB3_INTERFACE(Interface, Parent)                                                       \
    typedef struct Interface##Vtbl {                                                               \
        HRESULT(STDMETHODCALLTYPE* QueryInterface)(Interface * This, REFIID iid, void** out);      \
        ULONG(STDMETHODCALLTYPE* AddRef)(Interface * This);                                        \
        ULONG(STDMETHODCALLTYPE* Release)(Interface * This);                                       \
        Interface##_SLOTS(BITSCB3_SLOT)                                                            \
    } Interface##Vtbl;                                                                             \
    struct Interface {                                                                             \
        const Interface##Vtbl* lpVtbl;                                                             \
    }
#define BITSCB3_CALL(This, Method, ...) ((This)->lpVtbl->Method((This), __VA_ARGS__))
#define BITSCB3_CALL0(This, Method) ((This)->lpVtbl->Method(This))
#endif

#endif
