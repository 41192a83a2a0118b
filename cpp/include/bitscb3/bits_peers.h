/* SPDX-License-Identifier: MIT */
/* bits_peers.h - peer caching: the cache, its records and the peers.
 * Slots are absolute: 0 QueryInterface, 1 AddRef, 2 Release. Every method returns HRESULT. */

#ifndef BITSCB3_BITS_PEERS_H
#define BITSCB3_BITS_PEERS_H

#include <bitscb3/bits_types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* clang-format off */

/* IBitsPeerCacheAdministration : IUnknown - BITS 3.0, Vista
 * 659cdead-489e-11d9-a9cd-000d56965251 */
#define IBitsPeerCacheAdministration_OWN(SLOT)                                                     \
    /*  3 */ SLOT(GetMaximumCacheSize, (THIS_ DWORD* pBytes))                                      \
    /*  4 */ SLOT(SetMaximumCacheSize, (THIS_ DWORD Bytes))                                        \
    /*  5 */ SLOT(GetMaximumContentAge, (THIS_ ULONG* pSeconds))                                   \
    /*  6 */ SLOT(SetMaximumContentAge, (THIS_ ULONG Seconds))                                     \
    /*  7 */ SLOT(GetConfigurationFlags, (THIS_ DWORD* pFlags))                                    \
    /*  8 */ SLOT(SetConfigurationFlags, (THIS_ DWORD Flags))                                      \
    /*  9 */ SLOT(EnumRecords, (THIS_ IEnumBitsPeerCacheRecords** ppEnum))                         \
    /* 10 */ SLOT(GetRecord, (THIS_ REFGUID id, IBitsPeerCacheRecord** ppRecord))                  \
    /* 11 */ SLOT(ClearRecords, (THIS))                                                            \
    /* 12 */ SLOT(DeleteRecord, (THIS_ REFGUID id))                                                \
    /* 13 */ SLOT(DeleteUrl, (THIS_ LPCWSTR url))                                                  \
    /* 14 */ SLOT(EnumPeers, (THIS_ IEnumBitsPeers** ppEnum))                                      \
    /* 15 */ SLOT(ClearPeers, (THIS))                                                              \
    /* 16 */ SLOT(DiscoverPeers, (THIS))
#define IBitsPeerCacheAdministration_SLOTS(SLOT) IBitsPeerCacheAdministration_OWN(SLOT)
#undef INTERFACE
#define INTERFACE IBitsPeerCacheAdministration
BITSCB3_INTERFACE(IBitsPeerCacheAdministration, IUnknown);
extern const IID IID_IBitsPeerCacheAdministration;

/* IBitsPeerCacheRecord : IUnknown - BITS 3.0, Vista
 * 659cdeaf-489e-11d9-a9cd-000d56965251 */
#define IBitsPeerCacheRecord_OWN(SLOT)                                                             \
    /*  3 */ SLOT(GetId, (THIS_ GUID* pVal))                                                       \
    /*  4 */ SLOT(GetOriginUrl, (THIS_ LPWSTR* pVal))                                              \
    /*  5 */ SLOT(GetFileSize, (THIS_ UINT64* pVal))                                               \
    /*  6 */ SLOT(GetFileModificationTime, (THIS_ FILETIME* pVal))                                 \
    /*  7 */ SLOT(GetLastAccessTime, (THIS_ FILETIME* pVal))                                       \
    /*  8 */ SLOT(IsFileValidated, (THIS))                                                         \
    /*  9 */ SLOT(GetFileRanges, (THIS_ DWORD* pRangeCount, BG_FILE_RANGE** ppRanges))
#define IBitsPeerCacheRecord_SLOTS(SLOT) IBitsPeerCacheRecord_OWN(SLOT)
#undef INTERFACE
#define INTERFACE IBitsPeerCacheRecord
BITSCB3_INTERFACE(IBitsPeerCacheRecord, IUnknown);
extern const IID IID_IBitsPeerCacheRecord;

/* IEnumBitsPeerCacheRecords : IUnknown - BITS 3.0, Vista
 * 659cdea4-489e-11d9-a9cd-000d56965251 */
#define IEnumBitsPeerCacheRecords_OWN(SLOT)                                                        \
    /*  3 */ SLOT(Next, (THIS_ ULONG celt, IBitsPeerCacheRecord** rgelt, ULONG* pceltFetched))     \
    /*  4 */ SLOT(Skip, (THIS_ ULONG celt))                                                        \
    /*  5 */ SLOT(Reset, (THIS))                                                                   \
    /*  6 */ SLOT(Clone, (THIS_ IEnumBitsPeerCacheRecords** ppenum))                               \
    /*  7 */ SLOT(GetCount, (THIS_ ULONG* puCount))
