// SPDX-License-Identifier: MIT
// job_adapter_own.cpp - what a job of the embedded BITS has and the contract has not.

#include "engine/job_adapter.hpp"

namespace bitscb3 {

ComPtr<JobAdapter> own_job(IBackgroundCopyJob* job) {
    void* found = nullptr;
    if (job == nullptr || FAILED(job->QueryInterface(JobAdapter::kOwnId, &found))) return {};
    return ComPtr<JobAdapter>::adopt(static_cast<JobAdapter*>(found));
}

HRESULT JobAdapter::QueryInterface(REFIID iid, void** out) noexcept {
    if (out != nullptr && same_iid(iid, kOwnId)) {
        *out = this;
        AddRef();
        return S_OK;
    }
    return ComObject::QueryInterface(iid, out);
}

HRESULT JobAdapter::SetRateLimit(std::uint64_t rate) noexcept {
    return set([&](Job&) { set_rate_limit(engine_->model(), job_, rate); });
}

HRESULT JobAdapter::GetRateLimit(std::uint64_t* out) const noexcept {
    return get(out, [](const Job& job) { return job.rate_limit; });
}

HRESULT JobAdapter::GetReceived(std::uint64_t* out) const noexcept {
    return get(out, [](const Job& job) { return job.received; });
}

} // namespace bitscb3
