/* SPDX-License-Identifier: MIT */
/* bits_job_http.h - what a job lets a client set of HTTP: HttpOptions to HttpOptions3, server
 * certificates, tokens.
 * Slots are absolute: 0 QueryInterface, 1 AddRef, 2 Release. Every method returns HRESULT. */

#ifndef BITSCB3_BITS_JOB_HTTP_H
#define BITSCB3_BITS_JOB_HTTP_H

#include <bitscb3/bits_types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* clang-format off */

/* IBackgroundCopyJobHttpOptions : IUnknown - BITS 2.5, Vista (XP SP3)
 * f1bd1079-9f01-4bdc-8036-f09b70095066 */
#define IBackgroundCopyJobHttpOptions_OWN(SLOT)                                                    \
    /*  3 */ SLOT(SetClientCertificateByID, (THIS_ BG_CERT_STORE_LOCATION StoreLocation,           \
                      LPCWSTR StoreName, byte* pCertHashBlob))                                     \
    /*  4 */ SLOT(SetClientCertificateByName, (THIS_ BG_CERT_STORE_LOCATION StoreLocation,         \
                      LPCWSTR StoreName, LPCWSTR SubjectName))                                     \
    /*  5 */ SLOT(RemoveClientCertificate, (THIS))                                                 \
    /*  6 */ SLOT(GetClientCertificate, (THIS_ BG_CERT_STORE_LOCATION* pStoreLocation,             \
                      LPWSTR* pStoreName, byte** ppCertHashBlob, LPWSTR* pSubjectName))            \
    /*  7 */ SLOT(SetCustomHeaders, (THIS_ LPCWSTR RequestHeaders))                                \
    /*  8 */ SLOT(GetCustomHeaders, (THIS_ LPWSTR* pRequestHeaders))                               \
    /*  9 */ SLOT(SetSecurityFlags, (THIS_ ULONG Flags))                                           \
    /* 10 */ SLOT(GetSecurityFlags, (THIS_ ULONG* pFlags))
#define IBackgroundCopyJobHttpOptions_SLOTS(SLOT) IBackgroundCopyJobHttpOptions_OWN(SLOT)
#undef INTERFACE
#define INTERFACE IBackgroundCopyJobHttpOptions
BITSCB3_INTERFACE(IBackgroundCopyJobHttpOptions, IUnknown);
extern const IID IID_IBackgroundCopyJobHttpOptions;

/* IBackgroundCopyJobHttpOptions2 : IBackgroundCopyJobHttpOptions - BITS 10.2, 10 v1809
 * b591a192-a405-4fc3-8323-4c5c542578fc */
#define IBackgroundCopyJobHttpOptions2_OWN(SLOT)                                                   \
    /* 11 */ SLOT(SetHttpMethod, (THIS_ LPCWSTR method))                                           \
    /* 12 */ SLOT(GetHttpMethod, (THIS_ LPWSTR* method))
#define IBackgroundCopyJobHttpOptions2_SLOTS(SLOT)                                                 \
    IBackgroundCopyJobHttpOptions_SLOTS(SLOT) IBackgroundCopyJobHttpOptions2_OWN(SLOT)
#undef INTERFACE
#define INTERFACE IBackgroundCopyJobHttpOptions2
BITSCB3_INTERFACE(IBackgroundCopyJobHttpOptions2, IBackgroundCopyJobHttpOptions);
extern const IID IID_IBackgroundCopyJobHttpOptions2;

/* IBackgroundCopyJobHttpOptions3 : IBackgroundCopyJobHttpOptions2 - BITS 10.3, 10 v1903
 * 8a9263d3-fd4c-4eda-9b28-30132a4d4e3c */
#define IBackgroundCopyJobHttpOptions3_OWN(SLOT)                                                   \
    /* 13 */ SLOT(SetServerCertificateValidationInterface, (THIS_                                  \
                      IUnknown* certValidationCallback))                                           \
    /* 14 */ SLOT(MakeCustomHeadersWriteOnly, (THIS))
#define IBackgroundCopyJobHttpOptions3_SLOTS(SLOT)                                                 \
    IBackgroundCopyJobHttpOptions2_SLOTS(SLOT) IBackgroundCopyJobHttpOptions3_OWN(SLOT)
#undef INTERFACE
#define INTERFACE IBackgroundCopyJobHttpOptions3
BITSCB3_INTERFACE(IBackgroundCopyJobHttpOptions3, IBackgroundCopyJobHttpOptions2);
extern const IID IID_IBackgroundCopyJobHttpOptions3;

/* IBackgroundCopyServerCertificateValidationCallback : IUnknown - BITS 10.3, 10 v1903
 * 4cec0d02-def7-4158-813a-c32a46945ff7 */
#define IBackgroundCopyServerCertificateValidationCallback_OWN(SLOT)                               \
    /*  3 */ SLOT(ValidateServerCertificate, (THIS_ IBackgroundCopyJob* job,                       \
                      IBackgroundCopyFile* file, DWORD certLength, const BYTE* certData,           \
                      DWORD certEncodingType, DWORD certStoreLength, const BYTE* certStoreData))
