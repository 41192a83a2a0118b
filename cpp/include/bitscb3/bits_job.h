/* SPDX-License-Identifier: MIT */
/* bits_job.h - IBackgroundCopyJob to Job5.
 * Slots are absolute: 0 QueryInterface, 1 AddRef, 2 Release. Every method returns HRESULT. */

#ifndef BITSCB3_BITS_JOB_H
#define BITSCB3_BITS_JOB_H

#include <bitscb3/bits_types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* clang-format off */

/* IBackgroundCopyJob : IUnknown - BITS 1.0, Windows XP
 * 37668d37-507e-4160-9316-26306d150b12 */
#define IBackgroundCopyJob_OWN(SLOT)                                                               \
    /*  3 */ SLOT(AddFileSet, (THIS_ ULONG cFileCount, BG_FILE_INFO* pFileSet))                    \
    /*  4 */ SLOT(AddFile, (THIS_ LPCWSTR RemoteUrl, LPCWSTR LocalName))                           \
    /*  5 */ SLOT(EnumFiles, (THIS_ IEnumBackgroundCopyFiles** pEnum))                             \
    /*  6 */ SLOT(Suspend, (THIS))                                                                 \
    /*  7 */ SLOT(Resume, (THIS))                                                                  \
    /*  8 */ SLOT(Cancel, (THIS))                                                                  \
    /*  9 */ SLOT(Complete, (THIS))                                                                \
    /* 10 */ SLOT(GetId, (THIS_ GUID* pVal))                                                       \
    /* 11 */ SLOT(GetType, (THIS_ BG_JOB_TYPE* pVal))                                              \
    /* 12 */ SLOT(GetProgress, (THIS_ BG_JOB_PROGRESS* pVal))                                      \
    /* 13 */ SLOT(GetTimes, (THIS_ BG_JOB_TIMES* pVal))                                            \
    /* 14 */ SLOT(GetState, (THIS_ BG_JOB_STATE* pVal))                                            \
    /* 15 */ SLOT(GetError, (THIS_ IBackgroundCopyError** ppError))                                \
    /* 16 */ SLOT(GetOwner, (THIS_ LPWSTR* pVal))                                                  \
    /* 17 */ SLOT(SetDisplayName, (THIS_ LPCWSTR Val))                                             \
    /* 18 */ SLOT(GetDisplayName, (THIS_ LPWSTR* pVal))                                            \
    /* 19 */ SLOT(SetDescription, (THIS_ LPCWSTR Val))                                             \
    /* 20 */ SLOT(GetDescription, (THIS_ LPWSTR* pVal))                                            \
    /* 21 */ SLOT(SetPriority, (THIS_ BG_JOB_PRIORITY Val))                                        \
    /* 22 */ SLOT(GetPriority, (THIS_ BG_JOB_PRIORITY* pVal))                                      \
    /* 23 */ SLOT(SetNotifyFlags, (THIS_ ULONG Val))                                               \
    /* 24 */ SLOT(GetNotifyFlags, (THIS_ ULONG* pVal))                                             \
    /* 25 */ SLOT(SetNotifyInterface, (THIS_ IUnknown* Val))                                       \
    /* 26 */ SLOT(GetNotifyInterface, (THIS_ IUnknown** pVal))                                     \
    /* 27 */ SLOT(SetMinimumRetryDelay, (THIS_ ULONG Seconds))                                     \
    /* 28 */ SLOT(GetMinimumRetryDelay, (THIS_ ULONG* Seconds))                                    \
    /* 29 */ SLOT(SetNoProgressTimeout, (THIS_ ULONG Seconds))                                     \
    /* 30 */ SLOT(GetNoProgressTimeout, (THIS_ ULONG* Seconds))                                    \
    /* 31 */ SLOT(GetErrorCount, (THIS_ ULONG* Errors))                                            \
    /* 32 */ SLOT(SetProxySettings, (THIS_ BG_JOB_PROXY_USAGE ProxyUsage,                          \
                      const WCHAR* ProxyList, const WCHAR* ProxyBypassList))                       \
    /* 33 */ SLOT(GetProxySettings, (THIS_ BG_JOB_PROXY_USAGE* pProxyUsage, LPWSTR* pProxyList,    \
                      LPWSTR* pProxyBypassList))                                                   \
    /* 34 */ SLOT(TakeOwnership, (THIS))
#define IBackgroundCopyJob_SLOTS(SLOT) IBackgroundCopyJob_OWN(SLOT)
#undef INTERFACE
#define INTERFACE IBackgroundCopyJob
BITSCB3_INTERFACE(IBackgroundCopyJob, IUnknown);
extern const IID IID_IBackgroundCopyJob;

/* IBackgroundCopyJob2 : IBackgroundCopyJob - BITS 1.5, Server 2003 (docs list Vista)
 * 54b50739-686f-45eb-9dff-d6a9a0faa9af */
#define IBackgroundCopyJob2_OWN(SLOT)                                                              \
    /* 35 */ SLOT(SetNotifyCmdLine, (THIS_ LPCWSTR Program, LPCWSTR Parameters))                   \
    /* 36 */ SLOT(GetNotifyCmdLine, (THIS_ LPWSTR* pProgram, LPWSTR* pParameters))                 \
    /* 37 */ SLOT(GetReplyProgress, (THIS_ BG_JOB_REPLY_PROGRESS* pProgress))                      \
    /* 38 */ SLOT(GetReplyData, (THIS_ byte** ppBuffer, UINT64* pLength))                          \
    /* 39 */ SLOT(SetReplyFileName, (THIS_ LPCWSTR ReplyFileName))                                 \
    /* 40 */ SLOT(GetReplyFileName, (THIS_ LPWSTR* pReplyFileName))                                \
    /* 41 */ SLOT(SetCredentials, (THIS_ BG_AUTH_CREDENTIALS* credentials))                        \
    /* 42 */ SLOT(RemoveCredentials, (THIS_ BG_AUTH_TARGET Target, BG_AUTH_SCHEME Scheme))
