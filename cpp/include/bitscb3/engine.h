/* SPDX-License-Identifier: MIT */
/* engine.h - the way to the embedded BITS, for C and C++. In place of CoCreateInstance:
 *
 *     IBackgroundCopyManager* manager = NULL;
 *     HRESULT hr = bitscb3_create_manager(NULL, &IID_IBackgroundCopyManager, (void**)&manager);
 *
 * Threads: every function and every object they return may be used from any thread.
 * Strings: `const char*` is UTF-8; paths are absolute. Copied, never kept.
 */

#ifndef BITSCB3_ENGINE_H
#define BITSCB3_ENGINE_H

#include <bitscb3/bits.h>

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BITSCB3_NO_LIMIT 0u

/* The numbers the engine works with. Start from one of the two functions below and change fields.
 * Where a field is a limit, BITSCB3_NO_LIMIT (0) means none. */
typedef struct bitscb3_settings {
    uint32_t size; /* sizeof(bitscb3_settings), set by the two functions */

    /* scheduling */
    uint32_t background_jobs; /* HIGH, NORMAL and LOW jobs that transfer at the same time */
    uint32_t files_per_job;   /* files of one job that transfer at the same time */
    uint32_t connections;     /* open connections, all hosts together */
    uint32_t connections_per_host;
    uint32_t connections_per_file;
    uint32_t time_slice_ms; /* of a background job that others wait for */
    uint32_t command_lines; /* 1: SetNotifyCmdLine runs programs; 0: it is refused */

    /* times */
    uint32_t minimum_retry_delay_s;    /* of a new job; never under 5 */
    uint32_t no_progress_timeout_s;    /* of a new job */
    uint32_t maximum_download_time_s;  /* of a new job */
    uint32_t inactivity_timeout_s;     /* a job nobody touched for so long is cancelled; 0: never */
    uint32_t notification_interval_ms; /* of a new job: spacing of range and modification events */
    uint32_t connect_timeout_s;        /* name lookup, connection and TLS handshake together */
    uint32_t stall_timeout_s;          /* a connection that brings no byte for so long is dropped */

    /* HTTP */
    uint32_t reconnects;      /* lost connections of a file made good before it counts
                                 as a transient error; progress refills the count */
    uint32_t head_first;      /* 1: ask for the size with HEAD; 0: with the first GET */
    uint32_t require_ranges;  /* 1: a server without ranges is an error; 0: read it through */
    uint32_t redirects;       /* most redirects followed in one request */
    uint32_t merge_gap_bytes; /* wanted ranges no further apart become one request */

    /* limits */
    uint32_t jobs_per_user;    /* root, on Windows an elevated administrator, is exempt from the
                                  limits of jobs, files and ranges */
    uint32_t jobs_per_machine; /* in one store, all users together */
    uint32_t files_in_job;
    uint32_t ranges_in_file;
    uint32_t url_chars;
    uint32_t path_chars;
} bitscb3_settings;

/* BITS' own numbers. */
BITSCB3_API void bitscb3_settings_bits(bitscb3_settings* out);
/* The numbers a program would choose: parallel, quick to retry, no small limits. */
BITSCB3_API void bitscb3_settings_default(bitscb3_settings* out);

typedef struct bitscb3_options {
    uint32_t size;                    /* sizeof(bitscb3_options) */
    const char* store;                /* folder of the job store, made (0700) when missing;
                                         NULL: $XDG_STATE_HOME/bitscb3 or ~/.local/state/bitscb3,
                                         on Windows %LOCALAPPDATA%/bitscb3 */
    const bitscb3_settings* settings; /* NULL: BITS' own numbers */
    const char* ca_file;         /* PEM file of trusted authorities; NULL: those of SSL_CERT_FILE
                                    and SSL_CERT_DIR, or else the system's */
    const char* crl_file;        /* PEM file of revoked certificates; NULL: none */
    const char* user_agent;      /* NULL: "bitscb3/<version>" */
    struct bitscb3_clock* clock; /* NULL: the system's monotonic clock */
} bitscb3_options;

/* A clock that stands still until it is moved: for tests of what takes minutes or days. It has to
 * outlive the managers that were opened with it. */
typedef struct bitscb3_clock bitscb3_clock;
BITSCB3_API bitscb3_clock* bitscb3_make_clock(void); /* NULL: out of memory */
BITSCB3_API void bitscb3_move_clock(bitscb3_clock* clock, uint64_t milliseconds);
BITSCB3_API void bitscb3_free_clock(bitscb3_clock* clock);

/* Open the store and start the engine. `options` may be NULL.
 * Errors: E_INVALIDARG (a bad option), E_POINTER, E_NOINTERFACE, BG_E_DATABASE_CORRUPT (the store
 * is damaged), HRESULT_FROM_WIN32 codes of the folder, and of ERROR_FILE_NOT_FOUND when
 * SSL_CERT_FILE or SSL_CERT_DIR names nothing. bitscb3_last_error() tells more. Jobs run until
 * bitscb3_close_manager(), or until the last object of this engine is released. */
BITSCB3_API HRESULT bitscb3_create_manager(const bitscb3_options* options, REFIID iid, void** out);

/* 0: neither SSL_CERT_FILE nor SSL_CERT_DIR is set and the system has no authorities in the usual
 * places, so that an engine opened without a ca_file refuses https; else 1. */
BITSCB3_API int bitscb3_has_authorities(void);

/* Stop every transfer and callback, write the store and let go of the jobs; they go on when another
 * engine adopts them. Returns when all threads have ended, unless it is called from inside a
 * callback. Afterwards calls that change something answer CO_E_OBJNOTCONNECTED.
 * E_NOINTERFACE for a manager that is not the embedded BITS. */
BITSCB3_API HRESULT bitscb3_close_manager(IBackgroundCopyManager* manager);

/* Tell the engine what the network is like, as one of BITS_COST_STATE_* (bits_types.h), or 0 when
 * there is none. At first it is BITS_COST_STATE_UNRESTRICTED. Without a network every job that is
 * to transfer waits (BG_E_NETWORK_DISCONNECTED); so do those whose BITS_JOB_PROPERTY_ID_COST_FLAGS
 * lack the state (BG_E_BLOCKED_BY_COST_TRANSFER_POLICY). Each change lets waiting jobs try again.
 * E_NOINTERFACE for a manager that is not the embedded BITS, E_INVALIDARG for another number. */
BITSCB3_API HRESULT bitscb3_set_network(IBackgroundCopyManager* manager, uint32_t cost_state);

/* Take back what RequestFileRanges was asked: bytes of `ranges` that are not filled are not wanted
 * any more, whoever asked for them. Transfers that bring nothing else are stopped; a job on demand
 * that has nothing left to do becomes SUSPENDED. A length of BG_LENGTH_TO_EOF reaches to the end.
 * E_INVALIDARG without a range, E_NOINTERFACE for a file that is not the embedded BITS',
 * BG_E_RANDOM_ACCESS_NOT_SUPPORTED and BG_E_INVALID_STATE as RequestFileRanges. */
BITSCB3_API HRESULT bitscb3_cancel_ranges(IBackgroundCopyFile* file, DWORD count,
                                          const BG_FILE_RANGE* ranges);

/* English text on the last failed bitscb3_create_manager of the calling thread; never NULL. */
BITSCB3_API const char* bitscb3_last_error(void);

/* "0.1.0" */
BITSCB3_API const char* bitscb3_version(void);

/* The version of "libcurl", "sqlite" or "tls" in use; "" for another name. */
BITSCB3_API const char* bitscb3_library_version(const char* library);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif
