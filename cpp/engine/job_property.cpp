// SPDX-License-Identifier: MIT
// job_property.cpp - see job_property.hpp.

#include "engine/job_property.hpp"

#include "engine/job_life.hpp"

#include <algorithm>
#include <iterator>

namespace bitscb3 {

namespace {

using Value = BITS_JOB_PROPERTY_VALUE;

enum class Until { kAlways, kFirstResume, kFirstFile };
enum class Types { kAll, kDownload };

struct Property {
    BITS_JOB_PROPERTY_ID id;
    Until until;
    Types types;
    /// S_OK, or why `value` is no good for the job.
    HRESULT (*check)(const Job& job, const Value& value);
    void (*set)(Model& model, const JobPtr& job, const Value& value);
    void (*get)(const Job& job, Value& value);
};

HRESULT any(const Job&, const Value&) {
    return S_OK;
}

/// DYNAMIC_CONTENT is about whole bodies, the others about parts of one.
HRESULT check_dynamic(const Job& job, const Value& value) {
    if (value.Enable == 0) return S_OK;
    const bool pieces = std::any_of(job.files.begin(), job.files.end(),
                                    [](const auto& file) { return !file->pieces.empty(); });
    if (!job.http->method.empty()) return BG_E_NOT_SUPPORTED_WITH_CUSTOM_HTTP_METHOD;
    return job.on_demand || pieces ? BG_E_UNSUPPORTED_JOB_CONFIGURATION : S_OK;
}

HRESULT check_on_demand(const Job& job, const Value& value) {
    if (value.Enable == 0) return S_OK;
    if (!job.http->method.empty()) return BG_E_NOT_SUPPORTED_WITH_CUSTOM_HTTP_METHOD;
    return job.dynamic_content ? BG_E_UNSUPPORTED_JOB_CONFIGURATION : S_OK;
}

HRESULT check_size(const Job&, const Value& value) {
    return value.Uint64 == 0 ? BG_E_MAX_DOWNLOAD_SIZE_INVALID_VALUE : S_OK;
}

HRESULT check_target(const Job&, const Value& value) {
    return value.Target == BG_AUTH_TARGET_PROXY ? S_OK : BG_E_USE_STORED_CREDENTIALS_NOT_SUPPORTED;
}

constexpr Property kProperties[] = {
    {BITS_JOB_PROPERTY_ID_COST_FLAGS, Until::kAlways, Types::kAll, &any,
     [](Model& model, const JobPtr& job, const Value& v) { set_cost_flags(model, job, v.Dword); },
     [](const Job& job, Value& v) { v.Dword = job.cost_flags; }},
    {BITS_JOB_PROPERTY_NOTIFICATION_CLSID, Until::kAlways, Types::kAll, &any,
     [](Model&, const JobPtr& job, const Value& v) { job->notification_class = v.ClsID; },
     [](const Job& job, Value& v) { v.ClsID = job.notification_class; }},
    {BITS_JOB_PROPERTY_DYNAMIC_CONTENT, Until::kFirstResume, Types::kDownload, &check_dynamic,
     [](Model&, const JobPtr& job, const Value& v) { job->dynamic_content = v.Enable != 0; },
     [](const Job& job, Value& v) { v.Enable = job.dynamic_content ? 1 : 0; }},
    {BITS_JOB_PROPERTY_HIGH_PERFORMANCE, Until::kFirstFile, Types::kDownload, &any,
     [](Model&, const JobPtr& job, const Value& v) { job->high_performance = v.Enable != 0; },
     [](const Job& job, Value& v) { v.Enable = job.high_performance ? 1 : 0; }},
    {BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE, Until::kFirstResume, Types::kDownload, &check_size,
     [](Model&, const JobPtr& job, const Value& v) { job->max_download_size = v.Uint64; },
     [](const Job& job, Value& v) { v.Uint64 = job.max_download_size; }},
    {BITS_JOB_PROPERTY_USE_STORED_CREDENTIALS, Until::kAlways, Types::kAll, &check_target,
     [](Model&, const JobPtr& job, const Value&) {
         change_http(*job, [](HttpOptions& options) { options.stored_proxy_credentials = true; });
     },
     [](const Job& job, Value& v) {
         if (job.http->stored_proxy_credentials) v.Target = BG_AUTH_TARGET_PROXY;
     }},
    {BITS_JOB_PROPERTY_MINIMUM_NOTIFICATION_INTERVAL_MS, Until::kAlways, Types::kAll, &any,
     [](Model&, const JobPtr& job, const Value& v) { job->notification_interval_ms = v.Dword; },
     [](const Job& job, Value& v) { v.Dword = job.notification_interval_ms; }},
    {BITS_JOB_PROPERTY_ON_DEMAND_MODE, Until::kAlways, Types::kDownload, &check_on_demand,
     [](Model& model, const JobPtr& job, const Value& v) {
         job->on_demand = v.Enable != 0;
         model.wake_loop();
     },
     [](const Job& job, Value& v) { v.Enable = job.on_demand ? 1 : 0; }},
};

const Property* find(BITS_JOB_PROPERTY_ID id) noexcept {
    const auto* found = std::find_if(std::begin(kProperties), std::end(kProperties),
                                     [id](const Property& property) { return property.id == id; });
    return found == std::end(kProperties) ? nullptr : found;
}

} // namespace

HRESULT set_property(Model& model, const JobPtr& job, BITS_JOB_PROPERTY_ID id,
                     const BITS_JOB_PROPERTY_VALUE& value) {
    const Property* property = find(id);
    if (property == nullptr) return BG_E_UNKNOWN_PROPERTY_ID;
    if (property->types == Types::kDownload && job->type != BG_JOB_TYPE_DOWNLOAD) {
        return BG_E_PROPERTY_SUPPORTED_FOR_DOWNLOAD_JOBS_ONLY;
    }
    if (property->until == Until::kFirstResume && job->resumed) {
        return BG_E_READ_ONLY_PROPERTY_AFTER_RESUME;
    }
    if (property->until == Until::kFirstFile && !job->files.empty()) {
        return BG_E_READ_ONLY_PROPERTY_AFTER_ADDFILE;
    }
    if (const HRESULT good = property->check(*job, value); FAILED(good)) return good;
    property->set(model, job, value);
    touch(model, job);
    return S_OK;
}

HRESULT get_property(const Job& job, BITS_JOB_PROPERTY_ID id,
                     BITS_JOB_PROPERTY_VALUE& out) noexcept {
    const Property* property = find(id);
    if (property == nullptr) return BG_E_UNKNOWN_PROPERTY_ID;
    out = {};
    property->get(job, out);
    return S_OK;
}

} // namespace bitscb3