#define IBackgroundCopyJob2_SLOTS(SLOT) IBackgroundCopyJob_SLOTS(SLOT) IBackgroundCopyJob2_OWN(SLOT)
#undef INTERFACE
#define INTERFACE IBackgroundCopyJob2
BITSCB3_INTERFACE(IBackgroundCopyJob2, IBackgroundCopyJob);
extern const IID IID_IBackgroundCopyJob2;

/* IBackgroundCopyJob3 : IBackgroundCopyJob2 - BITS 2.0, XP SP2 / 2003 SP1
 * 443c8934-90ff-48ed-bcde-26f5c7450042 */
#define IBackgroundCopyJob3_OWN(SLOT)                                                              \
    /* 43 */ SLOT(ReplaceRemotePrefix, (THIS_ LPCWSTR OldPrefix, LPCWSTR NewPrefix))               \
    /* 44 */ SLOT(AddFileWithRanges, (THIS_ LPCWSTR RemoteUrl, LPCWSTR LocalName,                  \
                      DWORD RangeCount, BG_FILE_RANGE* Ranges))                                    \
    /* 45 */ SLOT(SetFileACLFlags, (THIS_ DWORD Flags))                                            \
    /* 46 */ SLOT(GetFileACLFlags, (THIS_ DWORD* Flags))
#define IBackgroundCopyJob3_SLOTS(SLOT)                                                            \
    IBackgroundCopyJob2_SLOTS(SLOT) IBackgroundCopyJob3_OWN(SLOT)
#undef INTERFACE
#define INTERFACE IBackgroundCopyJob3
BITSCB3_INTERFACE(IBackgroundCopyJob3, IBackgroundCopyJob2);
extern const IID IID_IBackgroundCopyJob3;

/* IBackgroundCopyJob4 : IBackgroundCopyJob3 - BITS 3.0, Vista / 2008
 * 659cdeae-489e-11d9-a9cd-000d56965251 */
#define IBackgroundCopyJob4_OWN(SLOT)                                                              \
    /* 47 */ SLOT(SetPeerCachingFlags, (THIS_ DWORD Flags))                                        \
    /* 48 */ SLOT(GetPeerCachingFlags, (THIS_ DWORD* pFlags))                                      \
    /* 49 */ SLOT(GetOwnerIntegrityLevel, (THIS_ ULONG* pLevel))                                   \
    /* 50 */ SLOT(GetOwnerElevationState, (THIS_ BOOL* pElevated))                                 \
    /* 51 */ SLOT(SetMaximumDownloadTime, (THIS_ ULONG Timeout))                                   \
    /* 52 */ SLOT(GetMaximumDownloadTime, (THIS_ ULONG* pTimeout))
#define IBackgroundCopyJob4_SLOTS(SLOT)                                                            \
    IBackgroundCopyJob3_SLOTS(SLOT) IBackgroundCopyJob4_OWN(SLOT)
#undef INTERFACE
#define INTERFACE IBackgroundCopyJob4
BITSCB3_INTERFACE(IBackgroundCopyJob4, IBackgroundCopyJob3);
extern const IID IID_IBackgroundCopyJob4;

/* IBackgroundCopyJob5 : IBackgroundCopyJob4 - BITS 5.0, 8 / 2012
 * e847030c-bbba-4657-af6d-484aa42bf1fe */
#define IBackgroundCopyJob5_OWN(SLOT)                                                              \
    /* 53 */ SLOT(SetProperty, (THIS_ BITS_JOB_PROPERTY_ID PropertyId,                             \
                      BITS_JOB_PROPERTY_VALUE PropertyValue))                                      \
    /* 54 */ SLOT(GetProperty, (THIS_ BITS_JOB_PROPERTY_ID PropertyId,                             \
                      BITS_JOB_PROPERTY_VALUE* PropertyValue))
#define IBackgroundCopyJob5_SLOTS(SLOT)                                                            \
    IBackgroundCopyJob4_SLOTS(SLOT) IBackgroundCopyJob5_OWN(SLOT)
#undef INTERFACE
#define INTERFACE IBackgroundCopyJob5
BITSCB3_INTERFACE(IBackgroundCopyJob5, IBackgroundCopyJob4);
extern const IID IID_IBackgroundCopyJob5;

#undef INTERFACE
/* clang-format on */

#ifdef __cplusplus
} /* extern "C" */
#else

/* Calls from C, as COBJMACROS has them. */

#define IBackgroundCopyJob_QueryInterface(This, iid, out)                                          \
    BITSCB3_CALL(This, QueryInterface, iid, out)
