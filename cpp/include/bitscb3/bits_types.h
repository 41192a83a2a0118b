/* SPDX-License-Identifier: MIT */
/* bits_types.h - the enumerations, flags and structures of the contract, binary-exact.
 * Sizes and offsets are those of the Windows SDK; 64-bit members are aligned to 8 bytes everywhere.
 */

#ifndef BITSCB3_BITS_TYPES_H
#define BITSCB3_BITS_TYPES_H

#include <bitscb3/com.h>

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Every interface by name, so that they can mention each other. */
#define BITSCB3_NAME(Interface) typedef struct Interface Interface
BITSCB3_NAME(IBackgroundCopyManager);
BITSCB3_NAME(IEnumBackgroundCopyJobs);
BITSCB3_NAME(IBackgroundCopyError);
BITSCB3_NAME(IBackgroundCopyJob);
BITSCB3_NAME(IBackgroundCopyJob2);
BITSCB3_NAME(IBackgroundCopyJob3);
BITSCB3_NAME(IBackgroundCopyJob4);
BITSCB3_NAME(IBackgroundCopyJob5);
BITSCB3_NAME(IBackgroundCopyJobHttpOptions);
BITSCB3_NAME(IBackgroundCopyJobHttpOptions2);
BITSCB3_NAME(IBackgroundCopyJobHttpOptions3);
BITSCB3_NAME(IBackgroundCopyServerCertificateValidationCallback);
BITSCB3_NAME(IBitsTokenOptions);
BITSCB3_NAME(IBackgroundCopyFile);
BITSCB3_NAME(IBackgroundCopyFile2);
BITSCB3_NAME(IBackgroundCopyFile3);
BITSCB3_NAME(IBackgroundCopyFile4);
BITSCB3_NAME(IBackgroundCopyFile5);
BITSCB3_NAME(IBackgroundCopyFile6);
BITSCB3_NAME(IEnumBackgroundCopyFiles);
BITSCB3_NAME(IBackgroundCopyCallback);
BITSCB3_NAME(IBackgroundCopyCallback2);
BITSCB3_NAME(IBackgroundCopyCallback3);
BITSCB3_NAME(IBitsPeerCacheAdministration);
BITSCB3_NAME(IBitsPeerCacheRecord);
BITSCB3_NAME(IEnumBitsPeerCacheRecords);
BITSCB3_NAME(IBitsPeer);
BITSCB3_NAME(IEnumBitsPeers);
#undef BITSCB3_NAME

/* ---- enumerations: 32 bits ---- */

/* In C++ an enumeration holds every number a client may pass only when its type is told. */
#if defined(__cplusplus)
#define BITSCB3_INT : int
#else
#define BITSCB3_INT
#endif

typedef enum BG_JOB_TYPE BITSCB3_INT {
    BG_JOB_TYPE_DOWNLOAD = 0,
    BG_JOB_TYPE_UPLOAD = 1,
    BG_JOB_TYPE_UPLOAD_REPLY = 2
} BG_JOB_TYPE;

typedef enum BG_JOB_PRIORITY BITSCB3_INT {
    BG_JOB_PRIORITY_FOREGROUND = 0,
    BG_JOB_PRIORITY_HIGH = 1,
    BG_JOB_PRIORITY_NORMAL = 2,
    BG_JOB_PRIORITY_LOW = 3
} BG_JOB_PRIORITY;

typedef enum BG_JOB_STATE BITSCB3_INT {
    BG_JOB_STATE_QUEUED = 0,          /* waits for its turn */
    BG_JOB_STATE_CONNECTING = 1,      /* asks the server */
    BG_JOB_STATE_TRANSFERRING = 2,    /* bytes arrive */
    BG_JOB_STATE_SUSPENDED = 3,       /* born so; by Suspend; on demand, nothing asked for */
    BG_JOB_STATE_ERROR = 4,           /* needs the client: Resume or Cancel */
    BG_JOB_STATE_TRANSIENT_ERROR = 5, /* tries again by itself */
    BG_JOB_STATE_TRANSFERRED = 6,     /* all bytes are here; Complete gives the files their names */
    BG_JOB_STATE_ACKNOWLEDGED = 7,    /* completed: final */
    BG_JOB_STATE_CANCELLED = 8        /* cancelled: final */
} BG_JOB_STATE;

typedef enum BG_JOB_PROXY_USAGE BITSCB3_INT {
    BG_JOB_PROXY_USAGE_PRECONFIG = 0,
    BG_JOB_PROXY_USAGE_NO_PROXY = 1,
    BG_JOB_PROXY_USAGE_OVERRIDE = 2,
    BG_JOB_PROXY_USAGE_AUTODETECT = 3
} BG_JOB_PROXY_USAGE;