#define IEnumBitsPeerCacheRecords_SLOTS(SLOT) IEnumBitsPeerCacheRecords_OWN(SLOT)
#undef INTERFACE
#define INTERFACE IEnumBitsPeerCacheRecords
BITSCB3_INTERFACE(IEnumBitsPeerCacheRecords, IUnknown);
extern const IID IID_IEnumBitsPeerCacheRecords;

/* IBitsPeer : IUnknown - BITS 3.0, Vista
 * 659cdea2-489e-11d9-a9cd-000d56965251 */
#define IBitsPeer_OWN(SLOT)                                                                        \
    /*  3 */ SLOT(GetPeerName, (THIS_ LPWSTR* pName))                                              \
    /*  4 */ SLOT(IsAuthenticated, (THIS_ BOOL* pAuth))                                            \
    /*  5 */ SLOT(IsAvailable, (THIS_ BOOL* pOnline))
#define IBitsPeer_SLOTS(SLOT) IBitsPeer_OWN(SLOT)
#undef INTERFACE
#define INTERFACE IBitsPeer
BITSCB3_INTERFACE(IBitsPeer, IUnknown);
extern const IID IID_IBitsPeer;

/* IEnumBitsPeers : IUnknown - BITS 3.0, Vista
 * 659cdea5-489e-11d9-a9cd-000d56965251 */
#define IEnumBitsPeers_OWN(SLOT)                                                                   \
    /*  3 */ SLOT(Next, (THIS_ ULONG celt, IBitsPeer** rgelt, ULONG* pceltFetched))                \
    /*  4 */ SLOT(Skip, (THIS_ ULONG celt))                                                        \
    /*  5 */ SLOT(Reset, (THIS))                                                                   \
    /*  6 */ SLOT(Clone, (THIS_ IEnumBitsPeers** ppenum))                                          \
    /*  7 */ SLOT(GetCount, (THIS_ ULONG* puCount))
#define IEnumBitsPeers_SLOTS(SLOT) IEnumBitsPeers_OWN(SLOT)
#undef INTERFACE
#define INTERFACE IEnumBitsPeers
BITSCB3_INTERFACE(IEnumBitsPeers, IUnknown);
extern const IID IID_IEnumBitsPeers;

#undef INTERFACE
/* clang-format on */

#ifdef __cplusplus
} /* extern "C" */
#else

/* Calls from C, as COBJMACROS has them. */

#define IBitsPeerCacheAdministration_QueryInterface(This, iid, out)                                \
    BITSCB3_CALL(This, QueryInterface, iid, out)
#define IBitsPeerCacheAdministration_AddRef(This) BITSCB3_CALL0(This, AddRef)
#define IBitsPeerCacheAdministration_Release(This) BITSCB3_CALL0(This, Release)
#define IBitsPeerCacheAdministration_GetMaximumCacheSize(This, ...)                                \
    BITSCB3_CALL(This, GetMaximumCacheSize, __VA_ARGS__)
#define IBitsPeerCacheAdministration_SetMaximumCacheSize(This, ...)                                \
    BITSCB3_CALL(This, SetMaximumCacheSize, __VA_ARGS__)
#define IBitsPeerCacheAdministration_GetMaximumContentAge(This, ...)                               \
    BITSCB3_CALL(This, GetMaximumContentAge, __VA_ARGS__)
#define IBitsPeerCacheAdministration_SetMaximumContentAge(This, ...)                               \
    BITSCB3_CALL(This, SetMaximumContentAge, __VA_ARGS__)
#define IBitsPeerCacheAdministration_GetConfigurationFlags(This, ...)                              \
    BITSCB3_CALL(This, GetConfigurationFlags, __VA_ARGS__)
#define IBitsPeerCacheAdministration_SetConfigurationFlags(This, ...)                              \
    BITSCB3_CALL(This, SetConfigurationFlags, __VA_ARGS__)
#define IBitsPeerCacheAdministration_EnumRecords(This, ...)                                        \
    BITSCB3_CALL(This, EnumRecords, __VA_ARGS__)
#define IBitsPeerCacheAdministration_GetRecord(This, ...) BITSCB3_CALL(This, GetRecord, __VA_ARGS__)
#define IBitsPeerCacheAdministration_ClearRecords(This) BITSCB3_CALL0(This, ClearRecords)
#define IBitsPeerCacheAdministration_DeleteRecord(This, ...)                                       \
    BITSCB3_CALL(This, DeleteRecord, __VA_ARGS__)