#define IBackgroundCopyJob_AddRef(This) BITSCB3_CALL0(This, AddRef)
#define IBackgroundCopyJob_Release(This) BITSCB3_CALL0(This, Release)
#define IBackgroundCopyJob_AddFileSet(This, ...) BITSCB3_CALL(This, AddFileSet, __VA_ARGS__)
#define IBackgroundCopyJob_AddFile(This, ...) BITSCB3_CALL(This, AddFile, __VA_ARGS__)
#define IBackgroundCopyJob_EnumFiles(This, ...) BITSCB3_CALL(This, EnumFiles, __VA_ARGS__)
#define IBackgroundCopyJob_Suspend(This) BITSCB3_CALL0(This, Suspend)
#define IBackgroundCopyJob_Resume(This) BITSCB3_CALL0(This, Resume)
#define IBackgroundCopyJob_Cancel(This) BITSCB3_CALL0(This, Cancel)
#define IBackgroundCopyJob_Complete(This) BITSCB3_CALL0(This, Complete)
#define IBackgroundCopyJob_GetId(This, ...) BITSCB3_CALL(This, GetId, __VA_ARGS__)
#define IBackgroundCopyJob_GetType(This, ...) BITSCB3_CALL(This, GetType, __VA_ARGS__)
#define IBackgroundCopyJob_GetProgress(This, ...) BITSCB3_CALL(This, GetProgress, __VA_ARGS__)
#define IBackgroundCopyJob_GetTimes(This, ...) BITSCB3_CALL(This, GetTimes, __VA_ARGS__)
#define IBackgroundCopyJob_GetState(This, ...) BITSCB3_CALL(This, GetState, __VA_ARGS__)
#define IBackgroundCopyJob_GetError(This, ...) BITSCB3_CALL(This, GetError, __VA_ARGS__)
#define IBackgroundCopyJob_GetOwner(This, ...) BITSCB3_CALL(This, GetOwner, __VA_ARGS__)
#define IBackgroundCopyJob_SetDisplayName(This, ...) BITSCB3_CALL(This, SetDisplayName, __VA_ARGS__)
#define IBackgroundCopyJob_GetDisplayName(This, ...) BITSCB3_CALL(This, GetDisplayName, __VA_ARGS__)
#define IBackgroundCopyJob_SetDescription(This, ...) BITSCB3_CALL(This, SetDescription, __VA_ARGS__)
#define IBackgroundCopyJob_GetDescription(This, ...) BITSCB3_CALL(This, GetDescription, __VA_ARGS__)
#define IBackgroundCopyJob_SetPriority(This, ...) BITSCB3_CALL(This, SetPriority, __VA_ARGS__)
#define IBackgroundCopyJob_GetPriority(This, ...) BITSCB3_CALL(This, GetPriority, __VA_ARGS__)
#define IBackgroundCopyJob_SetNotifyFlags(This, ...) BITSCB3_CALL(This, SetNotifyFlags, __VA_ARGS__)
#define IBackgroundCopyJob_GetNotifyFlags(This, ...) BITSCB3_CALL(This, GetNotifyFlags, __VA_ARGS__)
#define IBackgroundCopyJob_SetNotifyInterface(This, ...)                                           \
    BITSCB3_CALL(This, SetNotifyInterface, __VA_ARGS__)
#define IBackgroundCopyJob_GetNotifyInterface(This, ...)                                           \
    BITSCB3_CALL(This, GetNotifyInterface, __VA_ARGS__)
#define IBackgroundCopyJob_SetMinimumRetryDelay(This, ...)                                         \
    BITSCB3_CALL(This, SetMinimumRetryDelay, __VA_ARGS__)
#define IBackgroundCopyJob_GetMinimumRetryDelay(This, ...)                                         \
    BITSCB3_CALL(This, GetMinimumRetryDelay, __VA_ARGS__)
#define IBackgroundCopyJob_SetNoProgressTimeout(This, ...)                                         \
    BITSCB3_CALL(This, SetNoProgressTimeout, __VA_ARGS__)
#define IBackgroundCopyJob_GetNoProgressTimeout(This, ...)                                         \
    BITSCB3_CALL(This, GetNoProgressTimeout, __VA_ARGS__)
#define IBackgroundCopyJob_GetErrorCount(This, ...) BITSCB3_CALL(This, GetErrorCount, __VA_ARGS__)
#define IBackgroundCopyJob_SetProxySettings(This, ...)                                             \
    BITSCB3_CALL(This, SetProxySettings, __VA_ARGS__)
#define IBackgroundCopyJob_GetProxySettings(This, ...)                                             \
    BITSCB3_CALL(This, GetProxySettings, __VA_ARGS__)
#define IBackgroundCopyJob_TakeOwnership(This) BITSCB3_CALL0(This, TakeOwnership)

#define IBackgroundCopyJob2_QueryInterface(This, iid, out)                                         \
    BITSCB3_CALL(This, QueryInterface, iid, out)
#define IBackgroundCopyJob2_AddRef(This) BITSCB3_CALL0(This, AddRef)
#define IBackgroundCopyJob2_Release(This) BITSCB3_CALL0(This, Release)
#define IBackgroundCopyJob2_AddFileSet(This, ...) BITSCB3_CALL(This, AddFileSet, __VA_ARGS__)
#define IBackgroundCopyJob2_AddFile(This, ...) BITSCB3_CALL(This, AddFile, __VA_ARGS__)
#define IBackgroundCopyJob2_EnumFiles(This, ...) BITSCB3_CALL(This, EnumFiles, __VA_ARGS__)
#define IBackgroundCopyJob2_Suspend(This) BITSCB3_CALL0(This, Suspend)
#define IBackgroundCopyJob2_Resume(This) BITSCB3_CALL0(This, Resume)
#define IBackgroundCopyJob2_Cancel(This) BITSCB3_CALL0(This, Cancel)
#define IBackgroundCopyJob2_Complete(This) BITSCB3_CALL0(This, Complete)
#define IBackgroundCopyJob2_GetId(This, ...) BITSCB3_CALL(This, GetId, __VA_ARGS__)
#define IBackgroundCopyJob2_GetType(This, ...) BITSCB3_CALL(This, GetType, __VA_ARGS__)
#define IBackgroundCopyJob2_GetProgress(This, ...) BITSCB3_CALL(This, GetProgress, __VA_ARGS__)
#define IBackgroundCopyJob2_GetTimes(This, ...) BITSCB3_CALL(This, GetTimes, __VA_ARGS__)
#define IBackgroundCopyJob2_GetState(This, ...) BITSCB3_CALL(This, GetState, __VA_ARGS__)
#define IBackgroundCopyJob2_GetError(This, ...) BITSCB3_CALL(This, GetError, __VA_ARGS__)
#define IBackgroundCopyJob2_GetOwner(This, ...) BITSCB3_CALL(This, GetOwner, __VA_ARGS__)
#define IBackgroundCopyJob2_SetDisplayName(This, ...)                                              \
    BITSCB3_CALL(This, SetDisplayName, __VA_ARGS__)
