// SPDX-License-Identifier: MIT
// file_adapter.cpp - see file_adapter.hpp.

#include "engine/file_adapter.hpp"

#include "base/com_object.hpp"
#include "engine/file_life.hpp"
#include "engine/job_object.hpp"
#include "engine/new_file.hpp"
#include "engine/outcome.hpp"

#include <algorithm>
#include <cstring>
#include <memory>

namespace bitscb3 {

namespace {

/// A new block of the task allocator with a copy of `ranges`; null for none or out of memory.
BG_FILE_RANGE* to_task_ranges(const RangeList& ranges) noexcept {
    if (ranges.empty()) return nullptr;
    const std::size_t bytes = ranges.size() * sizeof(BG_FILE_RANGE);
    auto* out = static_cast<BG_FILE_RANGE*>(CoTaskMemAlloc(bytes));
    if (out != nullptr) std::memcpy(out, ranges.data(), bytes);
    return out;
}

bool serves_random_access(const Job& job, const File& file) noexcept {
    return job.type == BG_JOB_TYPE_DOWNLOAD && !job.is_unranged() && file.serves_random_access();
}

/// The one place that knows BG_LENGTH_TO_EOF: contract ranges to ours, checked against `file`.
HRESULT to_ranges(const File& file, DWORD count, const BG_FILE_RANGE* ranges, RangeSet& out) {
    const std::uint64_t end = file.size_known() ? file.size() : Ask::kToEnd;
    for (DWORD i = 0; i < count; ++i) {
        const std::uint64_t offset = ranges[i].InitialOffset;
        std::uint64_t length = ranges[i].Length;
        if (offset >= end || length == 0) return BG_E_INVALID_RANGE;
        if (length == BG_LENGTH_TO_EOF) length = end - offset;
        if (length > end - offset) return BG_E_INVALID_RANGE;
        out.insert({offset, length});
    }
    return S_OK;
}

class FileAdapter final : public ComObject<IBackgroundCopyFile6>, private JobObject {
  public:
    // 9c6a3a3e-52a1-4b59-8f0e-2f6c1d1f7e55
    static constexpr IID kOwnId = {
        0x9c6a3a3e, 0x52a1, 0x4b59, {0x8f, 0x0e, 0x2f, 0x6c, 0x1d, 0x1f, 0x7e, 0x55}};

    FileAdapter(EnginePtr engine, JobPtr job, File& file)
        : JobObject(std::move(engine), std::move(job)), file_(file) {}

    /// Also answers to kOwnId, with itself and no more than that: it stays inside the engine.
    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** out) noexcept override {
        if (out != nullptr && same_iid(iid, kOwnId)) {
            *out = this;
            AddRef();
            return S_OK;
        }
        return ComObject::QueryInterface(iid, out);
    }

    /// The last reference goes with the mutex held: File::object is never a dying object.
    ULONG STDMETHODCALLTYPE Release() noexcept override {
        ULONG held = references_.load(std::memory_order_relaxed);
        while (held > 1) { // pairs with the acquire of the last Release, as in ComObject
            if (references_.compare_exchange_weak(held, held - 1, std::memory_order_acq_rel,
                                                  std::memory_order_relaxed)) {
                return held - 1;
            }
        }
        const EnginePtr engine = engine_; // outlives the lock
        {
            const Lock lock = engine->lock();
            if (references_.fetch_sub(1, std::memory_order_acq_rel) != 1) {
                return references_.load(std::memory_order_relaxed);
            }
            if (file_.object == this) file_.object = nullptr;
        }
        delete this;
        return 0;
    }

    [[nodiscard]] HRESULT received(std::uint64_t* out) const noexcept {
        return get(out, [this](const Job&) { return file_.received; });
    }

    // IBackgroundCopyFile
    HRESULT STDMETHODCALLTYPE GetRemoteName(LPWSTR* out) noexcept override {
        return give(out, &FileRecord::remote);
    }
    HRESULT STDMETHODCALLTYPE GetLocalName(LPWSTR* out) noexcept override {
        return give(out, &FileRecord::local);
    }
    HRESULT STDMETHODCALLTYPE GetProgress(BG_FILE_PROGRESS* out) noexcept override {
        return get(out, [this](const Job&) {
            BG_FILE_PROGRESS progress = {};
            progress.BytesTotal = file_.size_known() ? file_.wanted_bytes() : BG_SIZE_UNKNOWN;
            progress.BytesTransferred = file_.filled.bytes();
            progress.Completed = file_.published ? 1 : 0;
            return progress;
        });
    }