#define IBitsPeerCacheAdministration_DeleteUrl(This, ...) BITSCB3_CALL(This, DeleteUrl, __VA_ARGS__)
#define IBitsPeerCacheAdministration_EnumPeers(This, ...) BITSCB3_CALL(This, EnumPeers, __VA_ARGS__)
#define IBitsPeerCacheAdministration_ClearPeers(This) BITSCB3_CALL0(This, ClearPeers)
#define IBitsPeerCacheAdministration_DiscoverPeers(This) BITSCB3_CALL0(This, DiscoverPeers)

#define IBitsPeerCacheRecord_QueryInterface(This, iid, out)                                        \
    BITSCB3_CALL(This, QueryInterface, iid, out)
#define IBitsPeerCacheRecord_AddRef(This) BITSCB3_CALL0(This, AddRef)
#define IBitsPeerCacheRecord_Release(This) BITSCB3_CALL0(This, Release)
#define IBitsPeerCacheRecord_GetId(This, ...) BITSCB3_CALL(This, GetId, __VA_ARGS__)
#define IBitsPeerCacheRecord_GetOriginUrl(This, ...) BITSCB3_CALL(This, GetOriginUrl, __VA_ARGS__)
#define IBitsPeerCacheRecord_GetFileSize(This, ...) BITSCB3_CALL(This, GetFileSize, __VA_ARGS__)
#define IBitsPeerCacheRecord_GetFileModificationTime(This, ...)                                    \
    BITSCB3_CALL(This, GetFileModificationTime, __VA_ARGS__)
#define IBitsPeerCacheRecord_GetLastAccessTime(This, ...)                                          \
    BITSCB3_CALL(This, GetLastAccessTime, __VA_ARGS__)
#define IBitsPeerCacheRecord_IsFileValidated(This) BITSCB3_CALL0(This, IsFileValidated)
#define IBitsPeerCacheRecord_GetFileRanges(This, ...) BITSCB3_CALL(This, GetFileRanges, __VA_ARGS__)

#define IEnumBitsPeerCacheRecords_QueryInterface(This, iid, out)                                   \
    BITSCB3_CALL(This, QueryInterface, iid, out)
#define IEnumBitsPeerCacheRecords_AddRef(This) BITSCB3_CALL0(This, AddRef)
#define IEnumBitsPeerCacheRecords_Release(This) BITSCB3_CALL0(This, Release)
#define IEnumBitsPeerCacheRecords_Next(This, ...) BITSCB3_CALL(This, Next, __VA_ARGS__)
#define IEnumBitsPeerCacheRecords_Skip(This, ...) BITSCB3_CALL(This, Skip, __VA_ARGS__)
#define IEnumBitsPeerCacheRecords_Reset(This) BITSCB3_CALL0(This, Reset)
#define IEnumBitsPeerCacheRecords_Clone(This, ...) BITSCB3_CALL(This, Clone, __VA_ARGS__)
#define IEnumBitsPeerCacheRecords_GetCount(This, ...) BITSCB3_CALL(This, GetCount, __VA_ARGS__)

#define IBitsPeer_QueryInterface(This, iid, out) BITSCB3_CALL(This, QueryInterface, iid, out)
#define IBitsPeer_AddRef(This) BITSCB3_CALL0(This, AddRef)
#define IBitsPeer_Release(This) BITSCB3_CALL0(This, Release)
#define IBitsPeer_GetPeerName(This, ...) BITSCB3_CALL(This, GetPeerName, __VA_ARGS__)
#define IBitsPeer_IsAuthenticated(This, ...) BITSCB3_CALL(This, IsAuthenticated, __VA_ARGS__)
#define IBitsPeer_IsAvailable(This, ...) BITSCB3_CALL(This, IsAvailable, __VA_ARGS__)

#define IEnumBitsPeers_QueryInterface(This, iid, out) BITSCB3_CALL(This, QueryInterface, iid, out)
#define IEnumBitsPeers_AddRef(This) BITSCB3_CALL0(This, AddRef)
#define IEnumBitsPeers_Release(This) BITSCB3_CALL0(This, Release)
#define IEnumBitsPeers_Next(This, ...) BITSCB3_CALL(This, Next, __VA_ARGS__)
#define IEnumBitsPeers_Skip(This, ...) BITSCB3_CALL(This, Skip, __VA_ARGS__)
#define IEnumBitsPeers_Reset(This) BITSCB3_CALL0(This, Reset)
#define IEnumBitsPeers_Clone(This, ...) BITSCB3_CALL(This, Clone, __VA_ARGS__)
#define IEnumBitsPeers_GetCount(This, ...) BITSCB3_CALL(This, GetCount, __VA_ARGS__)

#endif

#endif