#define IBackgroundCopyJob2_GetDisplayName(This, ...)                                              \
    BITSCB3_CALL(This, GetDisplayName, __VA_ARGS__)
#define IBackgroundCopyJob2_SetDescription(This, ...)                                              \
    BITSCB3_CALL(This, SetDescription, __VA_ARGS__)
#define IBackgroundCopyJob2_GetDescription(This, ...)                                              \
    BITSCB3_CALL(This, GetDescription, __VA_ARGS__)
#define IBackgroundCopyJob2_SetPriority(This, ...) BITSCB3_CALL(This, SetPriority, __VA_ARGS__)
#define IBackgroundCopyJob2_GetPriority(This, ...) BITSCB3_CALL(This, GetPriority, __VA_ARGS__)
#define IBackgroundCopyJob2_SetNotifyFlags(This, ...)                                              \
    BITSCB3_CALL(This, SetNotifyFlags, __VA_ARGS__)
#define IBackgroundCopyJob2_GetNotifyFlags(This, ...)                                              \
    BITSCB3_CALL(This, GetNotifyFlags, __VA_ARGS__)
#define IBackgroundCopyJob2_SetNotifyInterface(This, ...)                                          \
    BITSCB3_CALL(This, SetNotifyInterface, __VA_ARGS__)
#define IBackgroundCopyJob2_GetNotifyInterface(This, ...)                                          \
    BITSCB3_CALL(This, GetNotifyInterface, __VA_ARGS__)
#define IBackgroundCopyJob2_SetMinimumRetryDelay(This, ...)                                        \
    BITSCB3_CALL(This, SetMinimumRetryDelay, __VA_ARGS__)
#define IBackgroundCopyJob2_GetMinimumRetryDelay(This, ...)                                        \
    BITSCB3_CALL(This, GetMinimumRetryDelay, __VA_ARGS__)
#define IBackgroundCopyJob2_SetNoProgressTimeout(This, ...)                                        \
    BITSCB3_CALL(This, SetNoProgressTimeout, __VA_ARGS__)
#define IBackgroundCopyJob2_GetNoProgressTimeout(This, ...)                                        \
    BITSCB3_CALL(This, GetNoProgressTimeout, __VA_ARGS__)
#define IBackgroundCopyJob2_GetErrorCount(This, ...) BITSCB3_CALL(This, GetErrorCount, __VA_ARGS__)
#define IBackgroundCopyJob2_SetProxySettings(This, ...)                                            \
    BITSCB3_CALL(This, SetProxySettings, __VA_ARGS__)
#define IBackgroundCopyJob2_GetProxySettings(This, ...)                                            \
    BITSCB3_CALL(This, GetProxySettings, __VA_ARGS__)
#define IBackgroundCopyJob2_TakeOwnership(This) BITSCB3_CALL0(This, TakeOwnership)
#define IBackgroundCopyJob2_SetNotifyCmdLine(This, ...)                                            \
    BITSCB3_CALL(This, SetNotifyCmdLine, __VA_ARGS__)
#define IBackgroundCopyJob2_GetNotifyCmdLine(This, ...)                                            \
    BITSCB3_CALL(This, GetNotifyCmdLine, __VA_ARGS__)
#define IBackgroundCopyJob2_GetReplyProgress(This, ...)                                            \
    BITSCB3_CALL(This, GetReplyProgress, __VA_ARGS__)
#define IBackgroundCopyJob2_GetReplyData(This, ...) BITSCB3_CALL(This, GetReplyData, __VA_ARGS__)
#define IBackgroundCopyJob2_SetReplyFileName(This, ...)                                            \
    BITSCB3_CALL(This, SetReplyFileName, __VA_ARGS__)
#define IBackgroundCopyJob2_GetReplyFileName(This, ...)                                            \
    BITSCB3_CALL(This, GetReplyFileName, __VA_ARGS__)
#define IBackgroundCopyJob2_SetCredentials(This, ...)                                              \
    BITSCB3_CALL(This, SetCredentials, __VA_ARGS__)
#define IBackgroundCopyJob2_RemoveCredentials(This, ...)                                           \
    BITSCB3_CALL(This, RemoveCredentials, __VA_ARGS__)

#define IBackgroundCopyJob3_QueryInterface(This, iid, out)                                         \
    BITSCB3_CALL(This, QueryInterface, iid, out)
