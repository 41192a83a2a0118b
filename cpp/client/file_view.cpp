// SPDX-License-Identifier: MIT
// file_view.cpp - see file_view.hpp.

#include "client/file_view.hpp"

#include "base/com_ptr.hpp"
#include "client/gate.hpp"
#include "client/strings.hpp"

#include <algorithm>
#include <cctype>

namespace bitscb3 {

namespace {

template<class Interface>
ComPtr<Interface> as(IBackgroundCopyFile* file) {
    return call([file] { return ComPtr<IBackgroundCopyFile>::share(file).query<Interface>(); });
}

template<class Interface>
void let_go(ComPtr<Interface>& object) {
    call([&object] { object.reset(); });
}

bool begins_with(std::string_view text, std::string_view prefix) {
    return text.size() >= prefix.size() &&
           std::equal(prefix.begin(), prefix.end(), text.begin(), [](char a, char b) {
               return std::tolower(static_cast<unsigned char>(a)) ==
                      std::tolower(static_cast<unsigned char>(b));
           });
}

/// The value of header `name` in a block of header lines; empty when it is missing.
std::string header(std::string_view block, std::string_view name) {
    while (!block.empty()) {
        const std::size_t end = block.find('\n');
        std::string_view line = block.substr(0, end);
        block.remove_prefix(end == std::string_view::npos ? block.size() : end + 1);
        if (line.size() <= name.size() || line[name.size()] != ':' || !begins_with(line, name)) {
            continue;
        }
        line.remove_prefix(name.size() + 1);
        const std::size_t begin = line.find_first_not_of(" \t");
        const std::size_t last = line.find_last_not_of(" \t\r");
        return begin == std::string_view::npos ? std::string()
                                               : std::string(line.substr(begin, last - begin + 1));
    }
    return {};
}

BG_FILE_PROGRESS progress_of(IBackgroundCopyFile* file) {
    BG_FILE_PROGRESS progress = {};
    progress.BytesTotal = BG_SIZE_UNKNOWN;
    (void)call([&] { return file->GetProgress(&progress); });
    return progress;
}

} // namespace

bool has_file6(IBackgroundCopyFile* file) {
    auto file6 = as<IBackgroundCopyFile6>(file);
    const bool found = static_cast<bool>(file6);
    let_go(file6);
    return found;
}

HRESULT read_filled(IBackgroundCopyFile* file, std::vector<BG_FILE_RANGE>& out) {
    auto file6 = as<IBackgroundCopyFile6>(file);
    if (!file6) return E_NOINTERFACE;
    DWORD count = 0;
    BG_FILE_RANGE* ranges = nullptr;
    const HRESULT result = call([&] { return file6->GetFilledFileRanges(&count, &ranges); });
    if (SUCCEEDED(result) && count != 0) out.assign(ranges, ranges + count);
    CoTaskMemFree(ranges);
    let_go(file6);
    return result;
}

FileView read_file_view(IBackgroundCopyFile* file) {
    FileView view;
    std::vector<BG_FILE_RANGE> filled;
    if (SUCCEEDED(read_filled(file, filled))) {
        view.filled.emplace();
        for (const BG_FILE_RANGE& range : filled)
            view.filled->insert({range.InitialOffset, range.Length});
    }
    if (auto file5 = as<IBackgroundCopyFile5>(file)) {
        const std::string headers = take_text([&](LPWSTR* out) {
            BITS_FILE_PROPERTY_VALUE value = {};
            const HRESULT got =
                file5->GetProperty(BITS_FILE_PROPERTY_ID_HTTP_RESPONSE_HEADERS, &value);
            *out = value.String;
            return got;
        });
        view.etag = header(headers, "ETag");
        view.last_modified = header(headers, "Last-Modified");
        let_go(file5);
    }
    return view;
}

std::optional<std::uint64_t> file_size(IBackgroundCopyFile* file) {
    const BG_FILE_PROGRESS progress = progress_of(file);
    return progress.BytesTotal == BG_SIZE_UNKNOWN ? std::nullopt
                                                  : std::optional(progress.BytesTotal);
}

std::uint64_t transferred_bytes(IBackgroundCopyFile* file) {
    return progress_of(file).BytesTransferred;
}

std::optional<std::uint64_t> finished_size(IBackgroundCopyFile* file, bool job_transferred) {
    const BG_FILE_PROGRESS progress = progress_of(file);
    if (job_transferred && progress.BytesTotal == BG_SIZE_UNKNOWN) return progress.BytesTransferred;
    const bool finished =
        progress.BytesTotal != BG_SIZE_UNKNOWN && progress.BytesTransferred == progress.BytesTotal;
    return finished ? std::optional(progress.BytesTotal) : std::nullopt;
}

bool reports_ranges(IBackgroundCopyFile* file) {
    if (!begins_with(take_text([file](LPWSTR* out) { return file->GetRemoteName(out); }), "http")) {
        return false;
    }
    auto file2 = as<IBackgroundCopyFile2>(file);
    if (!file2) return true;
    DWORD count = 0;
    BG_FILE_RANGE* pieces = nullptr;
    (void)call([&] { return file2->GetFileRanges(&count, &pieces); });
    CoTaskMemFree(pieces);
    let_go(file2);
    return count == 0;
}

HRESULT ask_for_ranges(IBackgroundCopyFile* file, const std::vector<BG_FILE_RANGE>& ranges) {
    auto file6 = as<IBackgroundCopyFile6>(file);
    if (!file6) return E_NOINTERFACE;
    const HRESULT result = call(
        [&] { return file6->RequestFileRanges(static_cast<DWORD>(ranges.size()), ranges.data()); });
    let_go(file6);
    return result;
}

} // namespace bitscb3
