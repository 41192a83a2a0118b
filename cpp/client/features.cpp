// SPDX-License-Identifier: MIT
// features.cpp - see features.hpp.

#include "client/features.hpp"

#include "base/com_ptr.hpp"
#include "base/utf16.hpp"
#include "client/gate.hpp"

#include <filesystem>
#include <system_error>

namespace bitscb3 {

namespace {

template<class Interface>
bool answers(IUnknown* object) {
    return static_cast<bool>(ComPtr<IUnknown>::share(object).query<Interface>());
}

struct InterfaceRow {
    const char* name;
    bool (*answers)(IUnknown*);
};

constexpr InterfaceRow kOfJobs[] = {
    {"job2", &answers<IBackgroundCopyJob2>},
    {"job3", &answers<IBackgroundCopyJob3>},
    {"job4", &answers<IBackgroundCopyJob4>},
    {"job5", &answers<IBackgroundCopyJob5>},
    {"http_options", &answers<IBackgroundCopyJobHttpOptions>},
    {"http_options2", &answers<IBackgroundCopyJobHttpOptions2>},
    {"http_options3", &answers<IBackgroundCopyJobHttpOptions3>},
};

constexpr InterfaceRow kOfFiles[] = {
    {"file2", &answers<IBackgroundCopyFile2>}, {"file3", &answers<IBackgroundCopyFile3>},
    {"file4", &answers<IBackgroundCopyFile4>}, {"file5", &answers<IBackgroundCopyFile5>},
    {"file6", &answers<IBackgroundCopyFile6>},
};

constexpr char kOnDemand[] = "on_demand";
constexpr char kCallback3[] = "callback3";

bool takes_on_demand(IBackgroundCopyJob* job) {
    const auto job5 = ComPtr<IBackgroundCopyJob>::share(job).query<IBackgroundCopyJob5>();
    BITS_JOB_PROPERTY_VALUE on = {};
    on.Enable = 1;
    return job5 && SUCCEEDED(job5->SetProperty(BITS_JOB_PROPERTY_ON_DEMAND_MODE, on));
}

WideString place_of_a_file() {
    std::error_code error; // in which case the service tells
    const auto path = std::filesystem::temp_directory_path(error) / "bitscb3-feature-test";
    const std::u8string text = path.u8string();
    return to_utf16({reinterpret_cast<const char*>(text.data()), text.size()});
}

bool tells_ranges(IBackgroundCopyJob* job) {
    const ULONG flags = BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_FILE_RANGES_TRANSFERRED;
    ULONG kept = 0;
    return SUCCEEDED(job->SetNotifyFlags(flags)) && SUCCEEDED(job->GetNotifyFlags(&kept)) &&
           kept == flags;
}

HRESULT ask(IBackgroundCopyJob* job, Features& out) {
    for (const InterfaceRow& row : kOfJobs) out[row.name] = row.answers(job);
    out[kOnDemand] = takes_on_demand(job);
    out[kCallback3] = tells_ranges(job);
    const WideString remote = to_utf16("http://127.0.0.1/");
    const HRESULT added = job->AddFile(remote.c_str(), place_of_a_file().c_str());
    if (FAILED(added)) return added;
    ComPtr<IEnumBackgroundCopyFiles> files;
    const HRESULT listed = job->EnumFiles(files.put());
    if (FAILED(listed)) return listed;
    ComPtr<IBackgroundCopyFile> file;
    if (files->Next(1, file.put(), nullptr) != S_OK) return E_UNEXPECTED;
    for (const InterfaceRow& row : kOfFiles) out[row.name] = row.answers(file.get());
    return S_OK;
}

} // namespace

Features every_feature() {
    Features out = {{kOnDemand, true}, {kCallback3, true}};
    for (const InterfaceRow& row : kOfJobs) out[row.name] = true;
    for (const InterfaceRow& row : kOfFiles) out[row.name] = true;
    return out;
}

HRESULT find_features(IBackgroundCopyManager* manager, Features& out) {
    return call([&] {
        ComPtr<IBackgroundCopyJob> job;
        GUID id = {};
        const WideString name = to_utf16("bitscb3 looks what BITS can do");
        const HRESULT made = manager->CreateJob(name.c_str(), BG_JOB_TYPE_DOWNLOAD, &id, job.put());
        if (FAILED(made)) return made;
        const HRESULT asked = ask(job.get(), out);
        (void)job->Cancel();
        return asked;
    });
}

} // namespace bitscb3