#define IBackgroundCopyJob3_AddRef(This) BITSCB3_CALL0(This, AddRef)
#define IBackgroundCopyJob3_Release(This) BITSCB3_CALL0(This, Release)
#define IBackgroundCopyJob3_AddFileSet(This, ...) BITSCB3_CALL(This, AddFileSet, __VA_ARGS__)
#define IBackgroundCopyJob3_AddFile(This, ...) BITSCB3_CALL(This, AddFile, __VA_ARGS__)
#define IBackgroundCopyJob3_EnumFiles(This, ...) BITSCB3_CALL(This, EnumFiles, __VA_ARGS__)
#define IBackgroundCopyJob3_Suspend(This) BITSCB3_CALL0(This, Suspend)
#define IBackgroundCopyJob3_Resume(This) BITSCB3_CALL0(This, Resume)
#define IBackgroundCopyJob3_Cancel(This) BITSCB3_CALL0(This, Cancel)
#define IBackgroundCopyJob3_Complete(This) BITSCB3_CALL0(This, Complete)
#define IBackgroundCopyJob3_GetId(This, ...) BITSCB3_CALL(This, GetId, __VA_ARGS__)
#define IBackgroundCopyJob3_GetType(This, ...) BITSCB3_CALL(This, GetType, __VA_ARGS__)
#define IBackgroundCopyJob3_GetProgress(This, ...) BITSCB3_CALL(This, GetProgress, __VA_ARGS__)
#define IBackgroundCopyJob3_GetTimes(This, ...) BITSCB3_CALL(This, GetTimes, __VA_ARGS__)
#define IBackgroundCopyJob3_GetState(This, ...) BITSCB3_CALL(This, GetState, __VA_ARGS__)
#define IBackgroundCopyJob3_GetError(This, ...) BITSCB3_CALL(This, GetError, __VA_ARGS__)
#define IBackgroundCopyJob3_GetOwner(This, ...) BITSCB3_CALL(This, GetOwner, __VA_ARGS__)
#define IBackgroundCopyJob3_SetDisplayName(This, ...)                                              \
    BITSCB3_CALL(This, SetDisplayName, __VA_ARGS__)
#define IBackgroundCopyJob3_GetDisplayName(This, ...)                                              \
    BITSCB3_CALL(This, GetDisplayName, __VA_ARGS__)
#define IBackgroundCopyJob3_SetDescription(This, ...)                                              \
    BITSCB3_CALL(This, SetDescription, __VA_ARGS__)
#define IBackgroundCopyJob3_GetDescription(This, ...)                                              \
    BITSCB3_CALL(This, GetDescription, __VA_ARGS__)
#define IBackgroundCopyJob3_SetPriority(This, ...) BITSCB3_CALL(This, SetPriority, __VA_ARGS__)
#define IBackgroundCopyJob3_GetPriority(This, ...) BITSCB3_CALL(This, GetPriority, __VA_ARGS__)
#define IBackgroundCopyJob3_SetNotifyFlags(This, ...)                                              \
    BITSCB3_CALL(This, SetNotifyFlags, __VA_ARGS__)
#define IBackgroundCopyJob3_GetNotifyFlags(This, ...)                                              \
    BITSCB3_CALL(This, GetNotifyFlags, __VA_ARGS__)
#define IBackgroundCopyJob3_SetNotifyInterface(This, ...)                                          \
    BITSCB3_CALL(This, SetNotifyInterface, __VA_ARGS__)
#define IBackgroundCopyJob3_GetNotifyInterface(This, ...)                                          \
    BITSCB3_CALL(This, GetNotifyInterface, __VA_ARGS__)
#define IBackgroundCopyJob3_SetMinimumRetryDelay(This, ...)                                        \
    BITSCB3_CALL(This, SetMinimumRetryDelay, __VA_ARGS__)
#define IBackgroundCopyJob3_GetMinimumRetryDelay(This, ...)                                        \
    BITSCB3_CALL(This, GetMinimumRetryDelay, __VA_ARGS__)
#define IBackgroundCopyJob3_SetNoProgressTimeout(This, ...)                                        \
    BITSCB3_CALL(This, SetNoProgressTimeout, __VA_ARGS__)
#define IBackgroundCopyJob3_GetNoProgressTimeout(This, ...)                                        \
    BITSCB3_CALL(This, GetNoProgressTimeout, __VA_ARGS__)
#define IBackgroundCopyJob3_GetErrorCount(This, ...) BITSCB3_CALL(This, GetErrorCount, __VA_ARGS__)
#define IBackgroundCopyJob3_SetProxySettings(This, ...)                                            \
    BITSCB3_CALL(This, SetProxySettings, __VA_ARGS__)
#define IBackgroundCopyJob3_GetProxySettings(This, ...)                                            \
    BITSCB3_CALL(This, GetProxySettings, __VA_ARGS__)
#define IBackgroundCopyJob3_TakeOwnership(This) BITSCB3_CALL0(This, TakeOwnership)
#define IBackgroundCopyJob3_SetNotifyCmdLine(This, ...)                                            \
    BITSCB3_CALL(This, SetNotifyCmdLine, __VA_ARGS__)
#define IBackgroundCopyJob3_GetNotifyCmdLine(This, ...)                                            \
    BITSCB3_CALL(This, GetNotifyCmdLine, __VA_ARGS__)
#define IBackgroundCopyJob3_GetReplyProgress(This, ...)                                            \
    BITSCB3_CALL(This, GetReplyProgress, __VA_ARGS__)
#define IBackgroundCopyJob3_GetReplyData(This, ...) BITSCB3_CALL(This, GetReplyData, __VA_ARGS__)
#define IBackgroundCopyJob3_SetReplyFileName(This, ...)                                            \
    BITSCB3_CALL(This, SetReplyFileName, __VA_ARGS__)
#define IBackgroundCopyJob3_GetReplyFileName(This, ...)                                            \
    BITSCB3_CALL(This, GetReplyFileName, __VA_ARGS__)
#define IBackgroundCopyJob3_SetCredentials(This, ...)                                              \
    BITSCB3_CALL(This, SetCredentials, __VA_ARGS__)
#define IBackgroundCopyJob3_RemoveCredentials(This, ...)                                           \
    BITSCB3_CALL(This, RemoveCredentials, __VA_ARGS__)
#define IBackgroundCopyJob3_ReplaceRemotePrefix(This, ...)                                         \
    BITSCB3_CALL(This, ReplaceRemotePrefix, __VA_ARGS__)
#define IBackgroundCopyJob3_AddFileWithRanges(This, ...)                                           \
    BITSCB3_CALL(This, AddFileWithRanges, __VA_ARGS__)