typedef enum BG_ERROR_CONTEXT BITSCB3_INT {
    BG_ERROR_CONTEXT_NONE = 0,
    BG_ERROR_CONTEXT_UNKNOWN = 1,
    BG_ERROR_CONTEXT_GENERAL_QUEUE_MANAGER = 2,
    BG_ERROR_CONTEXT_QUEUE_MANAGER_NOTIFICATION = 3,
    BG_ERROR_CONTEXT_LOCAL_FILE = 4,
    BG_ERROR_CONTEXT_REMOTE_FILE = 5,
    BG_ERROR_CONTEXT_GENERAL_TRANSPORT = 6,
    BG_ERROR_CONTEXT_REMOTE_APPLICATION = 7,
    BG_ERROR_CONTEXT_SERVER_CERTIFICATE_CALLBACK = 8
} BG_ERROR_CONTEXT;

typedef enum BG_AUTH_TARGET BITSCB3_INT {
    BG_AUTH_TARGET_SERVER = 1,
    BG_AUTH_TARGET_PROXY = 2
} BG_AUTH_TARGET;

typedef enum BG_AUTH_SCHEME BITSCB3_INT {
    BG_AUTH_SCHEME_BASIC = 1,
    BG_AUTH_SCHEME_DIGEST = 2,
    BG_AUTH_SCHEME_NTLM = 3,
    BG_AUTH_SCHEME_NEGOTIATE = 4,
    BG_AUTH_SCHEME_PASSPORT = 5
} BG_AUTH_SCHEME;

typedef enum BG_CERT_STORE_LOCATION BITSCB3_INT {
    BG_CERT_STORE_LOCATION_CURRENT_USER = 0,
    BG_CERT_STORE_LOCATION_LOCAL_MACHINE = 1,
    BG_CERT_STORE_LOCATION_CURRENT_SERVICE = 2,
    BG_CERT_STORE_LOCATION_SERVICES = 3,
    BG_CERT_STORE_LOCATION_USERS = 4,
    BG_CERT_STORE_LOCATION_CURRENT_USER_GROUP_POLICY = 5,
    BG_CERT_STORE_LOCATION_LOCAL_MACHINE_GROUP_POLICY = 6,
    BG_CERT_STORE_LOCATION_LOCAL_MACHINE_ENTERPRISE = 7
} BG_CERT_STORE_LOCATION;

/* Behind each: the member of BITS_JOB_PROPERTY_VALUE that holds it. */
typedef enum BITS_JOB_PROPERTY_ID BITSCB3_INT {
    BITS_JOB_PROPERTY_ID_COST_FLAGS = 1,                    /* Dword */
    BITS_JOB_PROPERTY_NOTIFICATION_CLSID = 2,               /* ClsID */
    BITS_JOB_PROPERTY_DYNAMIC_CONTENT = 3,                  /* Enable */
    BITS_JOB_PROPERTY_HIGH_PERFORMANCE = 4,                 /* Enable */
    BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE = 5,                /* Uint64, bytes */
    BITS_JOB_PROPERTY_USE_STORED_CREDENTIALS = 7,           /* Target */
    BITS_JOB_PROPERTY_MINIMUM_NOTIFICATION_INTERVAL_MS = 9, /* Dword */
    BITS_JOB_PROPERTY_ON_DEMAND_MODE = 10                   /* Enable */
} BITS_JOB_PROPERTY_ID;

typedef enum BITS_FILE_PROPERTY_ID BITSCB3_INT {
    BITS_FILE_PROPERTY_ID_HTTP_RESPONSE_HEADERS = 1 /* String, of the last response */
} BITS_FILE_PROPERTY_ID;

/* Masks of cost states; too large for a signed enumerator, so plain numbers. */
typedef DWORD BITS_JOB_TRANSFER_POLICY;
#define BITS_JOB_TRANSFER_POLICY_ALWAYS 0x800000FFu
#define BITS_JOB_TRANSFER_POLICY_NOT_ROAMING 0x8000007Fu
#define BITS_JOB_TRANSFER_POLICY_NO_SURCHARGE 0x8000006Fu
#define BITS_JOB_TRANSFER_POLICY_STANDARD 0x80000067u
#define BITS_JOB_TRANSFER_POLICY_UNRESTRICTED 0x80000021u

/* ---- flags ---- */

#define BG_NOTIFY_JOB_TRANSFERRED 0x0001u
#define BG_NOTIFY_JOB_ERROR 0x0002u
#define BG_NOTIFY_DISABLE 0x0004u
#define BG_NOTIFY_JOB_MODIFICATION 0x0008u
#define BG_NOTIFY_FILE_TRANSFERRED 0x0010u
#define BG_NOTIFY_FILE_RANGES_TRANSFERRED 0x0020u

