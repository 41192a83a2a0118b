// SPDX-License-Identifier: MIT
// file_list.hpp - the files of a job, in the order in which they were added.
// Threads: any; on the apartment's thread, inside of call() (gate.hpp).

#pragma once

#include "base/com_ptr.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace bitscb3 {

using FileList = std::vector<ComPtr<IBackgroundCopyFile>>;

/// How a service lists the files of a job. BITS does it in the order in which they were added.
enum class FileOrder { kOldestFirst, kNewestFirst };

/// Append the files from number `first` on to `out`.
[[nodiscard]] inline HRESULT list_files(IBackgroundCopyJob* job, FileOrder order, std::size_t first,
                                        FileList& out) {
    ComPtr<IEnumBackgroundCopyFiles> all;
    ULONG count = 0;
    HRESULT result = job->EnumFiles(all.put());
    if (SUCCEEDED(result)) result = all->GetCount(&count);
    if (FAILED(result) || first >= count) return result;
    const std::size_t wanted = count - first;
    const auto begin = static_cast<std::ptrdiff_t>(out.size());
    out.reserve(out.size() + wanted);
    if (order == FileOrder::kOldestFirst && first > 0) {
        (void)all->Skip(static_cast<ULONG>(first));
    }
    std::vector<IBackgroundCopyFile*> files(wanted); // one call, however many there are
    ULONG fetched = 0;
    result = all->Next(static_cast<ULONG>(wanted), files.data(), &fetched);
    if (FAILED(result)) return result;
    for (ULONG i = 0; i < fetched; ++i) {
        out.push_back(ComPtr<IBackgroundCopyFile>::adopt(files[i]));
    }
    if (order == FileOrder::kNewestFirst) std::reverse(out.begin() + begin, out.end());
    return S_OK;
}

/// Number of files of a job.
[[nodiscard]] inline HRESULT count_files(IBackgroundCopyJob* job, ULONG& out) {
    ComPtr<IEnumBackgroundCopyFiles> all;
    const HRESULT result = job->EnumFiles(all.put());
    return SUCCEEDED(result) ? all->GetCount(&out) : result;
}

} // namespace bitscb3