#define IBackgroundCopyJob3_SetFileACLFlags(This, ...)                                             \
    BITSCB3_CALL(This, SetFileACLFlags, __VA_ARGS__)
#define IBackgroundCopyJob3_GetFileACLFlags(This, ...)                                             \
    BITSCB3_CALL(This, GetFileACLFlags, __VA_ARGS__)

#define IBackgroundCopyJob4_QueryInterface(This, iid, out)                                         \
    BITSCB3_CALL(This, QueryInterface, iid, out)
#define IBackgroundCopyJob4_AddRef(This) BITSCB3_CALL0(This, AddRef)
#define IBackgroundCopyJob4_Release(This) BITSCB3_CALL0(This, Release)
#define IBackgroundCopyJob4_AddFileSet(This, ...) BITSCB3_CALL(This, AddFileSet, __VA_ARGS__)
#define IBackgroundCopyJob4_AddFile(This, ...) BITSCB3_CALL(This, AddFile, __VA_ARGS__)
#define IBackgroundCopyJob4_EnumFiles(This, ...) BITSCB3_CALL(This, EnumFiles, __VA_ARGS__)
#define IBackgroundCopyJob4_Suspend(This) BITSCB3_CALL0(This, Suspend)
#define IBackgroundCopyJob4_Resume(This) BITSCB3_CALL0(This, Resume)
#define IBackgroundCopyJob4_Cancel(This) BITSCB3_CALL0(This, Cancel)
#define IBackgroundCopyJob4_Complete(This) BITSCB3_CALL0(This, Complete)
#define IBackgroundCopyJob4_GetId(This, ...) BITSCB3_CALL(This, GetId, __VA_ARGS__)
#define IBackgroundCopyJob4_GetType(This, ...) BITSCB3_CALL(This, GetType, __VA_ARGS__)
#define IBackgroundCopyJob4_GetProgress(This, ...) BITSCB3_CALL(This, GetProgress, __VA_ARGS__)
#define IBackgroundCopyJob4_GetTimes(This, ...) BITSCB3_CALL(This, GetTimes, __VA_ARGS__)
#define IBackgroundCopyJob4_GetState(This, ...) BITSCB3_CALL(This, GetState, __VA_ARGS__)
#define IBackgroundCopyJob4_GetError(This, ...) BITSCB3_CALL(This, GetError, __VA_ARGS__)
#define IBackgroundCopyJob4_GetOwner(This, ...) BITSCB3_CALL(This, GetOwner, __VA_ARGS__)
#define IBackgroundCopyJob4_SetDisplayName(This, ...)                                              \
    BITSCB3_CALL(This, SetDisplayName, __VA_ARGS__)
#define IBackgroundCopyJob4_GetDisplayName(This, ...)                                              \
    BITSCB3_CALL(This, GetDisplayName, __VA_ARGS__)
#define IBackgroundCopyJob4_SetDescription(This, ...)                                              \
    BITSCB3_CALL(This, SetDescription, __VA_ARGS__)
#define IBackgroundCopyJob4_GetDescription(This, ...)                                              \
    BITSCB3_CALL(This, GetDescription, __VA_ARGS__)
#define IBackgroundCopyJob4_SetPriority(This, ...) BITSCB3_CALL(This, SetPriority, __VA_ARGS__)
#define IBackgroundCopyJob4_GetPriority(This, ...) BITSCB3_CALL(This, GetPriority, __VA_ARGS__)
#define IBackgroundCopyJob4_SetNotifyFlags(This, ...)                                              \
    BITSCB3_CALL(This, SetNotifyFlags, __VA_ARGS__)
#define IBackgroundCopyJob4_GetNotifyFlags(This, ...)                                              \
    BITSCB3_CALL(This, GetNotifyFlags, __VA_ARGS__)
#define IBackgroundCopyJob4_SetNotifyInterface(This, ...)                                          \
    BITSCB3_CALL(This, SetNotifyInterface, __VA_ARGS__)
#define IBackgroundCopyJob4_GetNotifyInterface(This, ...)                                          \
    BITSCB3_CALL(This, GetNotifyInterface, __VA_ARGS__)
#define IBackgroundCopyJob4_SetMinimumRetryDelay(This, ...)                                        \
    BITSCB3_CALL(This, SetMinimumRetryDelay, __VA_ARGS__)
#define IBackgroundCopyJob4_GetMinimumRetryDelay(This, ...)                                        \
    BITSCB3_CALL(This, GetMinimumRetryDelay, __VA_ARGS__)
#define IBackgroundCopyJob4_SetNoProgressTimeout(This, ...)                                        \
    BITSCB3_CALL(This, SetNoProgressTimeout, __VA_ARGS__)
#define IBackgroundCopyJob4_GetNoProgressTimeout(This, ...)                                        \
    BITSCB3_CALL(This, GetNoProgressTimeout, __VA_ARGS__)
#define IBackgroundCopyJob4_GetErrorCount(This, ...) BITSCB3_CALL(This, GetErrorCount, __VA_ARGS__)
#define IBackgroundCopyJob4_SetProxySettings(This, ...)                                            \
    BITSCB3_CALL(This, SetProxySettings, __VA_ARGS__)
#define IBackgroundCopyJob4_GetProxySettings(This, ...)                                            \
    BITSCB3_CALL(This, GetProxySettings, __VA_ARGS__)
#define IBackgroundCopyJob4_TakeOwnership(This) BITSCB3_CALL0(This, TakeOwnership)
#define IBackgroundCopyJob4_SetNotifyCmdLine(This, ...)                                            \
    BITSCB3_CALL(This, SetNotifyCmdLine, __VA_ARGS__)
#define IBackgroundCopyJob4_GetNotifyCmdLine(This, ...)                                            \
    BITSCB3_CALL(This, GetNotifyCmdLine, __VA_ARGS__)
