/* SPDX-License-Identifier: MIT */
/* c_client.c - a BITS program in C that knows the contract's headers only.
 *
 *     c_client STORE URL PATH
 *
 * Implements IBackgroundCopyCallback3, calls its own slots by index, then downloads URL to PATH
 * through the C entry and checks that the reported ranges are the whole file, each byte once,
 * before FileTransferred. Exit code 0 when all of it holds; otherwise a line says what did not.
 * Threads: the engine's notifier threads enter the callback; main() reads after the job is over. */

#include <bitscb3/bits.h>
#include <bitscb3/engine.h>

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define EXPECT(condition)                                                                          \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #condition);          \
            return 1;                                                                              \
        }                                                                                          \
    } while (0)

typedef struct Counter {
    const IBackgroundCopyCallback3Vtbl* lpVtbl;
    atomic_uint references;
    atomic_uint calls[5]; /* transferred, error, modification, file, ranges */
    atomic_ullong bytes;  /* sum of the reported lengths */
    atomic_uint late;     /* ranges after FileTransferred */
} Counter;

static Counter* self(IBackgroundCopyCallback3* This) {
    return (Counter*)This;
}

static HRESULT query(IBackgroundCopyCallback3* This, REFIID iid, void** out) {
    if (IsEqualGUID(iid, &IID_IUnknown) || IsEqualGUID(iid, &IID_IBackgroundCopyCallback) ||
        IsEqualGUID(iid, &IID_IBackgroundCopyCallback2) ||
        IsEqualGUID(iid, &IID_IBackgroundCopyCallback3)) {
        *out = This;
        IBackgroundCopyCallback3_AddRef(This);
        return S_OK;
    }
    *out = NULL;
    return E_NOINTERFACE;
}
static ULONG add_ref(IBackgroundCopyCallback3* This) {
    return atomic_fetch_add(&self(This)->references, 1) + 1;
}
static ULONG release(IBackgroundCopyCallback3* This) {
    return atomic_fetch_sub(&self(This)->references, 1) - 1;
}
static HRESULT transferred(IBackgroundCopyCallback3* This, IBackgroundCopyJob* job) {
    (void)job;
    atomic_fetch_add(&self(This)->calls[0], 1);
    return S_OK;
}
static HRESULT failed(IBackgroundCopyCallback3* This, IBackgroundCopyJob* job,
                      IBackgroundCopyError* error) {
    BG_ERROR_CONTEXT context;
    HRESULT code;
    (void)job;
    if (error != NULL && SUCCEEDED(IBackgroundCopyError_GetError(error, &context, &code))) {
        fprintf(stderr, "job error %s, context %d\n", bitscb3_code_name(code), (int)context);
    }
    atomic_fetch_add(&self(This)->calls[1], 1);
    return S_OK;
}
static HRESULT modified(IBackgroundCopyCallback3* This, IBackgroundCopyJob* job, DWORD reserved) {
    (void)job;
    (void)reserved;
    atomic_fetch_add(&self(This)->calls[2], 1);
    return S_OK;
}
static HRESULT file_transferred(IBackgroundCopyCallback3* This, IBackgroundCopyJob* job,
                                IBackgroundCopyFile* file) {
    (void)job;
    (void)file;
    atomic_fetch_add(&self(This)->calls[3], 1);
    return S_OK;
}
static HRESULT ranges_transferred(IBackgroundCopyCallback3* This, IBackgroundCopyJob* job,
                                  IBackgroundCopyFile* file, DWORD count,
                                  const BG_FILE_RANGE* ranges) {
    DWORD i;
    (void)job;
    (void)file;
    for (i = 0; i < count; ++i) atomic_fetch_add(&self(This)->bytes, ranges[i].Length);
    if (atomic_load(&self(This)->calls[3]) != 0) atomic_fetch_add(&self(This)->late, 1);
    atomic_fetch_add(&self(This)->calls[4], 1);
    return S_OK;
}

static const IBackgroundCopyCallback3Vtbl kTable = {
    query, add_ref, release, transferred, failed, modified, file_transferred, ranges_transferred};

/* The slots, as a service that knows only the table calls them. */
static int call_slots_by_index(Counter* counter) {
    void** table = *(void***)counter;
    BG_FILE_RANGE range = {10, 20};
    typedef HRESULT (*Slot3)(void*, IBackgroundCopyJob*);
    typedef HRESULT (*Slot5)(void*, IBackgroundCopyJob*, DWORD);
    typedef HRESULT (*Slot6)(void*, IBackgroundCopyJob*, IBackgroundCopyFile*);
    typedef HRESULT (*Slot7)(void*, IBackgroundCopyJob*, IBackgroundCopyFile*, DWORD,
                             const BG_FILE_RANGE*);
    EXPECT(((Slot3)table[3])(counter, NULL) == S_OK);
    EXPECT(((Slot5)table[5])(counter, NULL, 0) == S_OK);
    EXPECT(((Slot7)table[7])(counter, NULL, NULL, 1, &range) == S_OK);
    EXPECT(((Slot6)table[6])(counter, NULL, NULL) == S_OK);
    EXPECT(counter->calls[0] == 1 && counter->calls[2] == 1 && counter->calls[3] == 1);
    EXPECT(counter->calls[4] == 1 && counter->bytes == 20);
    memset(counter->calls, 0, sizeof counter->calls);
    counter->bytes = 0;
    return 0;
}

