// SPDX-License-Identifier: MIT
// disk_file_posix.cpp - see disk_file.hpp.
// Source: open(2), rename(2), fsync(2): a new name is durable once its folder is synced.

#include "engine/disk_file.hpp"
#include "engine/path.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <iterator>
#include <map>
#include <mutex>
#include <sys/stat.h>
#include <unistd.h>
#if defined(__linux__)
#include <linux/magic.h>
#include <sys/vfs.h>
#endif

namespace bitscb3 {

namespace {

/// The file mode mask of this process, read without changing it where the system allows that.
mode_t read_umask() noexcept {
    if (FILE* status = std::fopen("/proc/self/status", "re")) {
        char line[128];
        unsigned mask = 0;
        bool found = false;
        while (!found && std::fgets(line, sizeof line, status) != nullptr) {
            found = std::sscanf(line, "Umask: %o", &mask) == 1;
        }
        std::fclose(status);
        if (found) return static_cast<mode_t>(mask);
    }
    static std::mutex mutex; // two readers must not see each other's 077
    const std::lock_guard lock(mutex);
    const mode_t mask = umask(077);
    umask(mask);
    return mask;
}

/// `call` until no signal interrupts it.
template<class Call>
auto retried(Call&& call) noexcept {
    auto result = call();
    while (result < 0 && errno == EINTR) result = call();
    return result;
}

/// One flush for everything on the file system of `file`; false: to be done file by file.
bool sync_file_system([[maybe_unused]] const DiskFile& file) noexcept {
#if defined(__linux__)
    // Others may not pass it on to where the bytes are, such as a server.
    constexpr long kKnown[] = {EXT4_SUPER_MAGIC, XFS_SUPER_MAGIC, BTRFS_SUPER_MAGIC,
                               F2FS_SUPER_MAGIC, TMPFS_MAGIC};
    struct statfs found{};
    if (fstatfs(file.native(), &found) != 0) return false;
    const auto type = static_cast<long>(found.f_type);
    const bool known = std::find(std::begin(kKnown), std::end(kKnown), type) != std::end(kKnown);
    return known && retried([&] { return syncfs(file.native()); }) == 0;
#else
    return false;
#endif
}

/// After sync_file_system(): whether every byte of `file` was written. It costs no flush.
bool was_written([[maybe_unused]] const DiskFile& file) noexcept {
#if defined(__linux__)
    return retried([&] {
               return sync_file_range(file.native(), 0, 0, SYNC_FILE_RANGE_WAIT_BEFORE);
           }) == 0;
#else
    return false;
#endif
}

int sync_descriptor(int fd) noexcept {
#if defined(__APPLE__)
    // fsync alone leaves the bytes in the drive's cache
    return retried([fd] { return fcntl(fd, F_FULLFSYNC); });
#else
    return retried([fd] { return fdatasync(fd); });
#endif
}

/// As DiskFile::born(). `found` is of the same file; an empty path is the descriptor's file.
std::int64_t birth_of([[maybe_unused]] int at, [[maybe_unused]] const char* path,
                      [[maybe_unused]] const struct stat& found) noexcept {
    constexpr std::int64_t kSecond = 1'000'000'000;
#if defined(__linux__) && defined(STATX_BTIME)
    struct statx told{};
    constexpr int kHow = AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW;
    if (statx(at, path, kHow, STATX_BTIME, &told) != 0) return 0;
    if ((told.stx_mask & STATX_BTIME) == 0) return 0;
    return told.stx_btime.tv_sec * kSecond + told.stx_btime.tv_nsec;
#elif defined(__APPLE__)
    return found.st_birthtimespec.tv_sec * kSecond + found.st_birthtimespec.tv_nsec;
#else
    return 0 * kSecond;
#endif
}

/// A regular file of this user with one name.
std::shared_ptr<DiskFile> open_ours(const std::string& path, int flags, Error& error) {
    // Without O_NONBLOCK the opening of a pipe would wait for its other end.
    const int fd = retried(
        [&] { return ::open(path.c_str(), flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666); });
    if (fd < 0) {
        error = disk_error(errno, "open", path);
        return nullptr;
    }
    auto file = std::make_shared<DiskFile>(fd, path);
    struct stat found{};
    const bool ours = fstat(fd, &found) == 0 && S_ISREG(found.st_mode) &&
                      found.st_uid == geteuid() && found.st_nlink == 1;
    if (!ours) {
        error = disk_error(EPERM, "trust", path);
        return nullptr;
    }
    return file;
}

} // namespace

DiskFile::DiskFile(NativeFile file, std::string path) : file_(file), path_(std::move(path)) {}

DiskFile::~DiskFile() {
    close(file_);
}

std::shared_ptr<DiskFile> DiskFile::create(const std::string& path, Error& error) {
    const int fd = retried([&] {
        return ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    });
    if (fd < 0 && errno == EEXIST) { // of a process that ended before it recorded a byte
        auto left = open(path, error);
        if (!left) return nullptr;
        left->named_ = false;
        error = left->resize(0);
        return error ? nullptr : left;
    }
    if (fd < 0) {
        error = disk_error(errno, "create", path);
        return nullptr;
    }
    auto file = std::make_shared<DiskFile>(fd, path);
    file->named_ = false;
    return file;
}

std::shared_ptr<DiskFile> DiskFile::open(const std::string& path, Error& error) {
    return open_ours(path, O_RDWR, error);
}

std::shared_ptr<DiskFile> DiskFile::overwrite(const std::string& path, Error& error) {
    auto file = open_ours(path, O_RDWR | O_CREAT, error);
    if (file) error = file->resize(0);
    return error ? nullptr : file;
}

bool DiskFile::is_lost(const std::string& path, std::int64_t born, std::uint64_t least) {
    struct stat found{};
    if (lstat(path.c_str(), &found) != 0) {
        if (errno != ENOENT) return false;
        return stat(folder_of(path).c_str(), &found) == 0 && S_ISDIR(found.st_mode);
    }
    if (!S_ISREG(found.st_mode) || static_cast<std::uint64_t>(found.st_size) < least) return true;
    const std::int64_t other = born != 0 ? birth_of(AT_FDCWD, path.c_str(), found) : 0;
    return other != 0 && other != born;
}

Error DiskFile::write(std::uint64_t offset, std::string_view bytes) noexcept {
    while (!bytes.empty()) {
        const ssize_t done = retried(
            [&] { return pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(offset)); });
        if (done <= 0) return disk_error(done < 0 ? errno : ENOSPC, "write to", path_);
        offset += static_cast<std::uint64_t>(done);
        bytes.remove_prefix(static_cast<std::size_t>(done));
    }
    return {};
}

