// SPDX-License-Identifier: MIT
// new_file.cpp - see new_file.hpp.

#include "engine/new_file.hpp"

#include "base/utf16.hpp"
#include "engine/job_life.hpp"
#include "engine/path.hpp"
#include "engine/planner.hpp"
#include "engine/url.hpp"
#include "engine/user.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace bitscb3 {

namespace {

bool is_too_long(std::size_t length, std::uint32_t most) noexcept {
    return most != BITSCB3_NO_LIMIT && length > most;
}

/// Whether a part of the path of `url` between slashes is longer than a file's name may be.
bool has_long_segment(std::string_view url, std::uint32_t most) {
    url = url.substr(0, url.find_first_of("?#"));
    while (!url.empty()) {
        const std::size_t end = std::min(url.find('/'), url.size());
        if (is_too_long(end, most)) return true;
        url.remove_prefix(std::min(end + 1, url.size()));
    }
    return false;
}

} // namespace

bool exceeds(std::size_t count, std::uint32_t limit) noexcept {
    return is_too_long(count, limit) && !is_administrator();
}

HRESULT check_remote(const bitscb3_settings& settings, LPCWSTR text, std::string& out) {
    if (text == nullptr) return E_INVALIDARG;
    if (is_too_long(length_of(text), settings.url_chars)) return E_INVALIDARG;
    out = to_utf8(text);
    if (has_long_segment(out, settings.path_chars)) return E_INVALIDARG;
    return parse_url(out).usable() ? S_OK : E_INVALIDARG;
}

HRESULT check_new_file(const bitscb3_settings& settings, LPCWSTR remote, LPCWSTR local,
                       NewFile& out, std::string& folder) {
    if (const HRESULT good = check_remote(settings, remote, out.remote); FAILED(good)) return good;
    if (local == nullptr || is_too_long(length_of(local), settings.path_chars)) {
        return E_INVALIDARG;
    }
    out.local = to_utf8(local);
    out.http = is_http_url(out.remote);
    if (!is_absolute(out.local) || is_separator(out.local.back())) {
        return E_INVALIDARG;
    }
    return check_destination(out.local, folder).code;
}

HRESULT check_pieces(const bitscb3_settings& settings, DWORD count, const BG_FILE_RANGE* ranges,
                     RangeList& out) {
    if (count == 0 || ranges == nullptr) return E_INVALIDARG;
    if (exceeds(count, settings.ranges_in_file)) return BG_E_TOO_MANY_RANGES_IN_FILE;
    for (DWORD i = 0; i < count; ++i) {
        const std::uint64_t offset = ranges[i].InitialOffset;
        const std::uint64_t length = ranges[i].Length;
        if (offset == BG_LENGTH_TO_EOF) return BG_E_INVALID_RANGE;
        const bool to_end = length == BG_LENGTH_TO_EOF;
        if (!to_end && length > Ask::kToEnd - 1 - offset) return BG_E_INVALID_RANGE;
        out.push_back(to_end ? range_between(offset, Ask::kToEnd) : Range{offset, length});
    }
    // Sorted by offset alone, as BITS does it: of two that begin alike one overlaps the other.
    RangeList sorted = out;
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const Range& a, const Range& b) { return a.offset < b.offset; });
    for (std::size_t i = 1; i < sorted.size(); ++i) {
        const bool meets = sorted[i].offset < sorted[i - 1].end();
        if (meets || sorted[i].offset == sorted[i - 1].offset) return BG_E_OVERLAPPING_RANGES;
    }
    const bool empty =
        std::any_of(out.begin(), out.end(), [](const Range& r) { return r.empty(); });
    return empty ? BG_E_INVALID_RANGE : S_OK;
}

HRESULT add_files(Model& model, const JobPtr& job, std::vector<NewFile> files) {
    const std::size_t total = job->files.size() + files.size();
    if (exceeds(total, model.settings.files_in_job)) return BG_E_TOO_MANY_FILES_IN_JOB;
    for (NewFile& item : files) {
        auto file = std::make_unique<File>();
        file->index = static_cast<std::uint32_t>(job->files.size());
        file->remote = std::move(item.remote);
        file->local = std::move(item.local);
        file->temporary = job->high_performance ? file->local : temporary_name_beside(file->local);
        file->dirty = true;
        file->local_source = !item.http;
        if (!item.http) file->range_support = RangeSupport::kNo;
        file->requested = RangeSet(item.pieces);
        file->pieces = std::move(item.pieces);
        for (const Range& range : file->requested.ranges()) file->urgent.push_back(range);
        job->files.push_back(std::move(file));
    }
    // A job that was about to settle has work again, but for one that failed.
    if (job->settling != Event::kGaveUp) job->settling.reset();
    job->resume_stored = false;
    touch(model, job);
    if (!job->parked) model.hurry_committer();
    model.wake_loop();
    return S_OK;
}

} // namespace bitscb3
