// SPDX-License-Identifier: MIT
// main.cpp - downloads a URL to a path and tells each range as it lands: embed URL PATH

#include <bitscb3/bits.h>
#include <bitscb3/engine.h>

#include <cstdio>
#include <filesystem>
#include <future>
#include <string>

namespace {

// What BITS calls, on threads of its own. It lives in main(), so its references are not counted.
class Callback final : public IBackgroundCopyCallback3 {
  public:
    std::promise<bool> done;

    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** out) noexcept override {
        const bool known = iid == IID_IUnknown || iid == IID_IBackgroundCopyCallback ||
                           iid == IID_IBackgroundCopyCallback2 ||
                           iid == IID_IBackgroundCopyCallback3;
        *out = known ? this : nullptr;
        return known ? S_OK : E_NOINTERFACE;
    }
    ULONG STDMETHODCALLTYPE AddRef() noexcept override { return 1; }
    ULONG STDMETHODCALLTYPE Release() noexcept override { return 1; }

    HRESULT STDMETHODCALLTYPE FileRangesTransferred(IBackgroundCopyJob*, IBackgroundCopyFile*,
                                                    DWORD count,
                                                    const BG_FILE_RANGE* ranges) noexcept override {
        for (DWORD i = 0; i < count; ++i) {
            std::printf("%llu bytes from %llu\n", static_cast<unsigned long long>(ranges[i].Length),
                        static_cast<unsigned long long>(ranges[i].InitialOffset));
        }
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE FileTransferred(IBackgroundCopyJob*,
                                              IBackgroundCopyFile*) noexcept override {
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE JobTransferred(IBackgroundCopyJob* job) noexcept override {
        done.set_value(SUCCEEDED(job->Complete())); // the file gets its name
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE JobError(IBackgroundCopyJob* job,
                                       IBackgroundCopyError* error) noexcept override {
        BG_ERROR_CONTEXT context = BG_ERROR_CONTEXT_NONE;
        HRESULT code = S_OK;
        error->GetError(&context, &code);
        std::fprintf(stderr, "0x%08X\n", static_cast<unsigned>(code)); // names: bits_codes.h
        job->Cancel();
        done.set_value(false);
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE JobModification(IBackgroundCopyJob*, DWORD) noexcept override {
        return S_OK;
    }
};

bool download(IBackgroundCopyManager* manager, const std::string& url,
              const std::filesystem::path& path) {
    using Text = std::basic_string<WCHAR>;
    GUID id = {};
    IBackgroundCopyJob* job = nullptr;
    const Text name = path.filename().string<WCHAR>();
    if (FAILED(manager->CreateJob(name.c_str(), BG_JOB_TYPE_DOWNLOAD, &id, &job))) return false;

    Callback callback;
    std::future<bool> done = callback.done.get_future();
    job->AddFile(Text(url.begin(), url.end()).c_str(), path.string<WCHAR>().c_str());
    job->SetNotifyInterface(&callback);
    job->SetNotifyFlags(BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_ERROR |
                        BG_NOTIFY_FILE_RANGES_TRANSFERRED);
    const bool worked = SUCCEEDED(job->Resume()) && done.get();
    if (!worked) job->Cancel();
    bitscb3_close_manager(manager); // afterwards nothing calls `callback`
    job->Release();
    return worked;
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    bitscb3_settings settings;
    bitscb3_settings_default(&settings);
    bitscb3_options options = {};
    options.size = sizeof options;
    options.settings = &settings; // the store is the user's; options.store names another one
    void* opened = nullptr;
    if (FAILED(bitscb3_create_manager(&options, IID_IBackgroundCopyManager, &opened))) {
        std::fprintf(stderr, "%s\n", bitscb3_last_error());
        return 1;
    }
    auto* manager = static_cast<IBackgroundCopyManager*>(opened);
    const bool worked = download(manager, argv[1], std::filesystem::absolute(argv[2]));
    manager->Release();
    return worked ? 0 : 1;
}