Error DiskFile::resize(std::uint64_t size) {
    const int result = retried([&] { return ftruncate(file_, static_cast<off_t>(size)); });
    return result == 0 ? Error() : disk_error(errno, "resize", path_);
}

Error DiskFile::sync() {
    if (sync_descriptor(file_) != 0) return disk_error(errno, "sync", path_);
    return {};
}

void sync_files(const std::vector<std::shared_ptr<DiskFile>>& files, std::vector<Error>& errors) {
    constexpr std::size_t kMany = 16; // from here on one flush costs less than theirs
    errors.assign(files.size(), {});
    std::map<dev_t, std::vector<std::size_t>> systems;
    for (std::size_t i = 0; i < files.size(); ++i) {
        struct stat found{};
        if (files[i] && fstat(files[i]->native(), &found) == 0) {
            systems[found.st_dev].push_back(i);
        } else if (files[i]) {
            errors[i] = disk_error(errno, "sync", files[i]->path());
        }
    }
    std::map<std::string, Error> folders; // that were synced
    for (const auto& [device, members] : systems) {
        const bool together = members.size() >= kMany && sync_file_system(*files[members.front()]);
        for (const std::size_t i : members) {
            DiskFile& file = *files[i];
            if (!together) {
                errors[i] = file.sync();
            } else if (!was_written(file)) {
                errors[i] = disk_error(errno, "sync", file.path());
            }
            if (!together && !errors[i] && !file.named_) {
                const auto [place, fresh] = folders.try_emplace(folder_of(file.path()));
                if (fresh) place->second = sync_folder(place->first);
                errors[i] = place->second;
            }
            if (!errors[i]) file.named_ = true;
        }
    }
}

unsigned mode_of_new_files() noexcept {
    return 0666 & ~read_umask();
}

Error DiskFile::take_place_of(const std::string& local, unsigned mode) {
    struct stat replaced{};
    const bool known = lstat(local.c_str(), &replaced) == 0 && S_ISREG(replaced.st_mode);
    // Another user's file must not decide who may write to this one's.
    if (known && replaced.st_uid == geteuid()) mode = replaced.st_mode & 0777;
    if (fchmod(file_, static_cast<mode_t>(mode)) != 0)
        return disk_error(errno, "set the mode of", path_);
    return {};
}

void DiskFile::set_time(std::time_t modified) noexcept {
    const timespec times[2] = {{modified, 0}, {modified, 0}};
    (void)futimens(file_, times);
}

std::uint64_t DiskFile::size() const noexcept {
    struct stat found{};
    return fstat(file_, &found) == 0 ? static_cast<std::uint64_t>(found.st_size) : 0;
}

std::int64_t DiskFile::born() const noexcept {
    struct stat found{};
#if defined(__APPLE__)
    if (fstat(file_, &found) != 0) return 0;
#endif
    return birth_of(file_, "", found);
}

Error check_destination(const std::string& local, std::string& folder) {
    struct stat found{};
    if (std::string own = folder_of(local); own != folder) {
        if (stat(own.c_str(), &found) != 0) return disk_error(errno, "find the folder", own);
        if (!S_ISDIR(found.st_mode)) return disk_error(ENOTDIR, "use as a folder", own);
        if (access(own.c_str(), W_OK | X_OK) != 0) return disk_error(errno, "write to", own);
        folder = std::move(own);
    }
    if (stat(local.c_str(), &found) != 0) return {};
    if (S_ISDIR(found.st_mode)) return disk_error(EISDIR, "replace the folder", local);
    if (!S_ISREG(found.st_mode)) { // also behind a link, such as /dev/stdout
        Error error = disk_error(EACCES, "replace", local);
        error.detail = "Cannot replace " + local + ": it is a device, a pipe or a socket.";
        return error;
    }
    return {};
}

Error rename_file(const std::string& from, const std::string& to) {
    if (std::rename(from.c_str(), to.c_str()) == 0) return {};
    return disk_error(errno, "rename the finished download to", to);
}

Error sync_folder(const std::string& folder) {
    const int fd =
        retried([&] { return ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
    if (fd < 0) return disk_error(errno, "open", folder);
    const int result = retried([fd] { return fsync(fd); });
    const int why = errno;
    close(fd);
    // EINVAL: this file system keeps folders in step by itself.
    if (result != 0 && why != EINVAL) return disk_error(why, "sync", folder);
    return {};
}

bool is_there(const std::string& path) noexcept {
    return access(path.c_str(), F_OK) == 0;
}

bool remove_file(const std::string& path) noexcept {
    return unlink(path.c_str()) == 0 || errno == ENOENT;
}

} // namespace bitscb3
