// SPDX-License-Identifier: MIT
// bind_job.cpp - IBackgroundCopyJob to Job5, and what the pump does for a job.

#include "base/guid.hpp"
#include "base/utf16.hpp"
#include "client/failure.hpp"
#include "client/file_view.hpp"
#include "client/strings.hpp"
#include "python/common.hpp"
#include "python/request_handle.hpp"
#include "python/subscription_handle.hpp"
#include "python/watch_handle.hpp"

#include <algorithm>
#include <cstddef>

namespace bitscb3 {

namespace {

using Pairs = std::vector<std::pair<std::uint64_t, std::uint64_t>>;

constexpr char kSince2[] = "BITS 2.0 (Windows XP SP2)";

/// How services older than a property answer.
bool is_unknown(HRESULT result) noexcept {
    return result == E_NOINTERFACE || result == E_NOTIMPL || result == BG_E_UNKNOWN_PROPERTY_ID;
}

/// Changing it says why it cannot be had; a service without it has no job of that kind.
bool on_demand(const JobHandle& self) {
    BITS_JOB_PROPERTY_VALUE value = {};
    const HRESULT got = call_service([&] {
        const auto job = self.job.query<IBackgroundCopyJob5>();
        return job ? job->GetProperty(BITS_JOB_PROPERTY_ON_DEMAND_MODE, &value) : S_FALSE;
    });
    if (!is_unknown(got)) check(got);
    return SUCCEEDED(got) && value.Enable != 0;
}

void set_on_demand(const JobHandle& self, bool on) {
    BITS_JOB_PROPERTY_VALUE value = {};
    value.Enable = on ? 1 : 0;
    const HRESULT set = call_service([&] {
        const auto job = self.job.query<IBackgroundCopyJob5>();
        return job ? job->SetProperty(BITS_JOB_PROPERTY_ON_DEMAND_MODE, value) : E_NOINTERFACE;
    });
    if (!is_unknown(set)) return check(set);
    if (on) throw no_ranges();
}

py::tuple progress(const JobHandle& self) {
    BG_JOB_PROGRESS out = {};
    check(call_service([&] { return self.job->GetProgress(&out); }));
    return py::make_tuple(out.BytesTotal, out.BytesTransferred, out.FilesTotal,
                          out.FilesTransferred);
}

py::tuple times(const JobHandle& self) {
    BG_JOB_TIMES out = {};
    check(call_service([&] { return self.job->GetTimes(&out); }));
    const auto ticks = [](const FILETIME& time) {
        return (static_cast<std::uint64_t>(time.dwHighDateTime) << 32) | time.dwLowDateTime;
    };
    return py::make_tuple(ticks(out.CreationTime), ticks(out.ModificationTime),
                          ticks(out.TransferCompletionTime));
}

std::optional<Failure> error(const JobHandle& self) {
    const Unlocked unlocked;
    if (const HRESULT lost = self.service->pump.lost(self.stream); FAILED(lost)) {
        return failure_of(lost);
    }
    return read_failure(self.job.get(), self.service->quirks.order);
}

/// The files of the job from number `first` on.
std::vector<FileHandle> files_from(const JobHandle& self, std::size_t first) {
    FileList list;
    check(call_service(
        [&] { return list_files(self.job.get(), self.service->quirks.order, first, list); }));
    std::vector<FileHandle> out;
    out.reserve(list.size());
    for (ComPtr<IBackgroundCopyFile>& file : list) {
        const auto index = static_cast<std::uint32_t>(first + out.size());
        out.push_back({self.service, std::move(file), index});
    }
    return out;
}

std::vector<FileHandle> files(const JobHandle& self) {
    return files_from(self, 0);
}

ULONG file_count(const JobHandle& self) {
    ULONG count = 0;
    check(call_service([&] { return count_files(self.job.get(), count); }));
    return count;
}

/// The files that `add`, a call of the service of that name, adds; who adds files takes turns.
template<class Add>
std::vector<FileHandle> added_by(const JobHandle& self, const char* name, std::size_t count,
                                 Add&& add) {
    const std::size_t before = file_count(self);
    check(call_service(add));
    std::vector<FileHandle> out = files_from(self, before);
    if (out.size() < count) throw without_effect(name);
    out.resize(count); // more: another process added some, too
    return out;
}

/// The file number `index`.
FileHandle file(const JobHandle& self, std::uint32_t index) {
    ComPtr<IBackgroundCopyFile> found;
    const HRESULT result = call_service([&] {
        ComPtr<IEnumBackgroundCopyFiles> all;
        ULONG count = 0;
        HRESULT listed = self.job->EnumFiles(all.put());
        if (SUCCEEDED(listed)) listed = all->GetCount(&count);
        if (FAILED(listed)) return listed;
        if (index >= count) return S_FALSE;
        const bool turned = self.service->quirks.order == FileOrder::kNewestFirst;
        const ULONG place = turned ? count - 1 - index : index;
        if (place > 0 && all->Skip(place) != S_OK) return S_FALSE;
        return all->Next(1, found.put(), nullptr);
    });
    check(result);
    if (result != S_OK) throw py::index_error("the job has no such file");
    return {self.service, std::move(found), index};
}

/// Returns the new files.
std::vector<FileHandle> add_files(const JobHandle& self,
                                  const std::vector<std::pair<std::string, std::string>>& names) {
    std::vector<std::pair<WideString, WideString>> wide;
    wide.reserve(names.size());
    for (const auto& [url, path] : names) wide.emplace_back(to_utf16(url), to_utf16(path));
    std::vector<BG_FILE_INFO> infos;
    infos.reserve(names.size());
    for (auto& [url, path] : wide) infos.push_back({url.data(), path.data()});
    const auto count = static_cast<ULONG>(infos.size());
    return added_by(self, "AddFileSet()", count,
                    [&] { return self.job->AddFileSet(count, infos.data()); });
}

FileHandle add_file_with_ranges(const JobHandle& self, const std::string& url,
                                const std::string& path, const Pairs& ranges) {
    const auto job = need<IBackgroundCopyJob3>(self.job, kSince2);
    const WideString remote = to_utf16(url);
    const WideString local = to_utf16(path);
    std::vector<BG_FILE_RANGE> pieces;
    for (const auto& [offset, length] : ranges) pieces.push_back({offset, length});
    return added_by(self, "AddFileWithRanges()", 1,
                    [&] {
                        return job->AddFileWithRanges(remote.c_str(), local.c_str(),
                                                      static_cast<DWORD>(pieces.size()),
                                                      pieces.data());
                    })
        .front();
}

/// The URLs of the files that are not whole, from a service that may say that it changed them and
/// not do it.
std::vector<std::string> urls_if_suspect(const JobHandle& self) {
    std::vector<std::string> out;
    if (!self.service->quirks.accepts_idly) return out;
    for (const FileHandle& file : files(self)) {
        const Unlocked unlocked;
        if (finished_size(file.file.get(), false)) continue;
        out.push_back(take_text([&](LPWSTR* text) { return file.file->GetRemoteName(text); }));
    }
    return out;
}

/// Whether some file's URL began so.
bool replace_remote_prefix(const JobHandle& self, const std::string& before,
                           const std::string& after) {
    const auto job = need<IBackgroundCopyJob3>(self.job, kSince2);
    const WideString from = to_utf16(before);
    const WideString to = to_utf16(after);
    const std::vector<std::string> urls = urls_if_suspect(self);
    const bool some = std::any_of(urls.begin(), urls.end(),
                                  [&](const std::string& url) { return url.starts_with(before); });
    const HRESULT result =
        call_service([&] { return job->ReplaceRemotePrefix(from.c_str(), to.c_str()); });
    check(result);
    if (result == S_OK && some && before != after && urls_if_suspect(self) == urls) {
        throw without_effect("ReplaceRemotePrefix()");
    }
    return result == S_OK;
}

void resume(const JobHandle& self) {
    const Unlocked unlocked;
    check(self.service->pump.resume(self.stream));
}

void suspend(const JobHandle& self) {
    const Unlocked unlocked;
    check(self.service->pump.suspend(self.stream));
}

/// Complete or Cancel: what the service knows is staged before, that the job ended after it.
template<class End>
std::uint32_t end(const JobHandle& self, End&& end) {
    const Unlocked unlocked;
    self.service->pump.refresh(self.stream);
    const HRESULT result = call([&] { return end(self.job.get()); });
    check(result);
    self.service->pump.refresh(self.stream);
    return to_code(result);
}

SubscriptionHandle subscribe(const JobHandle& self) {
    return {self.service, self.stream, self.service->pump.subscribe(self.stream)};
}

void want(const JobHandle& self, std::uint32_t flags) {
    const Unlocked unlocked;
    check(self.service->pump.want(self.stream, flags));
}

RequestHandle request_ranges(const JobHandle& self, std::uint32_t index, const Pairs& ranges) {
    FileHandle target = file(self, index);
    if (!call_service([&] { return has_file6(target.file.get()); })) throw no_ranges();
    RangeList list;
    list.reserve(ranges.size());
    for (const auto& [offset, length] : ranges) list.push_back({offset, length});
    const Unlocked unlocked;
    return {self.service, self.stream,
            self.service->pump.request(self.stream, index, target.file.pointer(), std::move(list))};
}

std::optional<int> wait(const JobHandle& self, const std::optional<double>& timeout) {
    BG_JOB_STATE state = BG_JOB_STATE_SUSPENDED;
    HRESULT result = S_OK;
    const bool demand = on_demand(self);
    const WaitResult waited = wait_interruptibly(timeout, [&](Instant deadline) {
        return self.service->pump.wait_job(self.stream, deadline, demand, state, result);
    });
    if (waited == WaitResult::kClosed) throw ComFailure{CO_E_OBJNOTCONNECTED};
    if (waited == WaitResult::kTimedOut) return std::nullopt;
    check(result);
    return static_cast<int>(state);
}

WatchHandle watch(const JobHandle& self) {
    const bool demand = on_demand(self);
    JobWatchPtr opened;
    const HRESULT result =
        call_service([&] { return self.service->pump.open_watch(self.stream, demand, opened); });
    check(result);
    return {self.service, self.stream, std::move(opened)};
}

} // namespace

JobHandle make_job(const ServicePtr& service, Held<IBackgroundCopyJob> job) {
    GUID id = {};
    check(call_service([&] { return job->GetId(&id); }));
    std::string text = to_string(id);
    JobStreamPtr stream = service->pump.stream(text, job.pointer());
    return {service, std::move(job), std::move(text), std::move(stream)};
}

void bind_job(py::module_& module) {
    using J = IBackgroundCopyJob;
    Bound<JobHandle> job(module, "Job", py::is_final());
    bind_job_settings(job);
    job.def_property_readonly("id", [](const JobHandle& self) { return self.id; })
        .def_property_readonly(
            "com_pointer",
            [](const JobHandle& self) { return reinterpret_cast<std::uintptr_t>(self.job.get()); })
        .def_property_readonly("progress", &progress)
        .def_property_readonly("times", &times)
        .def_property_readonly("error", &error)
        .def("add_files", &add_files, py::arg("names"))
        .def("add_file_with_ranges", &add_file_with_ranges, py::arg("url"), py::arg("path"),
             py::arg("ranges"))
        .def("replace_remote_prefix", &replace_remote_prefix, py::arg("old"), py::arg("new"))
        .def("files", &files)
        .def("file", &file, py::arg("index"))
        .def("resume", &resume)
        .def("suspend", &suspend)
        .def("cancel",
             [](const JobHandle& self) { return end(self, [](J* it) { return it->Cancel(); }); })
        .def("complete",
             [](const JobHandle& self) { return end(self, [](J* it) { return it->Complete(); }); })
        .def("take_ownership",
             [](const JobHandle& self) {
                 check(call_service([&] { return self.job->TakeOwnership(); }));
             })
        .def("want", &want, py::arg("flags"))
        .def_property_readonly(
            "ranges_by_progress",
            [](const JobHandle& self) { return self.service->pump.is_by_progress(self.stream); })
        .def_property("on_demand", &on_demand, &set_on_demand)
        .def("subscribe", &subscribe)
        .def("request_ranges", &request_ranges, py::arg("file"), py::arg("ranges"))
        .def("wait", &wait, py::arg("timeout"))
        .def("watch", &watch);
}

} // namespace bitscb3