    // IBackgroundCopyFile2
    HRESULT STDMETHODCALLTYPE GetFileRanges(DWORD* count,
                                            BG_FILE_RANGE** ranges) noexcept override {
        if (count == nullptr || ranges == nullptr) return E_INVALIDARG;
        *count = 0;
        *ranges = nullptr;
        RangeList pieces;
        const HRESULT result = read([&](const Job&) {
            pieces = file_.pieces;
            return S_OK;
        });
        if (FAILED(result)) return result;
        if (pieces.empty()) return S_FALSE; // the whole file is wanted
        for (Range& piece : pieces) {
            if (piece.end() == Ask::kToEnd) piece.length = BG_LENGTH_TO_EOF;
        }
        *ranges = to_task_ranges(pieces);
        if (*ranges == nullptr) return E_OUTOFMEMORY;
        *count = static_cast<DWORD>(pieces.size());
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE SetRemoteName(LPCWSTR name) noexcept override {
        Model& model = engine_->model();
        return guarded([&] {
            std::string remote;
            if (const HRESULT good = check_remote(model.settings, name, remote); FAILED(good)) {
                return good;
            }
            return change(Call::kSet, [&](Job&) {
                // What is here is not affected.
                if (!file_.complete()) change_source(model, job_, file_, std::move(remote));
                return S_OK;
            });
        });
    }

    // IBackgroundCopyFile3
    HRESULT STDMETHODCALLTYPE GetTemporaryName(LPWSTR* out) noexcept override {
        return give(out, &FileRecord::temporary);
    }
    HRESULT STDMETHODCALLTYPE SetValidationState(BOOL good) noexcept override {
        return change(Call::kSet, [&](Job&) {
            if (!file_.complete()) return E_PENDING;
            Model& model = engine_->model();
            if (good == 0) {
                restart(model, job_, file_);
                reject(model, job_, file_, finding_error(Finding::kContentRejected));
            }
            file_.validated = good != 0;
            file_.dirty = true;
            touch(model, job_);
            return S_OK;
        });
    }
    HRESULT STDMETHODCALLTYPE GetValidationState(BOOL* out) noexcept override {
        return get(out, [this](const Job&) { return file_.validated ? 1 : 0; });
    }
    HRESULT STDMETHODCALLTYPE IsDownloadedFromPeer(BOOL* out) noexcept override {
        return get(out, [](const Job&) { return 0; });
    }

    // IBackgroundCopyFile4
    HRESULT STDMETHODCALLTYPE GetPeerDownloadStats(UINT64* origin,
                                                   UINT64* peers) noexcept override {
        if (peers == nullptr) return E_INVALIDARG;
        *peers = 0;
        return get(origin, [this](const Job&) { return file_.filled.bytes(); });
    }

    // IBackgroundCopyFile5
    HRESULT STDMETHODCALLTYPE SetProperty(BITS_FILE_PROPERTY_ID id,
                                          BITS_FILE_PROPERTY_VALUE) noexcept override {
        return id == BITS_FILE_PROPERTY_ID_HTTP_RESPONSE_HEADERS ? BG_E_READ_ONLY_PROPERTY
                                                                 : BG_E_UNKNOWN_PROPERTY_ID;
    }
    HRESULT STDMETHODCALLTYPE GetProperty(BITS_FILE_PROPERTY_ID id,
                                          BITS_FILE_PROPERTY_VALUE* out) noexcept override {
        if (out == nullptr) return E_INVALIDARG;
        if (id != BITS_FILE_PROPERTY_ID_HTTP_RESPONSE_HEADERS) return BG_E_UNKNOWN_PROPERTY_ID;
        return give(&out->String, &FileRecord::headers);
    }

    // IBackgroundCopyFile6
    HRESULT STDMETHODCALLTYPE UpdateDownloadPosition(UINT64 offset) noexcept override {
        return change(Call::kSet, [&](Job& job) {
            if (!serves_random_access(job, file_)) return BG_E_RANDOM_ACCESS_NOT_SUPPORTED;
            if (file_.size_known() && offset > file_.size()) return BG_E_INVALID_RANGE;
            file_.position = offset;
            ++file_.plan;
            engine_->model().wake_loop();
            return S_OK;
        });
    }
    HRESULT STDMETHODCALLTYPE RequestFileRanges(DWORD count,
                                                const BG_FILE_RANGE* ranges) noexcept override {
        if (count == 0 || ranges == nullptr) return E_INVALIDARG;
        return change(Call::kSet, [&](Job& job) {
            if (!serves_random_access(job, file_)) return BG_E_RANDOM_ACCESS_NOT_SUPPORTED;
            RangeSet wanted;
            if (const HRESULT good = to_ranges(file_, count, ranges, wanted); FAILED(good)) {
                return good;
            }
            const std::uint32_t most = engine_->model().settings.ranges_in_file;
            if (exceeds(file_.urgent.size() + wanted.size(), most)) {
                return BG_E_TOO_MANY_RANGES_IN_FILE;
            }
            request(engine_->model(), job_, file_, wanted.ranges());
            return S_OK;
        });
    }
    HRESULT STDMETHODCALLTYPE GetFilledFileRanges(DWORD* count,
                                                  BG_FILE_RANGE** ranges) noexcept override {
        if (count == nullptr || ranges == nullptr) return E_INVALIDARG;
        *count = 0;
        *ranges = nullptr;
        RangeList filled;
        const HRESULT result = read([&](const Job& job) {
            if (!serves_random_access(job, file_)) return BG_E_RANDOM_ACCESS_NOT_SUPPORTED;
            filled = file_.filled.ranges();
            return S_OK;
        });
        if (FAILED(result)) return result;
        *ranges = to_task_ranges(filled);
        if (*ranges == nullptr && !filled.empty()) return E_OUTOFMEMORY;
        *count = static_cast<DWORD>(filled.size());
        return S_OK;
    }

    [[nodiscard]] HRESULT cancel_ranges(DWORD count, const BG_FILE_RANGE* ranges) noexcept {
        if (count == 0 || ranges == nullptr) return E_INVALIDARG;
        return change(Call::kSet, [&](Job& job) {
            // Requests made before the server turned out to have no ranges are there, too.
            if (job.is_unranged() || !file_.takes_requests()) {
                return BG_E_RANDOM_ACCESS_NOT_SUPPORTED;
            }
            RangeList gone;
            for (DWORD i = 0; i < count; ++i) { // what reaches beyond the end reaches to the end
                const std::uint64_t offset = ranges[i].InitialOffset;
                gone.push_back({offset, std::min(ranges[i].Length, Ask::kToEnd - offset)});
            }
            withdraw(engine_->model(), job_, file_, gone);
            return S_OK;
        });
    }

  private:
    HRESULT give(LPWSTR* out, std::string FileRecord::* field) const noexcept {
        if (out == nullptr) return E_INVALIDARG;
        *out = nullptr;
        return read([&](const Job&) {
            *out = to_task_string(file_.*field);
            return *out != nullptr ? S_OK : E_OUTOFMEMORY;
        });
    }

    File& file_; // alive as long as job_
};

/// The engine's own object behind `file`; null when it is another service's.
ComPtr<FileAdapter> own_file(IBackgroundCopyFile* file) noexcept {
    void* found = nullptr;
    if (file == nullptr || FAILED(file->QueryInterface(FileAdapter::kOwnId, &found))) return {};
    return ComPtr<FileAdapter>::adopt(static_cast<FileAdapter*>(found));
}

} // namespace

ComPtr<IBackgroundCopyFile> make_file_object(std::shared_ptr<Engine> engine, const JobPtr& job,
                                             std::uint32_t index,
                                             std::optional<std::uint32_t> generation) {
    if (!engine) return {};
    const Lock held = engine->lock();
    File& file = *job->files[index];
    if (generation && *generation != file.generation) return {};
    if (file.object != nullptr) return ComPtr<IBackgroundCopyFile>::share(file.object);
    const EnginePtr keep = engine;
    auto made = make_com<FileAdapter>(keep, job, file);
    file.object = made.get();
    return ComPtr<IBackgroundCopyFile>::adopt(made.detach());
}

HRESULT received_of(IBackgroundCopyFile* file, std::uint64_t* out) {
    const auto own = own_file(file);
    return own ? own->received(out) : E_NOINTERFACE;
}

HRESULT cancel_ranges(IBackgroundCopyFile* file, DWORD count, const BG_FILE_RANGE* ranges) {
    const auto own = own_file(file);
    return own ? own->cancel_ranges(count, ranges) : E_NOINTERFACE;
}

} // namespace bitscb3
