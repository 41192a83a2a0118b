// SPDX-License-Identifier: MIT
// bind_file.cpp - IBackgroundCopyFile to File6.

#include "base/utf16.hpp"
#include "client/file_view.hpp"
#include "client/strings.hpp"
#include "python/common.hpp"
#include "python/embedded.hpp"
#include "python/range_array.hpp"

namespace bitscb3 {

namespace {

constexpr char kSince2[] = "BITS 2.0 (Windows XP SP2)";
constexpr char kSince3[] = "BITS 3.0 (Windows Vista)";
constexpr char kSince4[] = "BITS 4.0 (Windows 7)";
constexpr char kSince5[] = "BITS 5.0 (Windows 8)";

template<class Get>
std::string text(Get&& get) {
    HRESULT result = S_OK;
    std::string out;
    {
        const Unlocked unlocked;
        out = take_text(std::forward<Get>(get), &result);
    }
    check(result);
    return out;
}

py::tuple progress(const FileHandle& self) {
    BG_FILE_PROGRESS out = {};
    check(call_service([&] { return self.file->GetProgress(&out); }));
    return py::make_tuple(out.BytesTotal, out.BytesTransferred, out.Completed != 0);
}

std::string temporary_name(const FileHandle& self) {
    const auto file = need<IBackgroundCopyFile3>(self.file, kSince3);
    return text([&](LPWSTR* out) { return file->GetTemporaryName(out); });
}

void set_remote_name(const FileHandle& self, const std::string& url) {
    const auto file = need<IBackgroundCopyFile2>(self.file, kSince2);
    const WideString wide = to_utf16(url);
    check(call_service([&] { return file->SetRemoteName(wide.c_str()); }));
}

/// What AddFileWithRanges was given, in that order; empty for a whole file.
std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges(const FileHandle& self) {
    const auto file = need<IBackgroundCopyFile2>(self.file, kSince2);
    DWORD count = 0;
    BG_FILE_RANGE* given = nullptr;
    check(call_service([&] { return file->GetFileRanges(&count, &given); }));
    std::vector<std::pair<std::uint64_t, std::uint64_t>> out;
    for (DWORD i = 0; i < count; ++i) out.emplace_back(given[i].InitialOffset, given[i].Length);
    CoTaskMemFree(given);
    return out;
}

bool validation_state(const FileHandle& self) {
    const auto file = need<IBackgroundCopyFile3>(self.file, kSince3);
    BOOL state = 0;
    check(call_service([&] { return file->GetValidationState(&state); }));
    return state != 0;
}

void set_validation_state(const FileHandle& self, bool valid) {
    const auto file = need<IBackgroundCopyFile3>(self.file, kSince3);
    check(call_service([&] { return file->SetValidationState(valid ? 1 : 0); }));
}

/// Bytes from the server, and from peers.
std::pair<std::uint64_t, std::uint64_t> peer_download_stats(const FileHandle& self) {
    const auto file = need<IBackgroundCopyFile4>(self.file, kSince4);
    std::pair<std::uint64_t, std::uint64_t> out;
    check(call_service([&] { return file->GetPeerDownloadStats(&out.first, &out.second); }));
    return out;
}

/// The system's BITS tells only what it kept.
std::uint64_t bytes_received(const FileHandle& self) {
    if (!self.service->is_system) return embedded::received(self.file.get());
    return call_service([&] { return transferred_bytes(self.file.get()); });
}

std::string response_headers(const FileHandle& self) {
    const auto file = need<IBackgroundCopyFile5>(self.file, kSince5);
    return text([&](LPWSTR* out) {
        BITS_FILE_PROPERTY_VALUE value = {};
        const HRESULT got = file->GetProperty(BITS_FILE_PROPERTY_ID_HTTP_RESPONSE_HEADERS, &value);
        *out = value.String;
        return got;
    });
}

RangeArray filled_ranges(const FileHandle& self) {
    std::vector<BG_FILE_RANGE> filled;
    HRESULT result = S_OK;
    {
        const Unlocked unlocked;
        result = read_filled(self.file.get(), filled);
    }
    if (result == E_NOINTERFACE) throw no_ranges();
    check(result);
    RangeList out;
    out.reserve(filled.size());
    for (const BG_FILE_RANGE& range : filled) out.push_back({range.InitialOffset, range.Length});
    return RangeArray(std::move(out));
}

void update_download_position(const FileHandle& self, std::uint64_t offset) {
    const auto file = call_service([&] { return self.file.query<IBackgroundCopyFile6>(); });
    if (!file) throw no_ranges();
    check(call_service([&] { return file->UpdateDownloadPosition(offset); }));
}

} // namespace

void bind_file(py::module_& module) {
    Bound<FileHandle>(module, "File", py::is_final())
        .def_property_readonly("index", [](const FileHandle& self) { return self.index; })
        .def_property(
            "remote_name",
            [](const FileHandle& self) {
                return text([&](LPWSTR* out) { return self.file->GetRemoteName(out); });
            },
            &set_remote_name)
        .def_property_readonly("ranges", &ranges)
        .def_property("validation_state", &validation_state, &set_validation_state)
        .def_property_readonly("peer_download_stats", &peer_download_stats)
        .def_property_readonly("bytes_received", &bytes_received)
        .def_property_readonly("local_name",
                               [](const FileHandle& self) {
                                   return text(
                                       [&](LPWSTR* out) { return self.file->GetLocalName(out); });
                               })
        .def_property_readonly("temporary_name", &temporary_name)
        .def_property_readonly("progress", &progress)
        .def_property_readonly("response_headers", &response_headers)
        .def("filled_ranges", &filled_ranges)
        .def("update_download_position", &update_download_position, py::arg("offset"));
}

} // namespace bitscb3
