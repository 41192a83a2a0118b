// SPDX-License-Identifier: MIT
// manager_adapter.cpp - see manager_adapter.hpp.

#include "engine/manager_adapter.hpp"

#include "base/com_object.hpp"
#include "engine/enumerator.hpp"
#include "engine/error_adapter.hpp"
#include "engine/job_adapter.hpp"
#include "engine/peer_caching.hpp"

namespace bitscb3 {

namespace {

constexpr std::size_t kMostNameChars = 256;

class ManagerAdapter final : public ComObject<IBackgroundCopyManager, PeerCachingOff> {
  public:
    explicit ManagerAdapter(EnginePtr engine) : engine_(std::move(engine)) {}

    /// Also answers to kOwnId, with itself and no more than that: it stays inside the engine.
    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** out) noexcept override {
        if (out != nullptr && same_iid(iid, kOwnId)) {
            *out = this;
            AddRef();
            return S_OK;
        }
        return ComObject::QueryInterface(iid, out);
    }

    HRESULT STDMETHODCALLTYPE CreateJob(LPCWSTR name, BG_JOB_TYPE type, GUID* id,
                                        IBackgroundCopyJob** out) noexcept override {
        if (name == nullptr || id == nullptr || out == nullptr) return E_INVALIDARG;
        *out = nullptr;
        if (length_of(name) > kMostNameChars) return E_INVALIDARG;
        if (type == BG_JOB_TYPE_UPLOAD || type == BG_JOB_TYPE_UPLOAD_REPLY) return E_NOTIMPL;
        if (type != BG_JOB_TYPE_DOWNLOAD) return E_INVALIDARG;
        return guarded([&] {
            JobPtr job;
            const HRESULT made = engine_->create_job(to_utf8(name), type, job);
            if (FAILED(made)) return made;
            *id = job->id;
            *out = make_job_object(engine_, job).detach();
            return S_OK;
        });
    }
    HRESULT STDMETHODCALLTYPE GetJob(REFGUID id, IBackgroundCopyJob** out) noexcept override {
        if (out == nullptr) return E_INVALIDARG;
        *out = nullptr;
        return guarded([&] {
            const JobPtr job = engine_->find_job(id);
            if (!job) return BG_E_NOT_FOUND;
            *out = make_job_object(engine_, job).detach();
            return S_OK;
        });
    }
    HRESULT STDMETHODCALLTYPE EnumJobs(DWORD flags,
                                       IEnumBackgroundCopyJobs** out) noexcept override {
        if (out == nullptr) return E_INVALIDARG;
        *out = nullptr;
        if ((flags & ~DWORD{BG_JOB_ENUM_ALL_USERS}) != 0) return E_INVALIDARG;
        return guarded([&] {
            std::vector<ComPtr<IBackgroundCopyJob>> jobs;
            for (const JobPtr& job : engine_->all_jobs()) {
                if (flags == 0 && !engine_->is_owned(job)) continue;
                jobs.push_back(make_job_object(engine_, job));
            }
            using Jobs = Enumerator<IEnumBackgroundCopyJobs, IBackgroundCopyJob>;
            const std::size_t count = jobs.size();
            *out = make_com<Jobs>(count, [jobs = std::move(jobs)](std::size_t i) {
                       return jobs[i];
                   }).detach();
            return S_OK;
        });
    }
    HRESULT STDMETHODCALLTYPE GetErrorDescription(HRESULT code, DWORD language,
                                                  LPWSTR* out) noexcept override {
        return describe(code, language, out);
    }

    [[nodiscard]] const EnginePtr& engine() const noexcept { return engine_; }

    // 5d0dbb4c-6a0b-4d0e-8a55-0d6a3c5b9a41
    static constexpr IID kOwnId = {
        0x5d0dbb4c, 0x6a0b, 0x4d0e, {0x8a, 0x55, 0x0d, 0x6a, 0x3c, 0x5b, 0x9a, 0x41}};

  private:
    const EnginePtr engine_;
};

} // namespace

ComPtr<IBackgroundCopyManager> make_manager_object(std::shared_ptr<Engine> engine) {
    return ComPtr<IBackgroundCopyManager>::adopt(
        make_com<ManagerAdapter>(std::move(engine)).detach());
}

std::shared_ptr<Engine> engine_of(IBackgroundCopyManager* manager) {
    void* found = nullptr;
    if (manager == nullptr || FAILED(manager->QueryInterface(ManagerAdapter::kOwnId, &found))) {
        return nullptr;
    }
    const auto adapter = ComPtr<ManagerAdapter>::adopt(static_cast<ManagerAdapter*>(found));
    return adapter->engine();
}

} // namespace bitscb3
