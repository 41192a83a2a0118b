// SPDX-License-Identifier: MIT
// bind_job.cpp - IBackgroundCopyJob to Job5, and what the pump does for a job.

#include "base/guid.hpp"
#include "base/utf16.hpp"
#include "client/failure.hpp"
#include "client/strings.hpp"
#include "python/common.hpp"
#include "python/request_handle.hpp"
#include "python/subscription_handle.hpp"

#include <algorithm>
#include <cstddef>

namespace bitscb3 {

namespace {

using Pairs = std::vector<std::pair<std::uint64_t, std::uint64_t>>;

constexpr char kSince2[] = "BITS 2.0 (Windows XP SP2)";
constexpr char kSince5[] = "BITS 5.0 (Windows 8)";

bool on_demand(const JobHandle& self) {
    const auto job = need<IBackgroundCopyJob5>(self.job, kSince5);
    BITS_JOB_PROPERTY_VALUE value = {};
    check(call_service([&] { return job->GetProperty(BITS_JOB_PROPERTY_ON_DEMAND_MODE, &value); }));
    return value.Enable != 0;
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
    const py::gil_scoped_release released;
    return read_failure(self.job.get());
}

/// The files of the job from number `first` on; counted from the end when negative.
std::vector<FileHandle> files_from(const JobHandle& self, std::ptrdiff_t first) {
    std::vector<FileHandle> out;
    const HRESULT result = call_service([&] {
        ComPtr<IEnumBackgroundCopyFiles> all;
        HRESULT listed = self.job->EnumFiles(all.put());
        ULONG count = 0;
        if (SUCCEEDED(listed)) listed = all->GetCount(&count);
        if (FAILED(listed)) return listed;
        if (first < 0)
            first = std::max<std::ptrdiff_t>(first + static_cast<std::ptrdiff_t>(count), 0);
        auto index = static_cast<ULONG>(first);
        if (index > 0) (void)all->Skip(index);
        if (index < count) out.reserve(count - index);
        ComPtr<IBackgroundCopyFile> file;
        while (all->Next(1, file.put(), nullptr) == S_OK) {
            out.push_back({self.service, std::move(file), index++});
        }
        return S_OK;
    });
    check(result);
    return out;
}

std::vector<FileHandle> files(const JobHandle& self) {
    return files_from(self, 0);
}

/// The last `count` files, which were added just now; who adds files takes turns.
std::vector<FileHandle> newest_files(const JobHandle& self, std::size_t count) {
    std::vector<FileHandle> out = files_from(self, -static_cast<std::ptrdiff_t>(count));
    if (out.size() != count) throw ComFailure{E_FAIL};
    return out;
}

/// The file number `index`.
FileHandle file(const JobHandle& self, std::uint32_t index) {
    ComPtr<IBackgroundCopyFile> found;
    const HRESULT result = call_service([&] {
        ComPtr<IEnumBackgroundCopyFiles> all;
        const HRESULT listed = self.job->EnumFiles(all.put());
        if (FAILED(listed)) return listed;
        if (index > 0 && all->Skip(index) != S_OK) return S_FALSE;
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
    check(call_service([&] { return self.job->AddFileSet(count, infos.data()); }));
    return newest_files(self, count);
}

FileHandle add_file_with_ranges(const JobHandle& self, const std::string& url,
                                const std::string& path, const Pairs& ranges) {
    const auto job = need<IBackgroundCopyJob3>(self.job, kSince2);
    const WideString remote = to_utf16(url);
    const WideString local = to_utf16(path);
    std::vector<BG_FILE_RANGE> pieces;
    for (const auto& [offset, length] : ranges) pieces.push_back({offset, length});
    check(call_service([&] {
        return job->AddFileWithRanges(remote.c_str(), local.c_str(),
                                      static_cast<DWORD>(pieces.size()), pieces.data());
    }));
    return newest_files(self, 1).front();
}

/// Whether some file's URL began so.
bool replace_remote_prefix(const JobHandle& self, const std::string& before,
                           const std::string& after) {
    const auto job = need<IBackgroundCopyJob3>(self.job, kSince2);
    const WideString from = to_utf16(before);
    const WideString to = to_utf16(after);
    const HRESULT result =
        call_service([&] { return job->ReplaceRemotePrefix(from.c_str(), to.c_str()); });
    check(result);
    return result == S_OK;
}

void resume(const JobHandle& self) {
    const py::gil_scoped_release released;
    check(self.service->pump.resume(self.stream));
}

void suspend(const JobHandle& self) {
    const py::gil_scoped_release released;
    check(self.service->pump.suspend(self.stream));
}

/// Complete or Cancel: what the service knows is staged before, that the job ended after it.
template<class End>
std::uint32_t end(const JobHandle& self, End&& end) {
    const py::gil_scoped_release released;
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
    const py::gil_scoped_release released;
    check(self.service->pump.want(self.stream, flags));
}

RequestHandle request_ranges(const JobHandle& self, std::uint32_t index, const Pairs& ranges) {
    FileHandle target = file(self, index);
    RangeList list;
    list.reserve(ranges.size());
    for (const auto& [offset, length] : ranges) list.push_back({offset, length});
    const py::gil_scoped_release released;
    return {
        self.service, self.stream,
        self.service->pump.request(self.stream, index, std::move(target.file), std::move(list))};
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

} // namespace

JobHandle make_job(const ServicePtr& service, ComPtr<IBackgroundCopyJob> job) {
    GUID id = {};
    check(call_service([&] { return job->GetId(&id); }));
    std::string text = to_string(id);
    JobStreamPtr stream = service->pump.stream(text, job);
    return {service, std::move(job), std::move(text), std::move(stream)};
}

void bind_job(py::module_& module) {
    using J = IBackgroundCopyJob;
    py::class_<JobHandle> job(module, "Job", py::is_final());
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
        .def("subscribe", &subscribe)
        .def("request_ranges", &request_ranges, py::arg("file"), py::arg("ranges"))
        .def("wait", &wait, py::arg("timeout"));
}

} // namespace bitscb3
