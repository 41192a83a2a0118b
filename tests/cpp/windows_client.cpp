// SPDX-License-Identifier: MIT
// windows_client.cpp - a program as it is written for Windows' BITS, with two replacements:
// bitscb3_create_manager() for CoCreateInstance(), and u"" for L"".
//
//     windows_client STORE URL PATH
//
// Creates a job, monitors it by asking for its state, completes it. Exit code 0 when that worked.

#include <bitscb3/bits.h>
#include <bitscb3/engine.h>

#include <chrono>
#include <cstdio>
#include <string>
#include <thread>

namespace {

std::u16string widen(const char* text) {
    const std::string bytes = text;
    return {bytes.begin(), bytes.end()};
}

void show_error(IBackgroundCopyJob* job) {
    IBackgroundCopyError* error = nullptr;
    if (FAILED(job->GetError(&error))) return;
    BG_ERROR_CONTEXT context = BG_ERROR_CONTEXT_NONE;
    HRESULT code = S_OK;
    LPWSTR text = nullptr;
    error->GetError(&context, &code);
    if (SUCCEEDED(error->GetErrorDescription(0x0409, &text))) {
        for (const WCHAR* c = text; *c != 0; ++c) std::fputc(static_cast<char>(*c), stderr);
        CoTaskMemFree(text);
    }
    std::fprintf(stderr, " (0x%08X, context %d)\n", static_cast<unsigned>(code), context);
    error->Release();
}

bool monitor(IBackgroundCopyJob* job) {
    for (;;) {
        BG_JOB_STATE state = BG_JOB_STATE_SUSPENDED;
        if (FAILED(job->GetState(&state))) return false;
        switch (state) {
        case BG_JOB_STATE_TRANSFERRED:
            return SUCCEEDED(job->Complete());
        case BG_JOB_STATE_ERROR:
        case BG_JOB_STATE_TRANSIENT_ERROR:
            show_error(job);
            job->Cancel();
            return false;
        default: {
            BG_JOB_PROGRESS progress = {};
            if (SUCCEEDED(job->GetProgress(&progress)) && progress.BytesTotal != BG_SIZE_UNKNOWN) {
                std::printf("%llu of %llu bytes\n",
                            static_cast<unsigned long long>(progress.BytesTransferred),
                            static_cast<unsigned long long>(progress.BytesTotal));
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
        }
    }
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 4) return 2;
    bitscb3_options options = {};
    options.size = sizeof options;
    options.store = argv[1];
    IBackgroundCopyManager* manager = nullptr;
    HRESULT hr = bitscb3_create_manager(&options, IID_IBackgroundCopyManager,
                                        reinterpret_cast<void**>(&manager));
    if (FAILED(hr)) return 1;
    GUID id = {};
    IBackgroundCopyJob* job = nullptr;
    hr = manager->CreateJob(u"Windows client", BG_JOB_TYPE_DOWNLOAD, &id, &job);
    IBackgroundCopyJob2* job2 = nullptr;
    if (SUCCEEDED(hr)) {
        hr = job->QueryInterface(IID_IBackgroundCopyJob2, reinterpret_cast<void**>(&job2));
    }
    IBackgroundCopyJobHttpOptions* http = nullptr;
    if (SUCCEEDED(hr)) {
        hr =
            job->QueryInterface(IID_IBackgroundCopyJobHttpOptions, reinterpret_cast<void**>(&http));
    }
    if (SUCCEEDED(hr)) hr = http->SetCustomHeaders(u"X-Client: Windows\r\n");
    if (SUCCEEDED(hr)) hr = job->SetDescription(u"made as on Windows");
    if (SUCCEEDED(hr)) hr = job->SetPriority(BG_JOB_PRIORITY_FOREGROUND);
    if (SUCCEEDED(hr)) hr = job->AddFile(widen(argv[2]).c_str(), widen(argv[3]).c_str());
    if (SUCCEEDED(hr)) hr = job->Resume();
    const bool done = SUCCEEDED(hr) && monitor(job);
    if (http != nullptr) http->Release();
    if (job2 != nullptr) job2->Release();
    if (job != nullptr) job->Release();
    manager->Release();
    return done ? 0 : 1;
}