#define IBackgroundCopyServerCertificateValidationCallback_SLOTS(SLOT)                             \
    IBackgroundCopyServerCertificateValidationCallback_OWN(SLOT)
#undef INTERFACE
#define INTERFACE IBackgroundCopyServerCertificateValidationCallback
BITSCB3_INTERFACE(IBackgroundCopyServerCertificateValidationCallback, IUnknown);
extern const IID IID_IBackgroundCopyServerCertificateValidationCallback;

/* IBitsTokenOptions : IUnknown - BITS 4.0, 7 / 2008 R2
 * 9a2584c3-f7d2-457a-9a5e-22b67bffc7d2 */
#define IBitsTokenOptions_OWN(SLOT)                                                                \
    /*  3 */ SLOT(SetHelperTokenFlags, (THIS_ DWORD UsageFlags))                                   \
    /*  4 */ SLOT(GetHelperTokenFlags, (THIS_ DWORD* pFlags))                                      \
    /*  5 */ SLOT(SetHelperToken, (THIS))                                                          \
    /*  6 */ SLOT(ClearHelperToken, (THIS))                                                        \
    /*  7 */ SLOT(GetHelperTokenSid, (THIS_ LPWSTR* pSid))
#define IBitsTokenOptions_SLOTS(SLOT) IBitsTokenOptions_OWN(SLOT)
#undef INTERFACE
#define INTERFACE IBitsTokenOptions
BITSCB3_INTERFACE(IBitsTokenOptions, IUnknown);
extern const IID IID_IBitsTokenOptions;

#undef INTERFACE
/* clang-format on */

#ifdef __cplusplus
} /* extern "C" */
#else

/* Calls from C, as COBJMACROS has them. */

#define IBackgroundCopyJobHttpOptions_QueryInterface(This, iid, out)                               \
    BITSCB3_CALL(This, QueryInterface, iid, out)
#define IBackgroundCopyJobHttpOptions_AddRef(This) BITSCB3_CALL0(This, AddRef)
#define IBackgroundCopyJobHttpOptions_Release(This) BITSCB3_CALL0(This, Release)
#define IBackgroundCopyJobHttpOptions_SetClientCertificateByID(This, ...)                          \
    BITSCB3_CALL(This, SetClientCertificateByID, __VA_ARGS__)
#define IBackgroundCopyJobHttpOptions_SetClientCertificateByName(This, ...)                        \
    BITSCB3_CALL(This, SetClientCertificateByName, __VA_ARGS__)
#define IBackgroundCopyJobHttpOptions_RemoveClientCertificate(This)                                \
    BITSCB3_CALL0(This, RemoveClientCertificate)
#define IBackgroundCopyJobHttpOptions_GetClientCertificate(This, ...)                              \
    BITSCB3_CALL(This, GetClientCertificate, __VA_ARGS__)
#define IBackgroundCopyJobHttpOptions_SetCustomHeaders(This, ...)                                  \
    BITSCB3_CALL(This, SetCustomHeaders, __VA_ARGS__)
#define IBackgroundCopyJobHttpOptions_GetCustomHeaders(This, ...)                                  \
    BITSCB3_CALL(This, GetCustomHeaders, __VA_ARGS__)
#define IBackgroundCopyJobHttpOptions_SetSecurityFlags(This, ...)                                  \
    BITSCB3_CALL(This, SetSecurityFlags, __VA_ARGS__)
#define IBackgroundCopyJobHttpOptions_GetSecurityFlags(This, ...)                                  \
    BITSCB3_CALL(This, GetSecurityFlags, __VA_ARGS__)

#define IBackgroundCopyJobHttpOptions2_QueryInterface(This, iid, out)                              \
    BITSCB3_CALL(This, QueryInterface, iid, out)
#define IBackgroundCopyJobHttpOptions2_AddRef(This) BITSCB3_CALL0(This, AddRef)
#define IBackgroundCopyJobHttpOptions2_Release(This) BITSCB3_CALL0(This, Release)
#define IBackgroundCopyJobHttpOptions2_SetClientCertificateByID(This, ...)                         \
    BITSCB3_CALL(This, SetClientCertificateByID, __VA_ARGS__)
#define IBackgroundCopyJobHttpOptions2_SetClientCertificateByName(This, ...)                       \
    BITSCB3_CALL(This, SetClientCertificateByName, __VA_ARGS__)
#define IBackgroundCopyJobHttpOptions2_RemoveClientCertificate(This)                               \
    BITSCB3_CALL0(This, RemoveClientCertificate)
#define IBackgroundCopyJobHttpOptions2_GetClientCertificate(This, ...)                             \
    BITSCB3_CALL(This, GetClientCertificate, __VA_ARGS__)
#define IBackgroundCopyJobHttpOptions2_SetCustomHeaders(This, ...)                                 \
    BITSCB3_CALL(This, SetCustomHeaders, __VA_ARGS__)
#define IBackgroundCopyJobHttpOptions2_GetCustomHeaders(This, ...)                                 \
    BITSCB3_CALL(This, GetCustomHeaders, __VA_ARGS__)
