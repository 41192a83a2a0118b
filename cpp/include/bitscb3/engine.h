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

/* Limit how fast bodies arrive, in bytes per second: of all jobs of this engine together, or of one
 * job, which the store keeps. BITSCB3_NO_LIMIT, at first: none. A transfer is under both limits. A
 * change acts at once. Short of that much is made good within a tenth of a second. Sources of the
 * scheme file are not limited, and what is on its way already arrives with the operating system.
 * E_NOINTERFACE for an object that is not the embedded BITS'; for a job also what its setters
 * answer.
 */
BITSCB3_API HRESULT bitscb3_set_rate_limit(IBackgroundCopyManager* manager, uint64_t rate);
BITSCB3_API HRESULT bitscb3_get_rate_limit(IBackgroundCopyManager* manager, uint64_t* out);
BITSCB3_API HRESULT bitscb3_set_job_rate_limit(IBackgroundCopyJob* job, uint64_t rate);
BITSCB3_API HRESULT bitscb3_get_job_rate_limit(IBackgroundCopyJob* job, uint64_t* out);

/* Bytes of bodies that arrived for a job or a file in this process, also those that were thrown
 * away: more than its progress says after a file began anew. */
BITSCB3_API HRESULT bitscb3_get_job_received(IBackgroundCopyJob* job, uint64_t* out);
BITSCB3_API HRESULT bitscb3_get_file_received(IBackgroundCopyFile* file, uint64_t* out);

/* What an engine did, and what it does. */
typedef struct bitscb3_statistics {
    uint32_t size; /* sizeof(bitscb3_statistics), set by the caller */

    /* since it was opened; they only grow */
    uint64_t bytes_received;     /* of bodies, also those that were thrown away */
    uint64_t bytes_written;      /* to the temporary files */
    uint64_t requests_sent;      /* HTTP requests; redirects and logins are part of one */
    uint64_t requests_succeeded; /* of them, with the answer that was asked for */
    uint64_t requests_failed;    /* connection lost, an error status, or an answer that is none;
                                    the others were stopped here, or told something else that
                                    counts, such as another version of the file */
    uint64_t connections_opened;
    uint64_t reconnects;       /* lost connections made good by another request */
    uint64_t retries;          /* times a job went to wait for another try */
    uint64_t restarts;         /* times a file began anew */
    uint64_t range_events;     /* calls of FileRangesTransferred */
    uint64_t ranges_delivered; /* ranges in them */
    uint64_t commits;          /* batches written to the store */

    /* now */
    uint64_t jobs;              /* of this process, not ended */
    uint64_t jobs_running;      /* of them, connecting or transferring */
    uint64_t transfers_running; /* requests and copies under way */
    uint64_t transfers_paused;  /* of them, those that wait for a rate limit */
} bitscb3_statistics;

/* E_INVALIDARG for a wrong size, E_NOINTERFACE for a manager that is not the embedded BITS. */
BITSCB3_API HRESULT bitscb3_get_statistics(IBackgroundCopyManager* manager,
                                           bitscb3_statistics* out);

/* Take back what RequestFileRanges was asked: bytes of `ranges` that are not filled are not wanted
 * any more, whoever asked for them. Transfers that bring nothing else are stopped; a job on demand
 * that has nothing left to do becomes SUSPENDED. A length of BG_LENGTH_TO_EOF reaches to the end.
 * E_INVALIDARG without a range, E_NOINTERFACE for a file that is not the embedded BITS',
 * BG_E_RANDOM_ACCESS_NOT_SUPPORTED and BG_E_INVALID_STATE as RequestFileRanges, but also a file
 * whose server turned out to have no ranges can be let go. */
BITSCB3_API HRESULT bitscb3_cancel_ranges(IBackgroundCopyFile* file, DWORD count,
                                          const BG_FILE_RANGE* ranges);

/* A line of what libcurl says of a request, as curl -v shows it. Secrets are left out: user names,
 * passwords, queries of URLs, cookies, the values of most headers and of all that a job set. */
typedef struct bitscb3_log_line {
    GUID job;
    const char* job_name;
    const char* url;   /* without query */
    const char* text;  /* without an end of line and other control characters */
    uint64_t transfer; /* number of the request in this engine, from 1 */
    uint32_t file;     /* index in the job */
    char kind;         /* '*' words, '>' a line of the request's head, '<' of the response's */
} bitscb3_log_line;

/* `line` and its strings are valid during the call only. */
typedef void (*bitscb3_take_log_line)(void* context, const bitscb3_log_line* line);

/* Collect such lines (1), or not (0), as it is at first. Requests that began while they were not
 * collected say nothing. E_NOINTERFACE for a manager that is not the embedded BITS. */
BITSCB3_API HRESULT bitscb3_set_log(IBackgroundCopyManager* manager, int on);

/* Wait for lines, and have all there are taken, on the calling thread. Some thousand wait; then the
 * oldest are dropped. `*dropped` is how many were, before the first that is taken.
 * S_FALSE: the manager was closed and every line was taken. E_POINTER, E_NOINTERFACE. */
BITSCB3_API HRESULT bitscb3_read_log(IBackgroundCopyManager* manager, bitscb3_take_log_line take,
                                     void* context, uint64_t* dropped);

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
