/* SPDX-License-Identifier: MIT */
/* bits_file.h - IBackgroundCopyFile to File6 and their enumerator.
 * Slots are absolute: 0 QueryInterface, 1 AddRef, 2 Release. Every method returns HRESULT. */

#ifndef BITSCB3_BITS_FILE_H
#define BITSCB3_BITS_FILE_H

#include <bitscb3/bits_types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* clang-format off */

/* IBackgroundCopyFile : IUnknown - BITS 1.0, Windows XP
 * 01b7bd23-fb88-4a77-8490-5891d3e4653a */
#define IBackgroundCopyFile_OWN(SLOT)                                                              \
    /*  3 */ SLOT(GetRemoteName, (THIS_ LPWSTR* pVal))                                             \
    /*  4 */ SLOT(GetLocalName, (THIS_ LPWSTR* pVal))                                              \
    /*  5 */ SLOT(GetProgress, (THIS_ BG_FILE_PROGRESS* pVal))
#define IBackgroundCopyFile_SLOTS(SLOT) IBackgroundCopyFile_OWN(SLOT)
#undef INTERFACE
#define INTERFACE IBackgroundCopyFile
BITSCB3_INTERFACE(IBackgroundCopyFile, IUnknown);
extern const IID IID_IBackgroundCopyFile;

/* IBackgroundCopyFile2 : IBackgroundCopyFile - BITS 2.0, XP SP2 / 2003 SP1
 * 83e81b93-0873-474d-8a8c-f2018b1a939c */
#define IBackgroundCopyFile2_OWN(SLOT)                                                             \
    /*  6 */ SLOT(GetFileRanges, (THIS_ DWORD* RangeCount, BG_FILE_RANGE** Ranges))                \
    /*  7 */ SLOT(SetRemoteName, (THIS_ LPCWSTR Val))
#define IBackgroundCopyFile2_SLOTS(SLOT)                                                           \
    IBackgroundCopyFile_SLOTS(SLOT) IBackgroundCopyFile2_OWN(SLOT)
#undef INTERFACE
#define INTERFACE IBackgroundCopyFile2
BITSCB3_INTERFACE(IBackgroundCopyFile2, IBackgroundCopyFile);
extern const IID IID_IBackgroundCopyFile2;

/* IBackgroundCopyFile3 : IBackgroundCopyFile2 - BITS 3.0, Vista / 2008
 * 659cdeaa-489e-11d9-a9cd-000d56965251 */
#define IBackgroundCopyFile3_OWN(SLOT)                                                             \
    /*  8 */ SLOT(GetTemporaryName, (THIS_ LPWSTR* pFilename))                                     \
    /*  9 */ SLOT(SetValidationState, (THIS_ BOOL state))                                          \
    /* 10 */ SLOT(GetValidationState, (THIS_ BOOL* pState))                                        \
    /* 11 */ SLOT(IsDownloadedFromPeer, (THIS_ BOOL* pVal))
#define IBackgroundCopyFile3_SLOTS(SLOT)                                                           \
    IBackgroundCopyFile2_SLOTS(SLOT) IBackgroundCopyFile3_OWN(SLOT)
#undef INTERFACE
#define INTERFACE IBackgroundCopyFile3
BITSCB3_INTERFACE(IBackgroundCopyFile3, IBackgroundCopyFile2);
extern const IID IID_IBackgroundCopyFile3;

/* IBackgroundCopyFile4 : IBackgroundCopyFile3 - BITS 4.0, 7 / 2008 R2
 * ef7e0655-7888-4960-b0e5-730846e03492 */
#define IBackgroundCopyFile4_OWN(SLOT)                                                             \
    /* 12 */ SLOT(GetPeerDownloadStats, (THIS_ UINT64* pFromOrigin, UINT64* pFromPeers))
#define IBackgroundCopyFile4_SLOTS(SLOT)                                                           \
    IBackgroundCopyFile3_SLOTS(SLOT) IBackgroundCopyFile4_OWN(SLOT)
#undef INTERFACE
#define INTERFACE IBackgroundCopyFile4
BITSCB3_INTERFACE(IBackgroundCopyFile4, IBackgroundCopyFile3);
extern const IID IID_IBackgroundCopyFile4;

/* IBackgroundCopyFile5 : IBackgroundCopyFile4 - BITS 5.0, 8 / 2012
 * 85c1657f-dafc-40e8-8834-df18ea25717e */
#define IBackgroundCopyFile5_OWN(SLOT)                                                             \
    /* 13 */ SLOT(SetProperty, (THIS_ BITS_FILE_PROPERTY_ID PropertyId,                            \
                      BITS_FILE_PROPERTY_VALUE PropertyValue))                                     \
    /* 14 */ SLOT(GetProperty, (THIS_ BITS_FILE_PROPERTY_ID PropertyId,                            \
                      BITS_FILE_PROPERTY_VALUE* PropertyValue))
#define IBackgroundCopyFile5_SLOTS(SLOT)                                                           \
    IBackgroundCopyFile4_SLOTS(SLOT) IBackgroundCopyFile5_OWN(SLOT)
#undef INTERFACE
#define INTERFACE IBackgroundCopyFile5
BITSCB3_INTERFACE(IBackgroundCopyFile5, IBackgroundCopyFile4);
extern const IID IID_IBackgroundCopyFile5;

/* IBackgroundCopyFile6 : IBackgroundCopyFile5 - BITS 10.1, 10 v1703
 * cf6784f7-d677-49fd-9368-cb47aee9d1ad */
#define IBackgroundCopyFile6_OWN(SLOT)                                                             \
    /* 15 */ SLOT(UpdateDownloadPosition, (THIS_ UINT64 offset))                                   \
    /* 16 */ SLOT(RequestFileRanges, (THIS_ DWORD rangeCount, const BG_FILE_RANGE* ranges))        \
    /* 17 */ SLOT(GetFilledFileRanges, (THIS_ DWORD* rangeCount, BG_FILE_RANGE** ranges))
#define IBackgroundCopyFile6_SLOTS(SLOT)                                                           \
    IBackgroundCopyFile5_SLOTS(SLOT) IBackgroundCopyFile6_OWN(SLOT)
#undef INTERFACE
#define INTERFACE IBackgroundCopyFile6
BITSCB3_INTERFACE(IBackgroundCopyFile6, IBackgroundCopyFile5);
extern const IID IID_IBackgroundCopyFile6;

/* IEnumBackgroundCopyFiles : IUnknown - BITS 1.0, Windows XP
 * ca51e165-c365-424c-8d41-24aaa4ff3c40 */
#define IEnumBackgroundCopyFiles_OWN(SLOT)                                                         \
    /*  3 */ SLOT(Next, (THIS_ ULONG celt, IBackgroundCopyFile** rgelt, ULONG* pceltFetched))      \
    /*  4 */ SLOT(Skip, (THIS_ ULONG celt))                                                        \
    /*  5 */ SLOT(Reset, (THIS))                                                                   \
    /*  6 */ SLOT(Clone, (THIS_ IEnumBackgroundCopyFiles** ppenum))                                \
    /*  7 */ SLOT(GetCount, (THIS_ ULONG* puCount))
#define IEnumBackgroundCopyFiles_SLOTS(SLOT) IEnumBackgroundCopyFiles_OWN(SLOT)
#undef INTERFACE
#define INTERFACE IEnumBackgroundCopyFiles
BITSCB3_INTERFACE(IEnumBackgroundCopyFiles, IUnknown);
extern const IID IID_IEnumBackgroundCopyFiles;

#undef INTERFACE
/* clang-format on */

#ifdef __cplusplus
} /* extern "C" */
#else

/* Calls from C, as COBJMACROS has them. */