#define BG_JOB_ENUM_ALL_USERS 0x0001u

#define BG_COPY_FILE_OWNER 1u
#define BG_COPY_FILE_GROUP 2u
#define BG_COPY_FILE_DACL 4u
#define BG_COPY_FILE_SACL 8u
#define BG_COPY_FILE_ALL 15u

#define BG_SSL_ENABLE_CRL_CHECK 0x0001u
#define BG_SSL_IGNORE_CERT_CN_INVALID 0x0002u
#define BG_SSL_IGNORE_CERT_DATE_INVALID 0x0004u
#define BG_SSL_IGNORE_UNKNOWN_CA 0x0008u
#define BG_SSL_IGNORE_CERT_WRONG_USAGE 0x0010u
#define BG_HTTP_REDIRECT_POLICY_MASK 0x0700u
#define BG_HTTP_REDIRECT_POLICY_ALLOW_SILENT 0x0000u
#define BG_HTTP_REDIRECT_POLICY_ALLOW_REPORT 0x0100u
#define BG_HTTP_REDIRECT_POLICY_DISALLOW 0x0200u
#define BG_HTTP_REDIRECT_POLICY_ALLOW_HTTPS_TO_HTTP 0x0800u

#define BG_JOB_ENABLE_PEERCACHING_CLIENT 0x0001u
#define BG_JOB_ENABLE_PEERCACHING_SERVER 0x0002u
#define BG_JOB_DISABLE_BRANCH_CACHE 0x0004u
#define BG_ENABLE_PEERCACHING_CLIENT 0x0001u
#define BG_ENABLE_PEERCACHING_SERVER 0x0002u
#define BG_DISABLE_BRANCH_CACHE 0x0004u

#define BG_TOKEN_LOCAL_FILE 0x0001u
#define BG_TOKEN_NETWORK 0x0002u

#define BITS_COST_STATE_UNRESTRICTED 0x1u
#define BITS_COST_STATE_CAPPED_USAGE_UNKNOWN 0x2u
#define BITS_COST_STATE_BELOW_CAP 0x4u
#define BITS_COST_STATE_NEAR_CAP 0x8u
#define BITS_COST_STATE_OVERCAP_CHARGED 0x10u
#define BITS_COST_STATE_OVERCAP_THROTTLED 0x20u
#define BITS_COST_STATE_USAGE_BASED 0x40u
#define BITS_COST_STATE_ROAMING 0x80u
#define BITS_COST_STATE_RESERVED 0x40000000u
#define BITS_COST_OPTION_IGNORE_CONGESTION 0x80000000u
#define BITS_COST_STATE_TRANSFER_ALWAYS 0x800000FFu
#define BITS_COST_STATE_TRANSFER_NOT_ROAMING 0x8000007Fu
#define BITS_COST_STATE_TRANSFER_NO_SURCHARGE 0x8000006Fu
#define BITS_COST_STATE_TRANSFER_STANDARD 0x80000067u
#define BITS_COST_STATE_TRANSFER_UNRESTRICTED 0x80000021u

#define BG_SIZE_UNKNOWN (~(UINT64)0)
#define BG_LENGTH_TO_EOF (~(UINT64)0)

/* ---- structures ---- */

/* Windows aligns so by itself, and its 32-bit compiler passes nothing by value that asks for it. */
#if defined(_WIN32)
#define BITSCB3_ALIGN8
#elif defined(__cplusplus)
#define BITSCB3_ALIGN8 alignas(8)
#else
#define BITSCB3_ALIGN8 _Alignas(8)
#endif

typedef struct BG_FILE_PROGRESS {
    BITSCB3_ALIGN8 UINT64 BytesTotal; /* BG_SIZE_UNKNOWN before the first contact */
    UINT64 BytesTransferred;
    BOOL Completed; /* the file has its final name */
} BG_FILE_PROGRESS;

typedef struct BG_FILE_INFO {
    LPWSTR RemoteName;
    LPWSTR LocalName;
} BG_FILE_INFO;

typedef struct BG_FILE_RANGE { /* bytes [InitialOffset, InitialOffset + Length) */
    BITSCB3_ALIGN8 UINT64 InitialOffset;
    UINT64 Length; /* BG_LENGTH_TO_EOF: to the end of the file */
} BG_FILE_RANGE;

typedef struct BG_JOB_PROGRESS {
    BITSCB3_ALIGN8 UINT64 BytesTotal; /* BG_SIZE_UNKNOWN while a size is unknown */
    UINT64 BytesTransferred;
    ULONG FilesTotal;
    ULONG FilesTransferred;
} BG_JOB_PROGRESS;