#define IBackgroundCopyJob4_GetReplyProgress(This, ...)                                            \
    BITSCB3_CALL(This, GetReplyProgress, __VA_ARGS__)
#define IBackgroundCopyJob4_GetReplyData(This, ...) BITSCB3_CALL(This, GetReplyData, __VA_ARGS__)
#define IBackgroundCopyJob4_SetReplyFileName(This, ...)                                            \
    BITSCB3_CALL(This, SetReplyFileName, __VA_ARGS__)
#define IBackgroundCopyJob4_GetReplyFileName(This, ...)                                            \
    BITSCB3_CALL(This, GetReplyFileName, __VA_ARGS__)
#define IBackgroundCopyJob4_SetCredentials(This, ...)                                              \
    BITSCB3_CALL(This, SetCredentials, __VA_ARGS__)
#define IBackgroundCopyJob4_RemoveCredentials(This, ...)                                           \
    BITSCB3_CALL(This, RemoveCredentials, __VA_ARGS__)
#define IBackgroundCopyJob4_ReplaceRemotePrefix(This, ...)                                         \
    BITSCB3_CALL(This, ReplaceRemotePrefix, __VA_ARGS__)
#define IBackgroundCopyJob4_AddFileWithRanges(This, ...)                                           \
    BITSCB3_CALL(This, AddFileWithRanges, __VA_ARGS__)
#define IBackgroundCopyJob4_SetFileACLFlags(This, ...)                                             \
    BITSCB3_CALL(This, SetFileACLFlags, __VA_ARGS__)
#define IBackgroundCopyJob4_GetFileACLFlags(This, ...)                                             \
    BITSCB3_CALL(This, GetFileACLFlags, __VA_ARGS__)
#define IBackgroundCopyJob4_SetPeerCachingFlags(This, ...)                                         \
    BITSCB3_CALL(This, SetPeerCachingFlags, __VA_ARGS__)
#define IBackgroundCopyJob4_GetPeerCachingFlags(This, ...)                                         \
    BITSCB3_CALL(This, GetPeerCachingFlags, __VA_ARGS__)
#define IBackgroundCopyJob4_GetOwnerIntegrityLevel(This, ...)                                      \
    BITSCB3_CALL(This, GetOwnerIntegrityLevel, __VA_ARGS__)
#define IBackgroundCopyJob4_GetOwnerElevationState(This, ...)                                      \
    BITSCB3_CALL(This, GetOwnerElevationState, __VA_ARGS__)
#define IBackgroundCopyJob4_SetMaximumDownloadTime(This, ...)                                      \
    BITSCB3_CALL(This, SetMaximumDownloadTime, __VA_ARGS__)
#define IBackgroundCopyJob4_GetMaximumDownloadTime(This, ...)                                      \
    BITSCB3_CALL(This, GetMaximumDownloadTime, __VA_ARGS__)

#define IBackgroundCopyJob5_QueryInterface(This, iid, out)                                         \
    BITSCB3_CALL(This, QueryInterface, iid, out)
#define IBackgroundCopyJob5_AddRef(This) BITSCB3_CALL0(This, AddRef)
#define IBackgroundCopyJob5_Release(This) BITSCB3_CALL0(This, Release)
#define IBackgroundCopyJob5_AddFileSet(This, ...) BITSCB3_CALL(This, AddFileSet, __VA_ARGS__)
#define IBackgroundCopyJob5_AddFile(This, ...) BITSCB3_CALL(This, AddFile, __VA_ARGS__)
#define IBackgroundCopyJob5_EnumFiles(This, ...) BITSCB3_CALL(This, EnumFiles, __VA_ARGS__)
#define IBackgroundCopyJob5_Suspend(This) BITSCB3_CALL0(This, Suspend)
#define IBackgroundCopyJob5_Resume(This) BITSCB3_CALL0(This, Resume)
#define IBackgroundCopyJob5_Cancel(This) BITSCB3_CALL0(This, Cancel)
#define IBackgroundCopyJob5_Complete(This) BITSCB3_CALL0(This, Complete)
#define IBackgroundCopyJob5_GetId(This, ...) BITSCB3_CALL(This, GetId, __VA_ARGS__)
#define IBackgroundCopyJob5_GetType(This, ...) BITSCB3_CALL(This, GetType, __VA_ARGS__)
#define IBackgroundCopyJob5_GetProgress(This, ...) BITSCB3_CALL(This, GetProgress, __VA_ARGS__)
#define IBackgroundCopyJob5_GetTimes(This, ...) BITSCB3_CALL(This, GetTimes, __VA_ARGS__)
#define IBackgroundCopyJob5_GetState(This, ...) BITSCB3_CALL(This, GetState, __VA_ARGS__)
#define IBackgroundCopyJob5_GetError(This, ...) BITSCB3_CALL(This, GetError, __VA_ARGS__)
#define IBackgroundCopyJob5_GetOwner(This, ...) BITSCB3_CALL(This, GetOwner, __VA_ARGS__)
#define IBackgroundCopyJob5_SetDisplayName(This, ...)                                              \
    BITSCB3_CALL(This, SetDisplayName, __VA_ARGS__)
#define IBackgroundCopyJob5_GetDisplayName(This, ...)                                              \
    BITSCB3_CALL(This, GetDisplayName, __VA_ARGS__)
#define IBackgroundCopyJob5_SetDescription(This, ...)                                              \
    BITSCB3_CALL(This, SetDescription, __VA_ARGS__)
#define IBackgroundCopyJob5_GetDescription(This, ...)                                              \
    BITSCB3_CALL(This, GetDescription, __VA_ARGS__)