#define IBackgroundCopyJobHttpOptions2_SetSecurityFlags(This, ...)                                 \
    BITSCB3_CALL(This, SetSecurityFlags, __VA_ARGS__)
#define IBackgroundCopyJobHttpOptions2_GetSecurityFlags(This, ...)                                 \
    BITSCB3_CALL(This, GetSecurityFlags, __VA_ARGS__)
#define IBackgroundCopyJobHttpOptions2_SetHttpMethod(This, ...)                                    \
    BITSCB3_CALL(This, SetHttpMethod, __VA_ARGS__)
#define IBackgroundCopyJobHttpOptions2_GetHttpMethod(This, ...)                                    \
    BITSCB3_CALL(This, GetHttpMethod, __VA_ARGS__)

#define IBackgroundCopyJobHttpOptions3_QueryInterface(This, iid, out)                              \
    BITSCB3_CALL(This, QueryInterface, iid, out)
#define IBackgroundCopyJobHttpOptions3_AddRef(This) BITSCB3_CALL0(This, AddRef)
#define IBackgroundCopyJobHttpOptions3_Release(This) BITSCB3_CALL0(This, Release)
#define IBackgroundCopyJobHttpOptions3_SetClientCertificateByID(This, ...)                         \
    BITSCB3_CALL(This, SetClientCertificateByID, __VA_ARGS__)
#define IBackgroundCopyJobHttpOptions3_SetClientCertificateByName(This, ...)                       \
    BITSCB3_CALL(This, SetClientCertificateByName, __VA_ARGS__)
#define IBackgroundCopyJobHttpOptions3_RemoveClientCertificate(This)                               \
    BITSCB3_CALL0(This, RemoveClientCertificate)
#define IBackgroundCopyJobHttpOptions3_GetClientCertificate(This, ...)                             \
    BITSCB3_CALL(This, GetClientCertificate, __VA_ARGS__)
#define IBackgroundCopyJobHttpOptions3_SetCustomHeaders(This, ...)                                 \
    BITSCB3_CALL(This, SetCustomHeaders, __VA_ARGS__)
#define IBackgroundCopyJobHttpOptions3_GetCustomHeaders(This, ...)                                 \
    BITSCB3_CALL(This, GetCustomHeaders, __VA_ARGS__)
#define IBackgroundCopyJobHttpOptions3_SetSecurityFlags(This, ...)                                 \
    BITSCB3_CALL(This, SetSecurityFlags, __VA_ARGS__)
#define IBackgroundCopyJobHttpOptions3_GetSecurityFlags(This, ...)                                 \
    BITSCB3_CALL(This, GetSecurityFlags, __VA_ARGS__)
#define IBackgroundCopyJobHttpOptions3_SetHttpMethod(This, ...)                                    \
    BITSCB3_CALL(This, SetHttpMethod, __VA_ARGS__)
#define IBackgroundCopyJobHttpOptions3_GetHttpMethod(This, ...)                                    \
    BITSCB3_CALL(This, GetHttpMethod, __VA_ARGS__)
#define IBackgroundCopyJobHttpOptions3_SetServerCertificateValidationInterface(This, ...)          \
    BITSCB3_CALL(This, SetServerCertificateValidationInterface, __VA_ARGS__)
#define IBackgroundCopyJobHttpOptions3_MakeCustomHeadersWriteOnly(This)                            \
    BITSCB3_CALL0(This, MakeCustomHeadersWriteOnly)

#define IBackgroundCopyServerCertificateValidationCallback_QueryInterface(This, iid, out)          \
    BITSCB3_CALL(This, QueryInterface, iid, out)
#define IBackgroundCopyServerCertificateValidationCallback_AddRef(This) BITSCB3_CALL0(This, AddRef)
#define IBackgroundCopyServerCertificateValidationCallback_Release(This)                           \
    BITSCB3_CALL0(This, Release)
#define IBackgroundCopyServerCertificateValidationCallback_ValidateServerCertificate(This, ...)    \
    BITSCB3_CALL(This, ValidateServerCertificate, __VA_ARGS__)

#define IBitsTokenOptions_QueryInterface(This, iid, out)                                           \
    BITSCB3_CALL(This, QueryInterface, iid, out)
#define IBitsTokenOptions_AddRef(This) BITSCB3_CALL0(This, AddRef)
#define IBitsTokenOptions_Release(This) BITSCB3_CALL0(This, Release)
#define IBitsTokenOptions_SetHelperTokenFlags(This, ...)                                           \
    BITSCB3_CALL(This, SetHelperTokenFlags, __VA_ARGS__)
#define IBitsTokenOptions_GetHelperTokenFlags(This, ...)                                           \
    BITSCB3_CALL(This, GetHelperTokenFlags, __VA_ARGS__)
#define IBitsTokenOptions_SetHelperToken(This) BITSCB3_CALL0(This, SetHelperToken)
#define IBitsTokenOptions_ClearHelperToken(This) BITSCB3_CALL0(This, ClearHelperToken)
#define IBitsTokenOptions_GetHelperTokenSid(This, ...)                                             \
    BITSCB3_CALL(This, GetHelperTokenSid, __VA_ARGS__)

#endif

#endif
