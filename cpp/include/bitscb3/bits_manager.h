/* SPDX-License-Identifier: MIT */
/* bits_manager.h - IBackgroundCopyManager, the enumerator of jobs and IBackgroundCopyError.
 * Slots are absolute: 0 QueryInterface, 1 AddRef, 2 Release. Every method returns HRESULT. */

#ifndef BITSCB3_BITS_MANAGER_H
#define BITSCB3_BITS_MANAGER_H

#include <bitscb3/bits_types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* clang-format off */

/* IBackgroundCopyManager : IUnknown - BITS 1.0, Windows XP
 * 5ce34c0d-0dc9-4c1f-897c-daa1b78cee7c */
#define IBackgroundCopyManager_OWN(SLOT)                                                           \
    /*  3 */ SLOT(CreateJob, (THIS_ LPCWSTR DisplayName, BG_JOB_TYPE Type, GUID* pJobId,           \
                      IBackgroundCopyJob** ppJob))                                                 \
    /*  4 */ SLOT(GetJob, (THIS_ REFGUID jobID, IBackgroundCopyJob** ppJob))                       \
    /*  5 */ SLOT(EnumJobs, (THIS_ DWORD dwFlags, IEnumBackgroundCopyJobs** ppEnum))               \
    /*  6 */ SLOT(GetErrorDescription, (THIS_ HRESULT hResult, DWORD LanguageId,                   \
                      LPWSTR* pErrorDescription))
#define IBackgroundCopyManager_SLOTS(SLOT) IBackgroundCopyManager_OWN(SLOT)
#undef INTERFACE
#define INTERFACE IBackgroundCopyManager
BITSCB3_INTERFACE(IBackgroundCopyManager, IUnknown);
extern const IID IID_IBackgroundCopyManager;

/* IEnumBackgroundCopyJobs : IUnknown - BITS 1.0, Windows XP
 * 1af4f612-3b71-466f-8f58-7b6f73ac57ad */
#define IEnumBackgroundCopyJobs_OWN(SLOT)                                                          \
    /*  3 */ SLOT(Next, (THIS_ ULONG celt, IBackgroundCopyJob** rgelt, ULONG* pceltFetched))       \
    /*  4 */ SLOT(Skip, (THIS_ ULONG celt))                                                        \
    /*  5 */ SLOT(Reset, (THIS))                                                                   \
    /*  6 */ SLOT(Clone, (THIS_ IEnumBackgroundCopyJobs** ppenum))                                 \
    /*  7 */ SLOT(GetCount, (THIS_ ULONG* puCount))
#define IEnumBackgroundCopyJobs_SLOTS(SLOT) IEnumBackgroundCopyJobs_OWN(SLOT)
#undef INTERFACE
#define INTERFACE IEnumBackgroundCopyJobs
BITSCB3_INTERFACE(IEnumBackgroundCopyJobs, IUnknown);
extern const IID IID_IEnumBackgroundCopyJobs;

/* IBackgroundCopyError : IUnknown - BITS 1.0, Windows XP
 * 19c613a0-fcb8-4f28-81ae-897c3d078f81 */
#define IBackgroundCopyError_OWN(SLOT)                                                             \
    /*  3 */ SLOT(GetError, (THIS_ BG_ERROR_CONTEXT* pContext, HRESULT* pCode))                    \
    /*  4 */ SLOT(GetFile, (THIS_ IBackgroundCopyFile** pVal))                                     \
    /*  5 */ SLOT(GetErrorDescription, (THIS_ DWORD LanguageId, LPWSTR* pErrorDescription))        \
    /*  6 */ SLOT(GetErrorContextDescription, (THIS_ DWORD LanguageId,                             \
                      LPWSTR* pContextDescription))                                                \
    /*  7 */ SLOT(GetProtocol, (THIS_ LPWSTR* pProtocol))
#define IBackgroundCopyError_SLOTS(SLOT) IBackgroundCopyError_OWN(SLOT)
#undef INTERFACE
#define INTERFACE IBackgroundCopyError
BITSCB3_INTERFACE(IBackgroundCopyError, IUnknown);
extern const IID IID_IBackgroundCopyError;

