// SPDX-License-Identifier: MIT
// bind_file.cpp - IBackgroundCopyFile to File6.

#include "client/file_view.hpp"
#include "client/strings.hpp"
#include "python/common.hpp"
#include "python/range_array.hpp"

namespace bitscb3 {

namespace {

constexpr char kSince3[] = "BITS 3.0 (Windows Vista)";
constexpr char kSince5[] = "BITS 5.0 (Windows 8)";
constexpr char kSince10[] = "BITS 10.1 (Windows 10 version 1703)";

template<class Get>
std::string text(Get&& get) {
    HRESULT result = S_OK;
    std::string out;
    {
        const py::gil_scoped_release released;
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
        const py::gil_scoped_release released;
        result = read_filled(self.file.get(), filled);
    }
    check(result);
    RangeList out;
    out.reserve(filled.size());
    for (const BG_FILE_RANGE& range : filled) out.push_back({range.InitialOffset, range.Length});
    return RangeArray(std::move(out));
}

void update_download_position(const FileHandle& self, std::uint64_t offset) {
    const auto file = need<IBackgroundCopyFile6>(self.file, kSince10);
    check(call_service([&] { return file->UpdateDownloadPosition(offset); }));
}

} // namespace

void bind_file(py::module_& module) {
    py::class_<FileHandle>(module, "File", py::is_final())
        .def_property_readonly("index", [](const FileHandle& self) { return self.index; })
        .def_property_readonly("remote_name",
                               [](const FileHandle& self) {
                                   return text(
                                       [&](LPWSTR* out) { return self.file->GetRemoteName(out); });
                               })
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
