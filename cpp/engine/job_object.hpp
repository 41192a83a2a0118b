// SPDX-License-Identifier: MIT
// job_object.hpp - what every object of the contract that stands for a job's part does alike.
// Threads: any. Errors: no exception leaves through the vtable; out of memory is E_OUTOFMEMORY.

#pragma once

#include "base/utf16.hpp"
#include "engine/engine.hpp"
#include "engine/job_life.hpp"

#include <memory>
#include <new>
#include <utility>

namespace bitscb3 {

using EnginePtr = std::shared_ptr<Engine>;

/// Run `body`, which returns an HRESULT, and turn what it throws into one.
template<class Body>
[[nodiscard]] HRESULT guarded(Body&& body) noexcept {
    try {
        return body();
    } catch (const std::bad_alloc&) {
        return E_OUTOFMEMORY;
    } catch (...) {
        return E_FAIL;
    }
}

class JobObject {
  public:
    JobObject(EnginePtr engine, JobPtr job) : engine_(std::move(engine)), job_(std::move(job)) {}

  protected:
    /// Look at the job, with the mutex held.
    template<class Body>
    [[nodiscard]] HRESULT read(Body&& body) const noexcept {
        return guarded([&] {
            if (const HRESULT found = engine_->refresh(job_); FAILED(found)) return found;
            const Lock held = engine_->lock();
            return body(static_cast<const Job&>(*job_));
        });
    }
    /// Copy one value out; E_INVALIDARG for a null `out`.
    template<class T, class Body>
    [[nodiscard]] HRESULT get(T* out, Body&& body) const noexcept {
        if (out == nullptr) return E_INVALIDARG;
        return read([&](const Job& job) {
            *out = body(job);
            return S_OK;
        });
    }
    [[nodiscard]] HRESULT get_text(LPWSTR* out, std::string JobRecord::* field) const noexcept {
        if (out == nullptr) return E_INVALIDARG;
        *out = nullptr;
        return read([&](const Job& job) {
            *out = to_task_string(job.*field);
            return *out != nullptr ? S_OK : E_OUTOFMEMORY;
        });
    }
    /// Change the job by `call`: lease it, look whether its state allows that, run `body` with the
    /// mutex held.
    template<class Body>
    [[nodiscard]] HRESULT change(Call call, Body&& body) noexcept {
        return guarded([&] {
            if (const HRESULT leased = engine_->lease(job_); FAILED(leased)) return leased;
            const Lock held = engine_->lock();
            if (job_->ending) return BG_E_INVALID_STATE;
            if (const HRESULT legal = verdict(call, job_->state); FAILED(legal)) return legal;
            return body(*job_);
        });
    }
    /// Change a recorded property and tell.
    template<class Body>
    [[nodiscard]] HRESULT set(Body&& body) noexcept {
        return change(Call::kSet, [&](Job& job) {
            body(job);
            touch(engine_->model(), job_);
            return S_OK;
        });
    }
    /// Change the HTTP options and tell. Requests under way keep those they began with.
    template<class Body>
    [[nodiscard]] HRESULT set_http(Body&& body) noexcept {
        return set([&](Job& job) { change_http(job, body); });
    }

    EnginePtr engine_;
    JobPtr job_;
};

} // namespace bitscb3
