/* SPDX-License-Identifier: MIT
 * power_loss.c - notes, in order, what a process does to the files below a folder, for power.py to
 * work out what a disk would have had of it. Loaded with LD_PRELOAD.
 *
 * POWER_LOSS_ROOT   the folder, an absolute path without links
 * POWER_LOSS_LOG    the file that is appended to
 * POWER_LOSS_LIES   if set: of files with that in their path fsync and its like say that all is
 *                   well, and do nothing
 *
 * A record is written before what it tells is done, both under one lock: so the log is never
 * behind, wherever the process is killed. Nothing is really synced, so a sync is one moment.
 * Folders and new files are noted afterwards, when they have a number; nothing was written to them
 * then.
 */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { MOST = 4096 }; /* descriptors that are known */

struct head {
    char kind; /* C create, W write, T truncate, R rename, U unlink, L link, M mkdir,
                  S sync of a file or a folder, A of everything */
    char unused[7];
    uint64_t inode, offset, length; /* length: of the data */
    uint32_t first, second;         /* lengths of two names */
};

static const char* root;
static int log_fd = -1;
static const char* lies;
static uint64_t inodes[MOST]; /* 0: not below the folder. Set before a descriptor is known. */
static char lied_about[MOST];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void begin(void) {
    root = getenv("POWER_LOSS_ROOT");
    lies = getenv("POWER_LOSS_LIES");
    const char* path = getenv("POWER_LOSS_LOG");
    if (root == NULL || path == NULL) abort();
    log_fd = REAL(open)(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (log_fd < 0) abort();
}

static int is_below(const char* path) {
    const size_t length = strlen(root);
    return strncmp(path, root, length) == 0 && (path[length] == '/' || path[length] == 0);
}

static uint64_t inode_of(int fd) {
    return fd >= 0 && fd < MOST ? inodes[fd] : 0;
}

/* With the lock. */
static void note(char kind, uint64_t inode, uint64_t offset, const char* first, const char* second,
                 const void* data, size_t length) {
    struct head head = {kind, {0}, inode, offset, length, 0, 0};
    head.first = first != NULL ? (uint32_t)strlen(first) : 0;
    head.second = second != NULL ? (uint32_t)strlen(second) : 0;
    struct iovec parts[] = {{&head, sizeof head},
                            {(void*)first, head.first},
                            {(void*)second, head.second},
                            {(void*)data, length}};
    const ssize_t all = (ssize_t)(sizeof head + head.first + head.second + length);
    if (writev(log_fd, parts, 4) != all) abort();
}

static int opened(int fd, const char* path, int flags, int was_there) {
    struct stat found;
    const int error = errno;
    if (fd >= MOST) abort();
    if (fd >= 0 && fstat(fd, &found) == 0) {
        inodes[fd] = found.st_ino;
        lied_about[fd] = lies != NULL && strstr(path, lies) != NULL;
        if (!was_there) note('C', found.st_ino, 0, path, NULL, NULL, 0);
        if (was_there && (flags & O_TRUNC)) note('T', found.st_ino, 0, NULL, NULL, NULL, 0);
    }
    errno = error;
    return fd;
}

static int open_noted(int (*real)(const char*, int, ...), const char* path, int flags, int mode) {
    struct stat found;
    if (root == NULL || !is_below(path)) return real(path, flags, mode);
    pthread_mutex_lock(&lock);
    const int was_there = lstat(path, &found) == 0;
    const int fd = opened(real(path, flags, mode), path, flags, was_there);
    pthread_mutex_unlock(&lock);
    return fd;
}

#define OPEN(name)                                                                                 \
    int name(const char* path, int flags, ...) {                                                   \
        va_list rest;                                                                              \
        va_start(rest, flags);                                                                     \
        const int mode = va_arg(rest, int);                                                        \
        va_end(rest);                                                                              \
        return open_noted(REAL(name), path, flags, mode);                                          \
    }
OPEN(open)
OPEN(open64)

#define MAKE(name)                                                                                 \
    int name(char* form, int flags) {                                                              \
        pthread_mutex_lock(&lock);                                                                 \
        int fd = REAL(name)(form, flags);                                                          \
        if (is_below(form)) fd = opened(fd, form, flags, 0);                                       \
        pthread_mutex_unlock(&lock);                                                               \
        return fd;                                                                                 \
    }
MAKE(mkostemp)
MAKE(mkostemp64)

int close(int fd) {
    if (fd >= 0 && fd < MOST) inodes[fd] = 0;
    return REAL(close)(fd);
}

#define PWRITE(name)                                                                               \
    ssize_t name(int fd, const void* data, size_t length, off_t offset) {                          \
        if (inode_of(fd) == 0) return REAL(name)(fd, data, length, offset);                        \
        pthread_mutex_lock(&lock);                                                                 \
        note('W', inode_of(fd), (uint64_t)offset, NULL, NULL, data, length);                       \
        const ssize_t done = REAL(name)(fd, data, length, offset);                                 \
        pthread_mutex_unlock(&lock);                                                               \
        if (done != (ssize_t)length) abort(); /* the log would be wrong */                         \
        return done;                                                                               \
    }
PWRITE(pwrite)
PWRITE(pwrite64)

ssize_t write(int fd, const void* data, size_t length) {
    if (inode_of(fd) == 0) return REAL(write)(fd, data, length);
    return pwrite(fd, data, length, lseek(fd, (off_t)length, SEEK_CUR) - (off_t)length);
}

#define TRUNCATE(name)                                                                             \
    int name(int fd, off_t size) {                                                                 \
        if (inode_of(fd) == 0) return REAL(name)(fd, size);                                        \
        pthread_mutex_lock(&lock);                                                                 \
        note('T', inode_of(fd), (uint64_t)size, NULL, NULL, NULL, 0);                              \
        const int result = REAL(name)(fd, size);                                                   \
        pthread_mutex_unlock(&lock);                                                               \
        return result;                                                                             \
    }
TRUNCATE(ftruncate)
TRUNCATE(ftruncate64)

static void note_names(char kind, const char* first, const char* second) {
    struct stat found;
    if (lstat(first, &found) == 0) note(kind, found.st_ino, 0, first, second, NULL, 0);
}

int rename(const char* from, const char* to) {
    pthread_mutex_lock(&lock);
    if (is_below(from)) note_names('R', from, to);
    const int result = REAL(rename)(from, to);
    pthread_mutex_unlock(&lock);
    return result;
}

/* Where nothing has that name. */
int renameat2(int from_at, const char* from, int to_at, const char* to, unsigned flags) {
    struct stat found;
    pthread_mutex_lock(&lock);
    if (is_below(from) && lstat(to, &found) != 0) note_names('R', from, to);
    const int result = REAL(renameat2)(from_at, from, to_at, to, flags);
    pthread_mutex_unlock(&lock);
    return result;
}

int link(const char* from, const char* to) {
    struct stat found;
    pthread_mutex_lock(&lock);
    if (is_below(from) && lstat(to, &found) != 0) note_names('L', from, to);
    const int result = REAL(link)(from, to);
    pthread_mutex_unlock(&lock);
    return result;
}

/* The file keeps a name beside the folder: when its removal is undone it is the same file. */
int unlink(const char* path) {
    struct stat found;
    char kept[4096];
    pthread_mutex_lock(&lock);
    if (is_below(path)) {
        note_names('U', path, NULL);
        if (lstat(path, &found) == 0) {
            snprintf(kept, sizeof kept, "%s.side/n%llu", root, (unsigned long long)found.st_ino);
            (void)REAL(link)(path, kept);
        }
    }
    const int result = REAL(unlink)(path);
    pthread_mutex_unlock(&lock);
    return result;
}

int mkdir(const char* path, mode_t mode) {
    struct stat found;
    pthread_mutex_lock(&lock);
    const int result = REAL(mkdir)(path, mode);
    if (result == 0 && is_below(path) && lstat(path, &found) == 0) {
        note('M', found.st_ino, 0, path, NULL, NULL, 0);
    }
    pthread_mutex_unlock(&lock);
    return result;
}

static int sync_noted(char kind, int fd) {
    if (lied_about[fd]) return 0;
    pthread_mutex_lock(&lock);
    note(kind, inode_of(fd), 0, NULL, NULL, NULL, 0);
    pthread_mutex_unlock(&lock);
    return 0;
}

#define SYNC(name, kind)                                                                           \
    int name(int fd) {                                                                             \
        return inode_of(fd) == 0 ? REAL(name)(fd) : sync_noted(kind, fd);                          \
    }
SYNC(fsync, 'S')
SYNC(fdatasync, 'S')
SYNC(syncfs, 'A')