typedef struct BG_JOB_TIMES {
    FILETIME CreationTime;
    FILETIME ModificationTime;
    FILETIME TransferCompletionTime; /* zero while it has not happened */
} BG_JOB_TIMES;

typedef struct BG_JOB_REPLY_PROGRESS {
    BITSCB3_ALIGN8 UINT64 BytesTotal;
    UINT64 BytesTransferred;
} BG_JOB_REPLY_PROGRESS;

typedef struct BG_BASIC_CREDENTIALS {
    LPWSTR UserName;
    LPWSTR Password;
} BG_BASIC_CREDENTIALS;
typedef BG_BASIC_CREDENTIALS* PBG_BASIC_CREDENTIALS;

typedef union BG_AUTH_CREDENTIALS_UNION {
    BG_BASIC_CREDENTIALS Basic;
} BG_AUTH_CREDENTIALS_UNION;

typedef struct BG_AUTH_CREDENTIALS {
    BG_AUTH_TARGET Target;
    BG_AUTH_SCHEME Scheme;
    BG_AUTH_CREDENTIALS_UNION Credentials;
} BG_AUTH_CREDENTIALS;
typedef BG_AUTH_CREDENTIALS* PBG_AUTH_CREDENTIALS;

typedef union BITS_JOB_PROPERTY_VALUE { /* passed by value */
    DWORD Dword;
    GUID ClsID;
    BOOL Enable;
    BITSCB3_ALIGN8 UINT64 Uint64;
    BG_AUTH_TARGET Target;
} BITS_JOB_PROPERTY_VALUE;

typedef union BITS_FILE_PROPERTY_VALUE { /* passed by value */
    LPWSTR String;
} BITS_FILE_PROPERTY_VALUE;

#ifdef __cplusplus
} /* extern "C" */
#endif

#define BITSCB3_LAYOUT(type, member, at)                                                           \
    static_assert(offsetof(type, member) == (at), #type "." #member " lies at " #at)
#if defined(__cplusplus)
#define BITSCB3_ALIGNMENT(type) alignof(type)
#else
#define BITSCB3_ALIGNMENT(type) _Alignof(type)
#endif
#define BITSCB3_SIZE(type, bytes) static_assert(sizeof(type) == (bytes), #type " has " #bytes)

BITSCB3_SIZE(GUID, 16);
BITSCB3_SIZE(WCHAR, 2);
BITSCB3_SIZE(HRESULT, 4);
BITSCB3_SIZE(BG_JOB_STATE, 4);
BITSCB3_SIZE(BG_FILE_PROGRESS, 24);
BITSCB3_LAYOUT(BG_FILE_PROGRESS, BytesTransferred, 8);
BITSCB3_LAYOUT(BG_FILE_PROGRESS, Completed, 16);
BITSCB3_SIZE(BG_FILE_INFO, 2 * sizeof(void*));
BITSCB3_SIZE(BG_FILE_RANGE, 16);
BITSCB3_LAYOUT(BG_FILE_RANGE, Length, 8);
BITSCB3_SIZE(BG_JOB_PROGRESS, 24);
BITSCB3_LAYOUT(BG_JOB_PROGRESS, BytesTransferred, 8);
BITSCB3_LAYOUT(BG_JOB_PROGRESS, FilesTotal, 16);
BITSCB3_LAYOUT(BG_JOB_PROGRESS, FilesTransferred, 20);
BITSCB3_SIZE(BG_JOB_TIMES, 24);
BITSCB3_LAYOUT(BG_JOB_TIMES, ModificationTime, 8);
BITSCB3_LAYOUT(BG_JOB_TIMES, TransferCompletionTime, 16);
BITSCB3_SIZE(BG_JOB_REPLY_PROGRESS, 16);
BITSCB3_SIZE(BG_BASIC_CREDENTIALS, 2 * sizeof(void*));
BITSCB3_SIZE(BG_AUTH_CREDENTIALS, 8 + 2 * sizeof(void*));
BITSCB3_LAYOUT(BG_AUTH_CREDENTIALS, Scheme, 4);
BITSCB3_LAYOUT(BG_AUTH_CREDENTIALS, Credentials, 8);
BITSCB3_SIZE(BITS_JOB_PROPERTY_VALUE, 16);
static_assert(BITSCB3_ALIGNMENT(BITS_JOB_PROPERTY_VALUE) == 8, "BITS_JOB_PROPERTY_VALUE: 8");
static_assert(BITSCB3_ALIGNMENT(BG_FILE_RANGE) == 8, "BG_FILE_RANGE: 8");
static_assert(BITSCB3_ALIGNMENT(BG_JOB_TIMES) == 4, "BG_JOB_TIMES: 4");
BITSCB3_SIZE(BITS_FILE_PROPERTY_VALUE, sizeof(void*));

#endif