#define IBackgroundCopyFile_QueryInterface(This, iid, out)                                         \
    BITSCB3_CALL(This, QueryInterface, iid, out)
#define IBackgroundCopyFile_AddRef(This) BITSCB3_CALL0(This, AddRef)
#define IBackgroundCopyFile_Release(This) BITSCB3_CALL0(This, Release)
#define IBackgroundCopyFile_GetRemoteName(This, ...) BITSCB3_CALL(This, GetRemoteName, __VA_ARGS__)
#define IBackgroundCopyFile_GetLocalName(This, ...) BITSCB3_CALL(This, GetLocalName, __VA_ARGS__)
#define IBackgroundCopyFile_GetProgress(This, ...) BITSCB3_CALL(This, GetProgress, __VA_ARGS__)

#define IBackgroundCopyFile2_QueryInterface(This, iid, out)                                        \
    BITSCB3_CALL(This, QueryInterface, iid, out)
#define IBackgroundCopyFile2_AddRef(This) BITSCB3_CALL0(This, AddRef)
#define IBackgroundCopyFile2_Release(This) BITSCB3_CALL0(This, Release)
#define IBackgroundCopyFile2_GetRemoteName(This, ...) BITSCB3_CALL(This, GetRemoteName, __VA_ARGS__)
#define IBackgroundCopyFile2_GetLocalName(This, ...) BITSCB3_CALL(This, GetLocalName, __VA_ARGS__)
#define IBackgroundCopyFile2_GetProgress(This, ...) BITSCB3_CALL(This, GetProgress, __VA_ARGS__)
#define IBackgroundCopyFile2_GetFileRanges(This, ...) BITSCB3_CALL(This, GetFileRanges, __VA_ARGS__)
#define IBackgroundCopyFile2_SetRemoteName(This, ...) BITSCB3_CALL(This, SetRemoteName, __VA_ARGS__)

#define IBackgroundCopyFile3_QueryInterface(This, iid, out)                                        \
    BITSCB3_CALL(This, QueryInterface, iid, out)
#define IBackgroundCopyFile3_AddRef(This) BITSCB3_CALL0(This, AddRef)
#define IBackgroundCopyFile3_Release(This) BITSCB3_CALL0(This, Release)
#define IBackgroundCopyFile3_GetRemoteName(This, ...) BITSCB3_CALL(This, GetRemoteName, __VA_ARGS__)
#define IBackgroundCopyFile3_GetLocalName(This, ...) BITSCB3_CALL(This, GetLocalName, __VA_ARGS__)
#define IBackgroundCopyFile3_GetProgress(This, ...) BITSCB3_CALL(This, GetProgress, __VA_ARGS__)
#define IBackgroundCopyFile3_GetFileRanges(This, ...) BITSCB3_CALL(This, GetFileRanges, __VA_ARGS__)
#define IBackgroundCopyFile3_SetRemoteName(This, ...) BITSCB3_CALL(This, SetRemoteName, __VA_ARGS__)
#define IBackgroundCopyFile3_GetTemporaryName(This, ...)                                           \
    BITSCB3_CALL(This, GetTemporaryName, __VA_ARGS__)
#define IBackgroundCopyFile3_SetValidationState(This, ...)                                         \
    BITSCB3_CALL(This, SetValidationState, __VA_ARGS__)
#define IBackgroundCopyFile3_GetValidationState(This, ...)                                         \
    BITSCB3_CALL(This, GetValidationState, __VA_ARGS__)
#define IBackgroundCopyFile3_IsDownloadedFromPeer(This, ...)                                       \
    BITSCB3_CALL(This, IsDownloadedFromPeer, __VA_ARGS__)

#define IBackgroundCopyFile4_QueryInterface(This, iid, out)                                        \
    BITSCB3_CALL(This, QueryInterface, iid, out)
