/* SPDX-License-Identifier: MIT */
/* disk_faults.c - calls of the system that fail to order, for LD_PRELOAD.
 *
 * The order is a file whose path is in DISK_FAULTS. It is one line:
 *
 *     id call how skip times pattern
 *
 * Of the calls named `call` whose path matches `pattern` (fnmatch), the first `skip` succeed, and
 * `times` after them fail: with the errno `how`, or, for pwrite, write half when it is -1. Another
 * id begins to count anew. No file: no fault. How many failed is written to a file beside it,
 * with ".hits" at the end.
 * Threads: any.
 */

#define _GNU_SOURCE

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

enum { kShort = -1 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER; /* guards the three below */
static long current_id = -1;
static long seen;
static long hits;

/* The calls of the kernel themselves: what is read and written here is not to fail. */
static ssize_t read_file(const char* path, char* out, size_t size) {
    const long fd = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0) return -1;
    const ssize_t count = syscall(SYS_read, fd, out, size - 1);
    syscall(SYS_close, fd);
    if (count >= 0) out[count] = '\0';
    return count;
}

static void note_hits(const char* order, long count) {
    char path[4096];
    char text[32];
    snprintf(path, sizeof path, "%s.hits", order);
    const int length = snprintf(text, sizeof text, "%ld", count);
    const long fd = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return;
    syscall(SYS_pwrite64, fd, text, (size_t)length, 0);
    syscall(SYS_close, fd);
}

/* What is to become of this call: 0: nothing, an errno, or kShort. */
static int fault(const char* call, const char* path) {
    const char* order = getenv("DISK_FAULTS");
    char line[4096];
    char name[64];
    char pattern[2048];
    long id;
    long skip;
    long times;
    int how;
    if (order == NULL || read_file(order, line, sizeof line) <= 0) return 0;
    if (sscanf(line, "%ld %63s %d %ld %ld %2047s", &id, name, &how, &skip, &times, pattern) != 6)
        return 0;
    if (strcmp(name, call) != 0 || fnmatch(pattern, path, 0) != 0) return 0;
    pthread_mutex_lock(&mutex);
    if (id != current_id) {
        current_id = id;
        seen = 0;
        hits = 0;
    }
    const int fails = seen >= skip && seen - skip < times;
    ++seen;
    if (fails) note_hits(order, ++hits);
    pthread_mutex_unlock(&mutex);
    return fails ? how : 0;
}

static int fault_of(const char* call, int fd) {
    const int before = errno;
    char link[64];
    char path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    const ssize_t length = syscall(SYS_readlink, link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = '\0';
    const int how = fault(call, path);
    errno = before;
    return how;
}

static void* next_of(const char* name) {
    return dlsym(RTLD_NEXT, name);
}

#define FAIL(how)                                                                                  \
    do {                                                                                           \
        errno = (how);                                                                             \
        return -1;                                                                                 \
    } while (0)

#define WRITES(name)                                                                               \
    ssize_t name(int fd, const void* data, size_t size, off64_t offset) {                          \
        ssize_t (*next)(int, const void*, size_t, off64_t) = next_of(#name);                       \
        const int how = fault_of("pwrite", fd);                                                    \
        if (how > 0) FAIL(how);                                                                    \
        return next(fd, data, how == kShort && size > 1 ? size / 2 : size, offset);                \
    }
WRITES(pwrite)
WRITES(pwrite64)

#define TRUNCATES(name)                                                                            \
    int name(int fd, off64_t size) {                                                               \
        int (*next)(int, off64_t) = next_of(#name);                                                \
        const int how = fault_of("ftruncate", fd);                                                 \
        if (how > 0) FAIL(how);                                                                    \
        return next(fd, size);                                                                     \
    }
TRUNCATES(ftruncate)
TRUNCATES(ftruncate64)

#define SYNCS(name)                                                                                \
    int name(int fd) {                                                                             \
        int (*next)(int) = next_of(#name);                                                         \
        const int how = fault_of(#name, fd);                                                       \
        if (how > 0) FAIL(how);                                                                    \
        return next(fd);                                                                           \
    }
SYNCS(fsync)
SYNCS(fdatasync)
SYNCS(syncfs)

int sync_file_range(int fd, off64_t offset, off64_t size, unsigned flags) {
    int (*next)(int, off64_t, off64_t, unsigned) = next_of("sync_file_range");
    const int how = fault_of("sync_file_range", fd);
    if (how > 0) FAIL(how);
    return next(fd, offset, size, flags);
}

#define OPENS(name)                                                                                \
    int name(const char* path, int flags, ...) {                                                   \
        int (*next)(const char*, int, ...) = next_of(#name);                                       \
        va_list list;                                                                              \
        va_start(list, flags);                                                                     \
        const int mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(list, int) : 0;             \
        va_end(list);                                                                              \
        const int how = fault("open", path);                                                       \
        if (how > 0) FAIL(how);                                                                    \
        return next(path, flags, mode);                                                            \
    }
OPENS(open)
OPENS(open64)

int rename(const char* from, const char* to) {
    int (*next)(const char*, const char*) = next_of("rename");
    const int how = fault("rename", to);
    if (how > 0) FAIL(how);
    return next(from, to);
}