#define IBackgroundCopyJob5_SetPriority(This, ...) BITSCB3_CALL(This, SetPriority, __VA_ARGS__)
#define IBackgroundCopyJob5_GetPriority(This, ...) BITSCB3_CALL(This, GetPriority, __VA_ARGS__)
#define IBackgroundCopyJob5_SetNotifyFlags(This, ...)                                              \
    BITSCB3_CALL(This, SetNotifyFlags, __VA_ARGS__)
#define IBackgroundCopyJob5_GetNotifyFlags(This, ...)                                              \
    BITSCB3_CALL(This, GetNotifyFlags, __VA_ARGS__)
#define IBackgroundCopyJob5_SetNotifyInterface(This, ...)                                          \
    BITSCB3_CALL(This, SetNotifyInterface, __VA_ARGS__)
#define IBackgroundCopyJob5_GetNotifyInterface(This, ...)                                          \
    BITSCB3_CALL(This, GetNotifyInterface, __VA_ARGS__)
#define IBackgroundCopyJob5_SetMinimumRetryDelay(This, ...)                                        \
    BITSCB3_CALL(This, SetMinimumRetryDelay, __VA_ARGS__)
#define IBackgroundCopyJob5_GetMinimumRetryDelay(This, ...)                                        \
    BITSCB3_CALL(This, GetMinimumRetryDelay, __VA_ARGS__)
#define IBackgroundCopyJob5_SetNoProgressTimeout(This, ...)                                        \
    BITSCB3_CALL(This, SetNoProgressTimeout, __VA_ARGS__)
#define IBackgroundCopyJob5_GetNoProgressTimeout(This, ...)                                        \
    BITSCB3_CALL(This, GetNoProgressTimeout, __VA_ARGS__)
#define IBackgroundCopyJob5_GetErrorCount(This, ...) BITSCB3_CALL(This, GetErrorCount, __VA_ARGS__)
#define IBackgroundCopyJob5_SetProxySettings(This, ...)                                            \
    BITSCB3_CALL(This, SetProxySettings, __VA_ARGS__)
#define IBackgroundCopyJob5_GetProxySettings(This, ...)                                            \
    BITSCB3_CALL(This, GetProxySettings, __VA_ARGS__)
#define IBackgroundCopyJob5_TakeOwnership(This) BITSCB3_CALL0(This, TakeOwnership)
#define IBackgroundCopyJob5_SetNotifyCmdLine(This, ...)                                            \
    BITSCB3_CALL(This, SetNotifyCmdLine, __VA_ARGS__)
#define IBackgroundCopyJob5_GetNotifyCmdLine(This, ...)                                            \
    BITSCB3_CALL(This, GetNotifyCmdLine, __VA_ARGS__)
#define IBackgroundCopyJob5_GetReplyProgress(This, ...)                                            \
    BITSCB3_CALL(This, GetReplyProgress, __VA_ARGS__)
#define IBackgroundCopyJob5_GetReplyData(This, ...) BITSCB3_CALL(This, GetReplyData, __VA_ARGS__)
#define IBackgroundCopyJob5_SetReplyFileName(This, ...)                                            \
    BITSCB3_CALL(This, SetReplyFileName, __VA_ARGS__)
#define IBackgroundCopyJob5_GetReplyFileName(This, ...)                                            \
    BITSCB3_CALL(This, GetReplyFileName, __VA_ARGS__)
#define IBackgroundCopyJob5_SetCredentials(This, ...)                                              \
    BITSCB3_CALL(This, SetCredentials, __VA_ARGS__)
#define IBackgroundCopyJob5_RemoveCredentials(This, ...)                                           \
    BITSCB3_CALL(This, RemoveCredentials, __VA_ARGS__)
#define IBackgroundCopyJob5_ReplaceRemotePrefix(This, ...)                                         \
    BITSCB3_CALL(This, ReplaceRemotePrefix, __VA_ARGS__)
#define IBackgroundCopyJob5_AddFileWithRanges(This, ...)                                           \
    BITSCB3_CALL(This, AddFileWithRanges, __VA_ARGS__)
#define IBackgroundCopyJob5_SetFileACLFlags(This, ...)                                             \
    BITSCB3_CALL(This, SetFileACLFlags, __VA_ARGS__)
#define IBackgroundCopyJob5_GetFileACLFlags(This, ...)                                             \
    BITSCB3_CALL(This, GetFileACLFlags, __VA_ARGS__)
#define IBackgroundCopyJob5_SetPeerCachingFlags(This, ...)                                         \
    BITSCB3_CALL(This, SetPeerCachingFlags, __VA_ARGS__)
#define IBackgroundCopyJob5_GetPeerCachingFlags(This, ...)                                         \
    BITSCB3_CALL(This, GetPeerCachingFlags, __VA_ARGS__)
#define IBackgroundCopyJob5_GetOwnerIntegrityLevel(This, ...)                                      \
    BITSCB3_CALL(This, GetOwnerIntegrityLevel, __VA_ARGS__)
#define IBackgroundCopyJob5_GetOwnerElevationState(This, ...)                                      \
    BITSCB3_CALL(This, GetOwnerElevationState, __VA_ARGS__)
#define IBackgroundCopyJob5_SetMaximumDownloadTime(This, ...)                                      \
    BITSCB3_CALL(This, SetMaximumDownloadTime, __VA_ARGS__)
#define IBackgroundCopyJob5_GetMaximumDownloadTime(This, ...)                                      \
    BITSCB3_CALL(This, GetMaximumDownloadTime, __VA_ARGS__)
#define IBackgroundCopyJob5_SetProperty(This, ...) BITSCB3_CALL(This, SetProperty, __VA_ARGS__)
#define IBackgroundCopyJob5_GetProperty(This, ...) BITSCB3_CALL(This, GetProperty, __VA_ARGS__)

#endif

#endif
