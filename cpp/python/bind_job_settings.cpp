// SPDX-License-Identifier: MIT
// bind_job_settings.cpp - what is set and read of a job by one call each: IBackgroundCopyJob to
// Job5.

#include "base/guid.hpp"
#include "base/utf16.hpp"
#include "client/strings.hpp"
#include "python/common.hpp"
#include "python/embedded.hpp"

#include <algorithm>

namespace bitscb3 {

namespace {

constexpr ULONG kLeastDelay = 5; // seconds; less is raised to it
constexpr char kSince15[] = "BITS 1.5 (Windows Server 2003)";
constexpr char kSince2[] = "BITS 2.0 (Windows XP SP2)";
constexpr char kSince3[] = "BITS 3.0 (Windows Vista)";
constexpr char kSince5[] = "BITS 5.0 (Windows 8)";

/// A property that is one call to read and one to write, by value.
template<class T, HRESULT (STDMETHODCALLTYPE IBackgroundCopyJob::*kGet)(T*)>
T get(const JobHandle& self) {
    T value = {};
    check(call_service([&] { return (self.job.get()->*kGet)(&value); }));
    return value;
}

/// Call `set(value)`; a service that may answer S_OK and do nothing is asked with `get(&value)`
/// before and after.
template<class T, class Set, class Get>
void set_and_look(const JobHandle& self, const char* name, T value, Set&& set, Get&& get) {
    T before = {};
    T after = {};
    const HRESULT result = call_service([&] {
        const bool seen = self.service->quirks.accepts_idly && SUCCEEDED(get(&before));
        const HRESULT done = set(value);
        if (!seen || FAILED(done) || FAILED(get(&after))) after = value;
        return done;
    });
    check(result);
    if (after == before && after != value) throw without_effect(name);
}

template<class T, HRESULT (STDMETHODCALLTYPE IBackgroundCopyJob::*kGet)(T*),
         HRESULT (STDMETHODCALLTYPE IBackgroundCopyJob::*kSet)(T)>
void set(const JobHandle& self, const char* name, T value) {
    IBackgroundCopyJob* const job = self.job.get();
    set_and_look(
        self, name, value, [job](T given) { return (job->*kSet)(given); },
        [job](T* out) { return (job->*kGet)(out); });
}

/// Bytes per second; 0: no limit.
std::uint64_t rate_limit(const JobHandle& self) {
    return self.service->is_system ? 0 : embedded::rate_limit(self.job.get());
}

void set_rate_limit(const JobHandle& self, std::uint64_t rate) {
    if (self.service->is_system) throw no_rate_limits();
    embedded::set_rate_limit(self.job.get(), rate);
}

/// The system's BITS tells only what it kept.
std::uint64_t bytes_received(const JobHandle& self) {
    if (!self.service->is_system) return embedded::received(self.job.get());
    return get<BG_JOB_PROGRESS, &IBackgroundCopyJob::GetProgress>(self).BytesTransferred;
}

template<HRESULT (STDMETHODCALLTYPE IBackgroundCopyJob::*kGet)(LPWSTR*)>
std::string get_text(const JobHandle& self) {
    HRESULT result = S_OK;
    std::string out;
    {
        const Unlocked unlocked;
        out = take_text([&](LPWSTR* text) { return (self.job.get()->*kGet)(text); }, &result);
    }
    check(result);
    return out;
}

template<HRESULT (STDMETHODCALLTYPE IBackgroundCopyJob::*kSet)(LPCWSTR)>
void set_text(const JobHandle& self, const std::string& text) {
    const WideString wide = to_utf16(text);
    check(call_service([&] { return (self.job.get()->*kSet)(wide.c_str()); }));
}

BITS_JOB_PROPERTY_VALUE property(const JobHandle& self, BITS_JOB_PROPERTY_ID id) {
    const auto job = need<IBackgroundCopyJob5>(self.job, kSince5);
    BITS_JOB_PROPERTY_VALUE value = {};
    check(call_service([&] { return job->GetProperty(id, &value); }));
    return value;
}

void set_property(const JobHandle& self, BITS_JOB_PROPERTY_ID id, BITS_JOB_PROPERTY_VALUE value) {
    const auto job = need<IBackgroundCopyJob5>(self.job, kSince5);
    check(call_service([&] { return job->SetProperty(id, value); }));
}

/// A number of a newer interface, by value.
template<class Interface, class T, HRESULT (STDMETHODCALLTYPE Interface::*kGet)(T*)>
T get_of(const JobHandle& self, const char* since) {
    const auto job = need<Interface>(self.job, since);
    T value = {};
    check(call_service([&] { return (job.get()->*kGet)(&value); }));
    return value;
}

template<class Interface, class T, HRESULT (STDMETHODCALLTYPE Interface::*kGet)(T*),
         HRESULT (STDMETHODCALLTYPE Interface::*kSet)(T)>
void set_of(const JobHandle& self, const char* since, const char* name, T value) {
    const auto job = need<Interface>(self.job, since);
    set_and_look(
        self, name, value, [&job](T given) { return (job.get()->*kSet)(given); },
        [&job](T* out) { return (job.get()->*kGet)(out); });
}

template<BITS_JOB_PROPERTY_ID kId, class T, T BITS_JOB_PROPERTY_VALUE::* kField>
T get_property(const JobHandle& self) {
    return property(self, kId).*kField;
}

template<BITS_JOB_PROPERTY_ID kId, class T, T BITS_JOB_PROPERTY_VALUE::* kField>
void set_property_to(const JobHandle& self, T given) {
    BITS_JOB_PROPERTY_VALUE value = {};
    value.*kField = given;
    set_property(self, kId, value);
}

template<BITS_JOB_PROPERTY_ID kId>
bool is_enabled(const JobHandle& self) {
    return property(self, kId).Enable != 0;
}

template<BITS_JOB_PROPERTY_ID kId>
void enable(const JobHandle& self, bool on) {
    BITS_JOB_PROPERTY_VALUE value = {};
    value.Enable = on ? 1 : 0;
    set_property(self, kId, value);
}

std::string notification_clsid(const JobHandle& self) {
    return to_string(property(self, BITS_JOB_PROPERTY_NOTIFICATION_CLSID).ClsID);
}

void set_notification_clsid(const JobHandle& self, const std::string& text) {
    const auto id = to_guid(text);
    if (!id) throw py::value_error("a class id is a UUID");
    BITS_JOB_PROPERTY_VALUE value = {};
    value.ClsID = *id;
    set_property(self, BITS_JOB_PROPERTY_NOTIFICATION_CLSID, value);
}

std::pair<std::string, std::string> notify_command_line(const JobHandle& self) {
    const auto job = need<IBackgroundCopyJob2>(self.job, kSince15);
    LPWSTR program = nullptr;
    LPWSTR parameters = nullptr;
    check(call_service([&] { return job->GetNotifyCmdLine(&program, &parameters); }));
    std::pair<std::string, std::string> out = {to_utf8(program), to_utf8(parameters)};
    CoTaskMemFree(program);
    CoTaskMemFree(parameters);
    return out;
}

void set_notify_command_line(const JobHandle& self, const std::string& program,
                             const std::string& parameters) {
    const auto job = need<IBackgroundCopyJob2>(self.job, kSince15);
    const WideString first = to_utf16(program);
    const WideString second = to_utf16(parameters);
    const bool none = program.empty();
    check(call_service([&] {
        return job->SetNotifyCmdLine(none ? nullptr : first.c_str(),
                                     none ? nullptr : second.c_str());
    }));
}

} // namespace

void bind_job_settings(Bound<JobHandle>& job) {
    using J = IBackgroundCopyJob;
    using J3 = IBackgroundCopyJob3;
    using J4 = IBackgroundCopyJob4;
    using Value = BITS_JOB_PROPERTY_VALUE;
    job.def_property_readonly("type",
                              [](const JobHandle& self) {
                                  return static_cast<int>(get<BG_JOB_TYPE, &J::GetType>(self));
                              })
        .def_property_readonly("state",
                               [](const JobHandle& self) {
                                   return static_cast<int>(get<BG_JOB_STATE, &J::GetState>(self));
                               })
        .def_property("rate_limit", &rate_limit, &set_rate_limit)
        .def_property_readonly("bytes_received", &bytes_received)
        .def_property_readonly("error_count", &get<ULONG, &J::GetErrorCount>)
        .def_property_readonly("owner", &get_text<&J::GetOwner>)
        .def_property_readonly("notify_flags", &get<ULONG, &J::GetNotifyFlags>)
        .def_property("name", &get_text<&J::GetDisplayName>, &set_text<&J::SetDisplayName>)
        .def_property("description", &get_text<&J::GetDescription>, &set_text<&J::SetDescription>)
        .def_property(
            "priority",
            [](const JobHandle& self) {
                return static_cast<int>(get<BG_JOB_PRIORITY, &J::GetPriority>(self));
            },
            [](const JobHandle& self, int value) {
                set<BG_JOB_PRIORITY, &J::GetPriority, &J::SetPriority>(
                    self, "SetPriority()", static_cast<BG_JOB_PRIORITY>(value));
            })
        .def_property("minimum_retry_delay", &get<ULONG, &J::GetMinimumRetryDelay>,
                      [](const JobHandle& self, ULONG seconds) {
                          set<ULONG, &J::GetMinimumRetryDelay, &J::SetMinimumRetryDelay>(
                              self, "SetMinimumRetryDelay()", std::max(seconds, kLeastDelay));
                      })
        .def_property("no_progress_timeout", &get<ULONG, &J::GetNoProgressTimeout>,
                      [](const JobHandle& self, ULONG seconds) {
                          set<ULONG, &J::GetNoProgressTimeout, &J::SetNoProgressTimeout>(
                              self, "SetNoProgressTimeout()", seconds);
                      });
    // Of newer interfaces.
    job.def_property(
           "maximum_download_time",
           [](const JobHandle& self) {
               return get_of<J4, ULONG, &J4::GetMaximumDownloadTime>(self, kSince3);
           },
           [](const JobHandle& self, ULONG seconds) {
               set_of<J4, ULONG, &J4::GetMaximumDownloadTime, &J4::SetMaximumDownloadTime>(
                   self, kSince3, "SetMaximumDownloadTime()", seconds);
           })
        .def_property(
            "peer_caching_flags",
            [](const JobHandle& self) {
                return get_of<J4, DWORD, &J4::GetPeerCachingFlags>(self, kSince3);
            },
            [](const JobHandle& self, DWORD flags) {
                set_of<J4, DWORD, &J4::GetPeerCachingFlags, &J4::SetPeerCachingFlags>(
                    self, kSince3, "SetPeerCachingFlags()", flags);
            })
        .def_property(
            "file_acl_flags",
            [](const JobHandle& self) {
                return get_of<J3, DWORD, &J3::GetFileACLFlags>(self, kSince2);
            },
            [](const JobHandle& self, DWORD flags) {
                set_of<J3, DWORD, &J3::GetFileACLFlags, &J3::SetFileACLFlags>(
                    self, kSince2, "SetFileACLFlags()", flags);
            })
        .def_property_readonly("owner_integrity_level",
                               [](const JobHandle& self) {
                                   return get_of<J4, ULONG, &J4::GetOwnerIntegrityLevel>(self,
                                                                                         kSince3);
                               })
        .def_property_readonly("owner_elevated",
                               [](const JobHandle& self) {
                                   return get_of<J4, BOOL, &J4::GetOwnerElevationState>(
                                              self, kSince3) != 0;
                               })
        .def_property("notify_command_line", &notify_command_line,
                      [](const JobHandle& self, const std::pair<std::string, std::string>& line) {
                          set_notify_command_line(self, line.first, line.second);
                      });
    // Properties of IBackgroundCopyJob5.
    job.def_property(
           "minimum_notification_interval",
           &get_property<BITS_JOB_PROPERTY_MINIMUM_NOTIFICATION_INTERVAL_MS, DWORD, &Value::Dword>,
           &set_property_to<BITS_JOB_PROPERTY_MINIMUM_NOTIFICATION_INTERVAL_MS, DWORD,
                            &Value::Dword>)
        .def_property("cost_flags",
                      &get_property<BITS_JOB_PROPERTY_ID_COST_FLAGS, DWORD, &Value::Dword>,
                      &set_property_to<BITS_JOB_PROPERTY_ID_COST_FLAGS, DWORD, &Value::Dword>)
        .def_property("max_download_size",
                      &get_property<BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE, UINT64, &Value::Uint64>,
                      &set_property_to<BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE, UINT64, &Value::Uint64>)
        .def_property("dynamic_content", &is_enabled<BITS_JOB_PROPERTY_DYNAMIC_CONTENT>,
                      &enable<BITS_JOB_PROPERTY_DYNAMIC_CONTENT>)
        .def_property("high_performance", &is_enabled<BITS_JOB_PROPERTY_HIGH_PERFORMANCE>,
                      &enable<BITS_JOB_PROPERTY_HIGH_PERFORMANCE>)
        .def_property("notification_clsid", &notification_clsid, &set_notification_clsid);
}

} // namespace bitscb3