/* The classes of the versions of BITS; each makes an IBackgroundCopyManager. */
extern const CLSID CLSID_BackgroundCopyManager;      /* 1.0, Windows XP */
extern const CLSID CLSID_BackgroundCopyManager1_5;   /* 1.5 */
extern const CLSID CLSID_BackgroundCopyManager2_0;   /* 2.0 */
extern const CLSID CLSID_BackgroundCopyManager2_5;   /* 2.5, Windows Vista */
extern const CLSID CLSID_BackgroundCopyManager3_0;   /* 3.0, Windows Vista */
extern const CLSID CLSID_BackgroundCopyManager4_0;   /* 4.0, Windows 7 */
extern const CLSID CLSID_BackgroundCopyManager5_0;   /* 5.0, Windows 8 */
extern const CLSID CLSID_BackgroundCopyManager10_1;  /* 10.1, Windows 10 1703 */
extern const CLSID CLSID_BackgroundCopyManager10_2;  /* 10.2, Windows 10 1809 */
extern const CLSID CLSID_BackgroundCopyManager10_3;  /* 10.3, Windows 10 1903 */

#undef INTERFACE
/* clang-format on */

#ifdef __cplusplus
} /* extern "C" */
#else

/* Calls from C, as COBJMACROS has them. */

#define IBackgroundCopyManager_QueryInterface(This, iid, out)                                      \
    BITSCB3_CALL(This, QueryInterface, iid, out)
#define IBackgroundCopyManager_AddRef(This) BITSCB3_CALL0(This, AddRef)
#define IBackgroundCopyManager_Release(This) BITSCB3_CALL0(This, Release)
#define IBackgroundCopyManager_CreateJob(This, ...) BITSCB3_CALL(This, CreateJob, __VA_ARGS__)
#define IBackgroundCopyManager_GetJob(This, ...) BITSCB3_CALL(This, GetJob, __VA_ARGS__)
#define IBackgroundCopyManager_EnumJobs(This, ...) BITSCB3_CALL(This, EnumJobs, __VA_ARGS__)
#define IBackgroundCopyManager_GetErrorDescription(This, ...)                                      \
    BITSCB3_CALL(This, GetErrorDescription, __VA_ARGS__)

#define IEnumBackgroundCopyJobs_QueryInterface(This, iid, out)                                     \
    BITSCB3_CALL(This, QueryInterface, iid, out)
#define IEnumBackgroundCopyJobs_AddRef(This) BITSCB3_CALL0(This, AddRef)
#define IEnumBackgroundCopyJobs_Release(This) BITSCB3_CALL0(This, Release)
#define IEnumBackgroundCopyJobs_Next(This, ...) BITSCB3_CALL(This, Next, __VA_ARGS__)
#define IEnumBackgroundCopyJobs_Skip(This, ...) BITSCB3_CALL(This, Skip, __VA_ARGS__)
#define IEnumBackgroundCopyJobs_Reset(This) BITSCB3_CALL0(This, Reset)
#define IEnumBackgroundCopyJobs_Clone(This, ...) BITSCB3_CALL(This, Clone, __VA_ARGS__)
#define IEnumBackgroundCopyJobs_GetCount(This, ...) BITSCB3_CALL(This, GetCount, __VA_ARGS__)

#define IBackgroundCopyError_QueryInterface(This, iid, out)                                        \
    BITSCB3_CALL(This, QueryInterface, iid, out)
#define IBackgroundCopyError_AddRef(This) BITSCB3_CALL0(This, AddRef)
#define IBackgroundCopyError_Release(This) BITSCB3_CALL0(This, Release)
#define IBackgroundCopyError_GetError(This, ...) BITSCB3_CALL(This, GetError, __VA_ARGS__)
#define IBackgroundCopyError_GetFile(This, ...) BITSCB3_CALL(This, GetFile, __VA_ARGS__)
#define IBackgroundCopyError_GetErrorDescription(This, ...)                                        \
    BITSCB3_CALL(This, GetErrorDescription, __VA_ARGS__)
#define IBackgroundCopyError_GetErrorContextDescription(This, ...)                                 \
    BITSCB3_CALL(This, GetErrorContextDescription, __VA_ARGS__)
#define IBackgroundCopyError_GetProtocol(This, ...) BITSCB3_CALL(This, GetProtocol, __VA_ARGS__)

#endif

#endif
