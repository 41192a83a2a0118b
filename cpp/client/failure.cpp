// SPDX-License-Identifier: MIT
// failure.cpp - see failure.hpp.

#include "client/failure.hpp"

#include "base/com_ptr.hpp"
#include "client/file_table.hpp"
#include "client/gate.hpp"
#include "client/strings.hpp"

namespace bitscb3 {

Failure failure_of(HRESULT code) {
    Failure failure;
    failure.code = code;
    if (const char* text = bitscb3_code_text(code)) failure.description = text;
    return failure;
}

std::optional<Failure> read_failure(IBackgroundCopyJob* job, FileOrder order) {
    constexpr DWORD kEnglish = 0x0409; // LANGID of English (United States)
    ComPtr<IBackgroundCopyError> error;
    if (FAILED(call([&] { return job->GetError(error.put()); })) || !error) return std::nullopt;
    Failure failure;
    if (FAILED(call([&] { return error->GetError(&failure.context, &failure.code); }))) {
        return std::nullopt;
    }
    failure.description =
        take_text([&](LPWSTR* out) { return error->GetErrorDescription(kEnglish, out); });
    failure.context_description =
        take_text([&](LPWSTR* out) { return error->GetErrorContextDescription(kEnglish, out); });
    failure.protocol = take_text([&](LPWSTR* out) { return error->GetProtocol(out); });
    ComPtr<IBackgroundCopyFile> file;
    if (SUCCEEDED(call([&] { return error->GetFile(file.put()); })) && file) {
        FileTable table(ComPtr<IBackgroundCopyJob>::share(job), order);
        failure.file = table.index_of(file.get());
    }
    call([&] {
        file.reset();
        error.reset();
    });
    return failure;
}

} // namespace bitscb3
