/* SPDX-License-Identifier: MIT */
/* bits_callback.h - the interfaces a client implements: IBackgroundCopyCallback to Callback3.
 * Slots are absolute: 0 QueryInterface, 1 AddRef, 2 Release. Every method returns HRESULT. */

#ifndef BITSCB3_BITS_CALLBACK_H
#define BITSCB3_BITS_CALLBACK_H

#include <bitscb3/bits_types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* clang-format off */

/* IBackgroundCopyCallback : IUnknown - BITS 1.0, Windows XP
 * 97ea99c7-0186-4ad4-8df9-c5b4e0ed6b22 */
#define IBackgroundCopyCallback_OWN(SLOT)                                                          \
    /*  3 */ SLOT(JobTransferred, (THIS_ IBackgroundCopyJob* pJob))                                \
    /*  4 */ SLOT(JobError, (THIS_ IBackgroundCopyJob* pJob, IBackgroundCopyError* pError))        \
    /*  5 */ SLOT(JobModification, (THIS_ IBackgroundCopyJob* pJob, DWORD dwReserved))
#define IBackgroundCopyCallback_SLOTS(SLOT) IBackgroundCopyCallback_OWN(SLOT)
#undef INTERFACE
#define INTERFACE IBackgroundCopyCallback
BITSCB3_INTERFACE(IBackgroundCopyCallback, IUnknown);
extern const IID IID_IBackgroundCopyCallback;

/* The twin that DCOM may ask a client's object for; a client need not have it. */
extern const IID IID_AsyncIBackgroundCopyCallback;

/* IBackgroundCopyCallback2 : IBackgroundCopyCallback - BITS 3.0, Vista / 2008
 * 659cdeac-489e-11d9-a9cd-000d56965251 */
#define IBackgroundCopyCallback2_OWN(SLOT)                                                         \
    /*  6 */ SLOT(FileTransferred, (THIS_ IBackgroundCopyJob* pJob, IBackgroundCopyFile* pFile))
#define IBackgroundCopyCallback2_SLOTS(SLOT)                                                       \
    IBackgroundCopyCallback_SLOTS(SLOT) IBackgroundCopyCallback2_OWN(SLOT)
#undef INTERFACE
#define INTERFACE IBackgroundCopyCallback2
BITSCB3_INTERFACE(IBackgroundCopyCallback2, IBackgroundCopyCallback);
extern const IID IID_IBackgroundCopyCallback2;

/* IBackgroundCopyCallback3 : IBackgroundCopyCallback2 - BITS 10.1, 10 v1703
 * 98c97bd2-e32b-4ad8-a528-95fd8b16bd42 */
#define IBackgroundCopyCallback3_OWN(SLOT)                                                         \
    /*  7 */ SLOT(FileRangesTransferred, (THIS_ IBackgroundCopyJob* job,                           \
                      IBackgroundCopyFile* file, DWORD rangeCount, const BG_FILE_RANGE* ranges))
#define IBackgroundCopyCallback3_SLOTS(SLOT)                                                       \
    IBackgroundCopyCallback2_SLOTS(SLOT) IBackgroundCopyCallback3_OWN(SLOT)
#undef INTERFACE
#define INTERFACE IBackgroundCopyCallback3
BITSCB3_INTERFACE(IBackgroundCopyCallback3, IBackgroundCopyCallback2);
extern const IID IID_IBackgroundCopyCallback3;

#undef INTERFACE
/* clang-format on */

#ifdef __cplusplus
} /* extern "C" */
#else

/* Calls from C, as COBJMACROS has them. */

#define IBackgroundCopyCallback_QueryInterface(This, iid, out)                                     \
    BITSCB3_CALL(This, QueryInterface, iid, out)
#define IBackgroundCopyCallback_AddRef(This) BITSCB3_CALL0(This, AddRef)
#define IBackgroundCopyCallback_Release(This) BITSCB3_CALL0(This, Release)
#define IBackgroundCopyCallback_JobTransferred(This, ...)                                          \
    BITSCB3_CALL(This, JobTransferred, __VA_ARGS__)
#define IBackgroundCopyCallback_JobError(This, ...) BITSCB3_CALL(This, JobError, __VA_ARGS__)
#define IBackgroundCopyCallback_JobModification(This, ...)                                         \
    BITSCB3_CALL(This, JobModification, __VA_ARGS__)

#define IBackgroundCopyCallback2_QueryInterface(This, iid, out)                                    \
    BITSCB3_CALL(This, QueryInterface, iid, out)
#define IBackgroundCopyCallback2_AddRef(This) BITSCB3_CALL0(This, AddRef)
#define IBackgroundCopyCallback2_Release(This) BITSCB3_CALL0(This, Release)
#define IBackgroundCopyCallback2_JobTransferred(This, ...)                                         \
    BITSCB3_CALL(This, JobTransferred, __VA_ARGS__)
#define IBackgroundCopyCallback2_JobError(This, ...) BITSCB3_CALL(This, JobError, __VA_ARGS__)
#define IBackgroundCopyCallback2_JobModification(This, ...)                                        \
    BITSCB3_CALL(This, JobModification, __VA_ARGS__)
#define IBackgroundCopyCallback2_FileTransferred(This, ...)                                        \
    BITSCB3_CALL(This, FileTransferred, __VA_ARGS__)

#define IBackgroundCopyCallback3_QueryInterface(This, iid, out)                                    \
    BITSCB3_CALL(This, QueryInterface, iid, out)
#define IBackgroundCopyCallback3_AddRef(This) BITSCB3_CALL0(This, AddRef)
#define IBackgroundCopyCallback3_Release(This) BITSCB3_CALL0(This, Release)
#define IBackgroundCopyCallback3_JobTransferred(This, ...)                                         \
    BITSCB3_CALL(This, JobTransferred, __VA_ARGS__)
#define IBackgroundCopyCallback3_JobError(This, ...) BITSCB3_CALL(This, JobError, __VA_ARGS__)
#define IBackgroundCopyCallback3_JobModification(This, ...)                                        \
    BITSCB3_CALL(This, JobModification, __VA_ARGS__)
#define IBackgroundCopyCallback3_FileTransferred(This, ...)                                        \
    BITSCB3_CALL(This, FileTransferred, __VA_ARGS__)
#define IBackgroundCopyCallback3_FileRangesTransferred(This, ...)                                  \
    BITSCB3_CALL(This, FileRangesTransferred, __VA_ARGS__)

#endif

#endif