static void widen(const char* text, WCHAR* out, size_t most) {
    size_t i = 0;
    for (; text[i] != '\0' && i + 1 < most; ++i) out[i] = (WCHAR)(unsigned char)text[i];
    out[i] = 0;
}

/* A client without a message pump looks now and then, as the callback only counts. */
static void pause_ms(long ms) {
    struct timespec span = {ms / 1000, (ms % 1000) * 1000000L};
    nanosleep(&span, NULL);
}

int main(int argc, char** argv) {
    static WCHAR url[2200];
    static WCHAR path[4096];
    Counter counter = {&kTable, 1, {0}, 0, 0};
    IBackgroundCopyManager* manager = NULL;
    IBackgroundCopyJob* job = NULL;
    IBackgroundCopyJob5* job5 = NULL;
    BG_JOB_STATE state = BG_JOB_STATE_SUSPENDED;
    BG_JOB_PROGRESS progress;
    BITS_JOB_PROPERTY_VALUE interval;
    bitscb3_options options;
    GUID id;
    int waited;

    EXPECT(argc == 4);
    if (call_slots_by_index(&counter) != 0) return 1;
    memset(&options, 0, sizeof options);
    options.size = sizeof options;
    options.store = argv[1];
    EXPECT(bitscb3_create_manager(&options, &IID_IBackgroundCopyManager, (void**)&manager) == S_OK);
    EXPECT(IBackgroundCopyManager_CreateJob(manager, u"from C", BG_JOB_TYPE_DOWNLOAD, &id, &job) ==
           S_OK);
    EXPECT(IBackgroundCopyJob_Resume(job) == BG_E_EMPTY);
    widen(argv[2], url, sizeof url / sizeof *url);
    widen(argv[3], path, sizeof path / sizeof *path);
    EXPECT(IBackgroundCopyJob_AddFile(job, url, path) == S_OK);
    EXPECT(IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob5, (void**)&job5) == S_OK);
    EXPECT(IBackgroundCopyJob5_GetProperty(job5, BITS_JOB_PROPERTY_MINIMUM_NOTIFICATION_INTERVAL_MS,
                                           &interval) == S_OK);
    EXPECT(interval.Dword == 500);
    EXPECT(IBackgroundCopyJob_SetNotifyInterface(job, (IUnknown*)&counter) == S_OK);
    EXPECT(IBackgroundCopyJob_SetNotifyFlags(job, 0x3B) == S_OK);
    EXPECT(IBackgroundCopyJob_SetNotifyFlags(job, 0x40) == E_NOTIMPL);
    EXPECT(IBackgroundCopyJob_Resume(job) == S_OK);
    for (waited = 0; waited < 3000; ++waited) {
        EXPECT(IBackgroundCopyJob_GetState(job, &state) == S_OK);
        EXPECT(state != BG_JOB_STATE_ERROR);
        if (state == BG_JOB_STATE_TRANSFERRED && counter.calls[0] == 1) break;
        pause_ms(10);
    }
    EXPECT(state == BG_JOB_STATE_TRANSFERRED);
    EXPECT(IBackgroundCopyJob_GetProgress(job, &progress) == S_OK);
    EXPECT(progress.FilesTransferred == 1 && progress.BytesTotal == progress.BytesTransferred);
    EXPECT(counter.bytes == progress.BytesTotal);
    EXPECT(counter.calls[0] == 1 && counter.calls[1] == 0 && counter.calls[3] == 1);
    EXPECT(counter.late == 0);
    EXPECT(IBackgroundCopyJob_Complete(job) == S_OK);
    EXPECT(IBackgroundCopyJob_Complete(job) == BG_E_INVALID_STATE);
    IBackgroundCopyJob5_Release(job5);
    IBackgroundCopyJob_Release(job);
    EXPECT(bitscb3_close_manager(manager) == S_OK);
    EXPECT(IBackgroundCopyManager_Release(manager) == 0);
    EXPECT(counter.references == 1);
    printf("%llu bytes in %u calls\n", (unsigned long long)counter.bytes, counter.calls[4]);
    return 0;
}