#define IBackgroundCopyFile4_AddRef(This) BITSCB3_CALL0(This, AddRef)
#define IBackgroundCopyFile4_Release(This) BITSCB3_CALL0(This, Release)
#define IBackgroundCopyFile4_GetRemoteName(This, ...) BITSCB3_CALL(This, GetRemoteName, __VA_ARGS__)
#define IBackgroundCopyFile4_GetLocalName(This, ...) BITSCB3_CALL(This, GetLocalName, __VA_ARGS__)
#define IBackgroundCopyFile4_GetProgress(This, ...) BITSCB3_CALL(This, GetProgress, __VA_ARGS__)
#define IBackgroundCopyFile4_GetFileRanges(This, ...) BITSCB3_CALL(This, GetFileRanges, __VA_ARGS__)
#define IBackgroundCopyFile4_SetRemoteName(This, ...) BITSCB3_CALL(This, SetRemoteName, __VA_ARGS__)
#define IBackgroundCopyFile4_GetTemporaryName(This, ...)                                           \
    BITSCB3_CALL(This, GetTemporaryName, __VA_ARGS__)
#define IBackgroundCopyFile4_SetValidationState(This, ...)                                         \
    BITSCB3_CALL(This, SetValidationState, __VA_ARGS__)
#define IBackgroundCopyFile4_GetValidationState(This, ...)                                         \
    BITSCB3_CALL(This, GetValidationState, __VA_ARGS__)
#define IBackgroundCopyFile4_IsDownloadedFromPeer(This, ...)                                       \
    BITSCB3_CALL(This, IsDownloadedFromPeer, __VA_ARGS__)
#define IBackgroundCopyFile4_GetPeerDownloadStats(This, ...)                                       \
    BITSCB3_CALL(This, GetPeerDownloadStats, __VA_ARGS__)

#define IBackgroundCopyFile5_QueryInterface(This, iid, out)                                        \
    BITSCB3_CALL(This, QueryInterface, iid, out)
#define IBackgroundCopyFile5_AddRef(This) BITSCB3_CALL0(This, AddRef)
#define IBackgroundCopyFile5_Release(This) BITSCB3_CALL0(This, Release)
#define IBackgroundCopyFile5_GetRemoteName(This, ...) BITSCB3_CALL(This, GetRemoteName, __VA_ARGS__)
#define IBackgroundCopyFile5_GetLocalName(This, ...) BITSCB3_CALL(This, GetLocalName, __VA_ARGS__)
#define IBackgroundCopyFile5_GetProgress(This, ...) BITSCB3_CALL(This, GetProgress, __VA_ARGS__)
#define IBackgroundCopyFile5_GetFileRanges(This, ...) BITSCB3_CALL(This, GetFileRanges, __VA_ARGS__)
#define IBackgroundCopyFile5_SetRemoteName(This, ...) BITSCB3_CALL(This, SetRemoteName, __VA_ARGS__)
#define IBackgroundCopyFile5_GetTemporaryName(This, ...)                                           \
    BITSCB3_CALL(This, GetTemporaryName, __VA_ARGS__)
#define IBackgroundCopyFile5_SetValidationState(This, ...)                                         \
    BITSCB3_CALL(This, SetValidationState, __VA_ARGS__)
#define IBackgroundCopyFile5_GetValidationState(This, ...)                                         \
    BITSCB3_CALL(This, GetValidationState, __VA_ARGS__)
#define IBackgroundCopyFile5_IsDownloadedFromPeer(This, ...)                                       \
    BITSCB3_CALL(This, IsDownloadedFromPeer, __VA_ARGS__)
#define IBackgroundCopyFile5_GetPeerDownloadStats(This, ...)                                       \
    BITSCB3_CALL(This, GetPeerDownloadStats, __VA_ARGS__)
#define IBackgroundCopyFile5_SetProperty(This, ...) BITSCB3_CALL(This, SetProperty, __VA_ARGS__)
#define IBackgroundCopyFile5_GetProperty(This, ...) BITSCB3_CALL(This, GetProperty, __VA_ARGS__)

