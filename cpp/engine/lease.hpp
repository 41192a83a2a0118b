// SPDX-License-Identifier: MIT
// lease.hpp - the right to run a job: a lock the system drops when the process dies.
// One lock file beside the store; a job's place in it is found by its id.
// Threads: a Lease belongs to its job; the LeaseFile may be used from any thread.
// Source:  fcntl(2), open file description locks; where the system has none, the process's locks.
//          A forked child would have the former, too, and so closes the file at once.
//          On Windows LockFileEx, whose locks keep out everybody, also their own holder.

#pragma once

#include "engine/error.hpp"
#include "engine/fork.hpp"
#include "engine/native_file.hpp"

#include <memory>
#include <string>

namespace bitscb3 {

class LeaseFile;

class Lease {
  public:
    Lease() = default;
    Lease(Lease&& other) noexcept = default;
    Lease& operator=(Lease&& other) noexcept;
    ~Lease() { release(); }

    [[nodiscard]] bool held() const noexcept { return file_ != nullptr; }
    void release() noexcept;

  private:
    friend class LeaseFile;
    Lease(std::shared_ptr<LeaseFile> file, long long place)
        : file_(std::move(file)), place_(place) {}

    std::shared_ptr<LeaseFile> file_;
    long long place_ = 0;
};

class LeaseFile final : public std::enable_shared_from_this<LeaseFile>, Inherited {
  public:
    /// `file` is closed by this.
    explicit LeaseFile(NativeFile file) : file_(file) { enter(); }
    LeaseFile(const LeaseFile&) = delete;
    LeaseFile& operator=(const LeaseFile&) = delete;
    ~LeaseFile();

    /// Empty, with `error` set, when `path` cannot be opened or made (private_file.hpp).
    [[nodiscard]] static std::shared_ptr<LeaseFile> open(const std::string& path, Error& error);
    /// The lease of job `id`, or none while another engine holds it.
    [[nodiscard]] Lease try_acquire(const GUID& id) noexcept;

  private:
    friend class Lease;
    /// One byte at `place`. Never waits.
    [[nodiscard]] bool lock(long long place) noexcept;
    void unlock(long long place) noexcept;
    void let_go() noexcept override;

    NativeFile file_;
};

} // namespace bitscb3
