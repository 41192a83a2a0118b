// SPDX-License-Identifier: MIT
// fuzz_store.cpp - a job store that was damaged: its bytes, or the values in it.
// Laws: it is refused with a text, or opened; what is read from it is a job that can be; what is
//       read and written is read again alike; an engine on it answers every call.

#include "../cpp/temporary_folder.hpp"
#include "base/com_ptr.hpp"
#include "base/utf16.hpp"
#include "engine/entry.hpp"
#include "engine/seal.hpp"
#include "engine/store.hpp"
#include "fuzz.hpp"

#include <bitscb3/bits.h>

#include <algorithm>
#include <fstream>
#include <iterator>

using namespace bitscb3;

namespace {

const TemporaryFolder& base() {
    static const TemporaryFolder folder;
    return folder;
}

StoredJob a_job(int number) {
    StoredJob out;
    out.job.id = make_guid();
    out.job.name = "job " + std::to_string(number);
    out.job.owner = "0";
    out.job.created = out.job.modified = 133'000'000'000'000'000;
    out.job.error = {E_FAIL, BG_ERROR_CONTEXT_REMOTE_FILE, false, "It failed."};
    out.job.error_file = 1;
    for (std::uint32_t i = 0; i < 3; ++i) {
        FileRecord file;
        file.index = i;
        file.remote = "http://127.0.0.1:1/" + std::to_string(i);
        file.local = (base().path / ("out" + std::to_string(i))).string();
        file.temporary = file.local + ".tmp";
        file.validator = {"\"1\"", "Mon, 23 Nov 2026 10:00:00 GMT", 100};
        file.filled = RangeSet({{0, 10}, {20, 30}});
        file.requested = RangeSet({{5, 10}});
        if (i == 2) file.pieces = {{50, 10}, {0, 10}};
        out.files.push_back(std::move(file));
    }
    return out;
}

struct Original {
    std::string path;
    std::optional<Seal> seal;
    std::string bytes;
};

/// A store with two jobs, made once.
const Original& original() {
    static const Original made = [] {
        Original out;
        const std::string folder = (base().path / "store").string();
        Error error = prepare_store(folder, out.path);
        LAW(!error);
        out.seal = Seal::open(folder + "/key", error);
        LAW(out.seal);
        {
            Store store(out.path, *out.seal);
            for (int i = 0; i < 2; ++i) store.save(a_job(i));
            store.database().execute("PRAGMA wal_checkpoint(TRUNCATE)");
        }
        std::ifstream file(out.path, std::ios::binary);
        out.bytes.assign(std::istreambuf_iterator<char>(file), {});
        return out;
    }();
    return made;
}

void write_store(const std::string& bytes) {
    std::ofstream(original().path, std::ios::binary | std::ios::trunc) << bytes;
    for (const char* suffix : {"-wal", "-shm"}) {
        std::error_code none;
        std::filesystem::remove(original().path + suffix, none);
    }
}

/// Some bytes of the original, changed.
std::string damaged_bytes(Bytes& bytes) {
    std::string out = original().bytes;
    while (!bytes.empty()) {
        const std::size_t at = bytes.number() % out.size();
        const std::string_view text = bytes.text();
        if (text.empty()) {
            out.resize(std::max<std::size_t>(at, 1)); // cut off
        } else {
            out.replace(at, std::min(text.size(), out.size() - at), text);
        }
    }
    return out;
}

/// What no fuzzer is to choose freely, as files of that name may be removed or written.
bool names_a_file(const std::string& column) {
    return column == "local" || column == "temporary";
}

/// Some values of the original, changed by SQL: the database itself is in order.
void change_values(Bytes& bytes) {
    static constexpr const char* kJob[] = {"owner",
                                           "name",
                                           "type",
                                           "priority",
                                           "state",
                                           "on_demand",
                                           "notify_flags",
                                           "notification_interval_ms",
                                           "minimum_retry_delay_s",
                                           "no_progress_timeout_s",
                                           "maximum_download_time_s",
                                           "error_code",
                                           "error_context",
                                           "error_detail",
                                           "error_file",
                                           "created",
                                           "modified",
                                           "transferred",
                                           "intent",
                                           "resumed",
                                           "dynamic_content",
                                           "high_performance",
                                           "max_download_size",
                                           "cost_flags",
                                           "notification_class",
                                           "http",
                                           "rate_limit",
                                           "id"};
    static constexpr const char* kFile[] = {
        "file_index",    "remote",    "local",         "temporary", "etag",
        "last_modified", "size",      "range_support", "filled",    "requested",
        "headers",       "published", "pieces",        "validated", "job"};
    Database database(original().path);
    for (int i = 0; i < 6 && !bytes.empty(); ++i) {
        const bool job = bytes.choice(2) != 0;
        const std::string column =
            job ? kJob[bytes.choice(std::size(kJob))] : kFile[bytes.choice(std::size(kFile))];
        const unsigned kind = bytes.choice(3);
        const std::string sql =
            std::string("UPDATE OR IGNORE ") + (job ? "job" : "file") + " SET " + column + " = ?" +
            (job ? "" : " WHERE file_index = " + std::to_string(bytes.choice(3)));
        const auto statement = database.prepare(sql.c_str());
        if (names_a_file(column)) {
            std::string name(bytes.text());
            std::replace(name.begin(), name.end(), '/', '_');
            statement->bind_text((base().path / ("x" + name.substr(0, 100))).string());
        } else if (kind == 0) {
            statement->bind(static_cast<std::int64_t>(bytes.number()));
        } else if (kind == 1) {
            statement->bind_text(bytes.text());
        } else {
            statement->bind_blob(bytes.text());
        }
        statement->run();
    }
}

/// What the engine relies on without looking again.
void check_job(const StoredJob& stored) {
    const JobRecord& job = stored.job;
    LAW(job.state >= BG_JOB_STATE_QUEUED && job.state <= BG_JOB_STATE_CANCELLED);
    LAW(job.type == BG_JOB_TYPE_DOWNLOAD);
    LAW(job.priority >= BG_JOB_PRIORITY_FOREGROUND && job.priority <= BG_JOB_PRIORITY_LOW);
    LAW(job.intent <= Intent::kCancel && job.http);
    LAW(!job.error_file || *job.error_file < stored.files.size());
    for (std::size_t i = 0; i < stored.files.size(); ++i) {
        const FileRecord& file = stored.files[i];
        LAW(file.index == i);
        LAW(file.range_support <= RangeSupport::kNo);
        LAW(!file.size_known() || file.filled.end() <= file.size());
    }
}

bool same(const StoredJob& a, const StoredJob& b) {
    const auto same_file = [](const FileRecord& x, const FileRecord& y) {
        return x.remote == y.remote && x.temporary == y.temporary && x.filled == y.filled &&
               x.requested == y.requested && x.validator == y.validator && x.pieces == y.pieces &&
               x.headers == y.headers && x.published == y.published;
    };
    return a.job.name == b.job.name && a.job.modified == b.job.modified &&
           a.job.error.detail == b.job.error.detail && a.job.cost_flags == b.job.cost_flags &&
           a.job.rate_limit == b.job.rate_limit && a.job.intent == b.job.intent &&
           std::equal(a.files.begin(), a.files.end(), b.files.begin(), b.files.end(), same_file);
}

void read_jobs(const std::string& path) {
    try {
        Store store(path, *original().seal);
        (void)store.ending();
        (void)store.untouched_since(133'000'000'000'000'000);
        for (const GUID& id : store.ids()) {
            std::optional<StoredJob> job;
            try {
                job = store.load(id);
            } catch (const SqlError&) {
                continue; // it cannot be read; others may
            }
            if (!job) continue;
            check_job(*job);
            store.save(*job);
            const auto again = store.load(id);
            LAW(again && same(*again, *job));
        }
    } catch (const SqlError& error) {
        LAW(unusable(error, path).detail.find(path) != std::string::npos);
    }
}

/// Every getter, and the ends of a job.
void use(IBackgroundCopyManager& manager, IBackgroundCopyJob& job) {
    BG_JOB_STATE state = BG_JOB_STATE_QUEUED;
    BG_JOB_PROGRESS progress = {};
    BG_JOB_TIMES times = {};
    LPWSTR text = nullptr;
    (void)job.GetState(&state);
    (void)job.GetProgress(&progress);
    (void)job.GetTimes(&times);
    (void)job.GetDisplayName(&text);
    CoTaskMemFree(text);
    ComPtr<IBackgroundCopyError> error;
    if (job.GetError(error.put()) == S_OK) {
        ComPtr<IBackgroundCopyFile> file;
        (void)error->GetFile(file.put());
        (void)error->GetProtocol(&text);
        CoTaskMemFree(text);
    }
    ComPtr<IEnumBackgroundCopyFiles> files;
    if (job.EnumFiles(files.put()) == S_OK) {
        ComPtr<IBackgroundCopyFile> file;
        ULONG got = 0;
        while (files->Next(1, file.put(), &got) == S_OK) {
            const auto own = file.query<IBackgroundCopyFile6>();
            BG_FILE_RANGE range = {0, BG_LENGTH_TO_EOF};
            DWORD count = 0;
            BG_FILE_RANGE* ranges = nullptr;
            (void)own->RequestFileRanges(1, &range);
            (void)own->GetFilledFileRanges(&count, &ranges);
            CoTaskMemFree(ranges);
            (void)own->SetValidationState(0);
        }
    }
    (void)job.SetNotifyFlags(BG_NOTIFY_JOB_ERROR);
    (void)job.Resume();
    (void)bitscb3_set_network(&manager, 0);
    (void)job.Suspend();
    if (job.Cancel() == S_OK) {
        LAW(job.GetState(&state) == S_OK && state == BG_JOB_STATE_CANCELLED);
    }
}

void open_engine(const std::string& folder) {
    bitscb3_settings settings = {};
    bitscb3_settings_bits(&settings);
    settings.command_lines = 0;
    bitscb3_options options = {};
    options.size = sizeof options;
    options.store = folder.c_str();
    options.settings = &settings;
    Error error;
    static DrivenClock clock;
    const auto manager = make_manager(options, clock, error);
    if (!manager) {
        LAW(FAILED(error.code) && !error.detail.empty());
        return;
    }
    (void)bitscb3_set_network(manager.get(), 0);
    ComPtr<IEnumBackgroundCopyJobs> jobs;
    LAW(manager->EnumJobs(BG_JOB_ENUM_ALL_USERS, jobs.put()) == S_OK);
    ComPtr<IBackgroundCopyJob> job;
    ULONG got = 0;
    while (jobs->Next(1, job.put(), &got) == S_OK) use(*manager, *job);
    bitscb3_close_manager(manager.get());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Bytes bytes(data, size);
    const unsigned what = bytes.choice(8);
    write_store(what == 0   ? std::string(bytes.rest())
                : what <= 2 ? damaged_bytes(bytes)
                            : original().bytes);
    if (what > 2) change_values(bytes);
    std::string path;
    if (const Error error = prepare_store((base().path / "store").string(), path)) {
        LAW(FAILED(error.code) && error.detail.find(path) != std::string::npos);
    } else {
        read_jobs(path);
    }
    open_engine((base().path / "store").string());
    return 0;
}