#define IBackgroundCopyFile6_QueryInterface(This, iid, out)                                        \
    BITSCB3_CALL(This, QueryInterface, iid, out)
#define IBackgroundCopyFile6_AddRef(This) BITSCB3_CALL0(This, AddRef)
#define IBackgroundCopyFile6_Release(This) BITSCB3_CALL0(This, Release)
#define IBackgroundCopyFile6_GetRemoteName(This, ...) BITSCB3_CALL(This, GetRemoteName, __VA_ARGS__)
#define IBackgroundCopyFile6_GetLocalName(This, ...) BITSCB3_CALL(This, GetLocalName, __VA_ARGS__)
#define IBackgroundCopyFile6_GetProgress(This, ...) BITSCB3_CALL(This, GetProgress, __VA_ARGS__)
#define IBackgroundCopyFile6_GetFileRanges(This, ...) BITSCB3_CALL(This, GetFileRanges, __VA_ARGS__)
#define IBackgroundCopyFile6_SetRemoteName(This, ...) BITSCB3_CALL(This, SetRemoteName, __VA_ARGS__)
#define IBackgroundCopyFile6_GetTemporaryName(This, ...)                                           \
    BITSCB3_CALL(This, GetTemporaryName, __VA_ARGS__)
#define IBackgroundCopyFile6_SetValidationState(This, ...)                                         \
    BITSCB3_CALL(This, SetValidationState, __VA_ARGS__)
#define IBackgroundCopyFile6_GetValidationState(This, ...)                                         \
    BITSCB3_CALL(This, GetValidationState, __VA_ARGS__)
#define IBackgroundCopyFile6_IsDownloadedFromPeer(This, ...)                                       \
    BITSCB3_CALL(This, IsDownloadedFromPeer, __VA_ARGS__)
#define IBackgroundCopyFile6_GetPeerDownloadStats(This, ...)                                       \
    BITSCB3_CALL(This, GetPeerDownloadStats, __VA_ARGS__)
#define IBackgroundCopyFile6_SetProperty(This, ...) BITSCB3_CALL(This, SetProperty, __VA_ARGS__)
#define IBackgroundCopyFile6_GetProperty(This, ...) BITSCB3_CALL(This, GetProperty, __VA_ARGS__)
#define IBackgroundCopyFile6_UpdateDownloadPosition(This, ...)                                     \
    BITSCB3_CALL(This, UpdateDownloadPosition, __VA_ARGS__)
#define IBackgroundCopyFile6_RequestFileRanges(This, ...)                                          \
    BITSCB3_CALL(This, RequestFileRanges, __VA_ARGS__)
#define IBackgroundCopyFile6_GetFilledFileRanges(This, ...)                                        \
    BITSCB3_CALL(This, GetFilledFileRanges, __VA_ARGS__)

#define IEnumBackgroundCopyFiles_QueryInterface(This, iid, out)                                    \
    BITSCB3_CALL(This, QueryInterface, iid, out)
#define IEnumBackgroundCopyFiles_AddRef(This) BITSCB3_CALL0(This, AddRef)
#define IEnumBackgroundCopyFiles_Release(This) BITSCB3_CALL0(This, Release)
#define IEnumBackgroundCopyFiles_Next(This, ...) BITSCB3_CALL(This, Next, __VA_ARGS__)
#define IEnumBackgroundCopyFiles_Skip(This, ...) BITSCB3_CALL(This, Skip, __VA_ARGS__)
#define IEnumBackgroundCopyFiles_Reset(This) BITSCB3_CALL0(This, Reset)
#define IEnumBackgroundCopyFiles_Clone(This, ...) BITSCB3_CALL(This, Clone, __VA_ARGS__)
#define IEnumBackgroundCopyFiles_GetCount(This, ...) BITSCB3_CALL(This, GetCount, __VA_ARGS__)

#endif

#endif
