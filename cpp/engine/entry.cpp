// SPDX-License-Identifier: MIT
// entry.cpp - the functions of bitscb3/engine.h.

#include "engine/entry.hpp"

#include "base/utf16.hpp"
#include "engine/file_adapter.hpp"
#include "engine/job_adapter.hpp"
#include "engine/job_object.hpp"
#include "engine/manager_adapter.hpp"
#include "engine/path.hpp"
#include "engine/statistics.hpp"

#include <curl/curl.h>
#include <sqlite3.h>

#include <mutex>
#include <string>
#include <string_view>

struct bitscb3_clock {
    bitscb3::DrivenClock clock;
};

namespace bitscb3 {

namespace {

thread_local std::string last_error;

Error bad_option(const char* text) {
    return {E_INVALIDARG, BG_ERROR_CONTEXT_GENERAL_QUEUE_MANAGER, false, text};
}

/// libcurl wants one call before any other, from one thread.
void start_libcurl() {
    static std::once_flag once;
    std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

Error read_options(const bitscb3_options& options, EngineOptions& out) {
    if (options.size != sizeof options) return bad_option("bitscb3_options.size is wrong.");
    if (options.settings != nullptr) {
        if (options.settings->size != sizeof(bitscb3_settings)) {
            return bad_option("bitscb3_settings.size is wrong: start from "
                              "bitscb3_settings_default() or bitscb3_settings_bits().");
        }
        out.settings = *options.settings;
    } else {
        bitscb3_settings_bits(&out.settings);
    }
    const bitscb3_settings& s = out.settings;
    if (s.background_jobs == 0 || s.files_per_job == 0 || s.connections == 0 ||
        s.connections_per_host == 0 || s.connections_per_file == 0) {
        return bad_option("Jobs, files and connections at a time must be at least 1.");
    }
    if (options.store == nullptr && default_store_folder().empty()) {
#if defined(_WIN32)
        return bad_option("There is no place for the job store: LOCALAPPDATA is not set; set it, "
                          "or name a folder.");
#else
        return bad_option("There is no place for the job store: neither HOME nor XDG_STATE_HOME is "
                          "set; set one, or name a folder.");
#endif
    }
    out.store = options.store != nullptr ? options.store : default_store_folder();
    out.store = trimmed_folder(std::move(out.store));
    if (!is_absolute(out.store)) {
        return bad_option("The folder of the job store must be an absolute path.");
    }
    if (options.crl_file != nullptr) out.crl_file = options.crl_file;
    out.user_agent = options.user_agent != nullptr ? options.user_agent
                                                   : std::string("bitscb3/") + bitscb3_version();
    Error error;
    if (options.ca_file != nullptr) {
        out.authorities.file = options.ca_file;
    } else {
        out.authorities = find_authorities(system_places(), error);
    }
    return error;
}

} // namespace

ComPtr<IBackgroundCopyManager> make_manager(const bitscb3_options& options, Clock& clock,
                                            Error& error) {
    start_libcurl();
    EngineOptions read = {};
    if (error = read_options(options, read); error) return {};
    const auto engine = Engine::open(read, clock, error);
    return engine ? make_manager_object(engine) : nullptr;
}

} // namespace bitscb3

extern "C" HRESULT bitscb3_create_manager(const bitscb3_options* options, REFIID iid, void** out) {
    using namespace bitscb3;
    if (out == nullptr) return E_POINTER;
    *out = nullptr;
    return guarded([&] {
        bitscb3_options defaults = {};
        defaults.size = sizeof defaults;
        Error error;
        const bitscb3_options& chosen = options != nullptr ? *options : defaults;
        Clock& clock = chosen.clock != nullptr ? chosen.clock->clock : steady_clock();
        const auto manager = make_manager(chosen, clock, error);
        if (!manager) {
            last_error = to_utf8(to_utf16(error.detail).c_str()); // SQLite cites what it reads
            return error.code;
        }
        return manager->QueryInterface(iid, out);
    });
}

extern "C" bitscb3_clock* bitscb3_make_clock(void) {
    return new (std::nothrow) bitscb3_clock;
}

extern "C" void bitscb3_move_clock(bitscb3_clock* clock, std::uint64_t milliseconds) {
    clock->clock.advance(std::chrono::milliseconds(milliseconds));
}

extern "C" void bitscb3_free_clock(bitscb3_clock* clock) {
    delete clock;
}

extern "C" HRESULT bitscb3_set_network(IBackgroundCopyManager* manager, std::uint32_t cost_state) {
    using namespace bitscb3;
    const bool one_bit = (cost_state & (cost_state - 1)) == 0; // or none
    if (!one_bit || cost_state > BITS_COST_STATE_ROAMING) return E_INVALIDARG;
    return guarded([&] {
        const EnginePtr engine = engine_of(manager);
        if (!engine) return E_NOINTERFACE;
        const Lock held = engine->lock();
        set_network(engine->model(), cost_state);
        return S_OK;
    });
}

extern "C" HRESULT bitscb3_set_log(IBackgroundCopyManager* manager, int on) {
    using namespace bitscb3;
    return guarded([&] {
        const EnginePtr engine = engine_of(manager);
        if (!engine) return E_NOINTERFACE;
        engine->log().turn(on != 0);
        return S_OK;
    });
}

extern "C" HRESULT bitscb3_read_log(IBackgroundCopyManager* manager, bitscb3_take_log_line take,
                                    void* context, std::uint64_t* dropped) {
    using namespace bitscb3;
    if (take == nullptr || dropped == nullptr) return E_POINTER;
    *dropped = 0;
    return guarded([&] {
        const EnginePtr engine = engine_of(manager);
        if (!engine) return E_NOINTERFACE;
        VerboseLog::Batch batch;
        if (!engine->log().take(batch)) return S_FALSE;
        *dropped = batch.dropped;
        for (const LogLine& line : batch.lines) {
            const LogSource& source = *line.source;
            const bitscb3_log_line told = {source.job,         source.job_name.c_str(),
                                           source.url.c_str(), line.text.c_str(),
                                           source.number,      source.file,
                                           line.kind};
            take(context, &told);
        }
        return S_OK;
    });
}

extern "C" HRESULT bitscb3_set_rate_limit(IBackgroundCopyManager* manager, std::uint64_t rate) {
    using namespace bitscb3;
    return guarded([&] {
        const EnginePtr engine = engine_of(manager);
        if (!engine) return E_NOINTERFACE;
        const Lock held = engine->lock();
        set_rate_limit(engine->model(), rate);
        return S_OK;
    });
}

extern "C" HRESULT bitscb3_get_rate_limit(IBackgroundCopyManager* manager, std::uint64_t* out) {
    using namespace bitscb3;
    if (out == nullptr) return E_INVALIDARG;
    return guarded([&] {
        const EnginePtr engine = engine_of(manager);
        if (!engine) return E_NOINTERFACE;
        const Lock held = engine->lock();
        *out = engine->model().rate_limit;
        return S_OK;
    });
}

extern "C" HRESULT bitscb3_set_job_rate_limit(IBackgroundCopyJob* job, std::uint64_t rate) {
    const auto own = bitscb3::own_job(job);
    return own ? own->SetRateLimit(rate) : E_NOINTERFACE;
}

extern "C" HRESULT bitscb3_get_job_rate_limit(IBackgroundCopyJob* job, std::uint64_t* out) {
    const auto own = bitscb3::own_job(job);
    return own ? own->GetRateLimit(out) : E_NOINTERFACE;
}

extern "C" HRESULT bitscb3_get_job_received(IBackgroundCopyJob* job, std::uint64_t* out) {
    const auto own = bitscb3::own_job(job);
    return own ? own->GetReceived(out) : E_NOINTERFACE;
}

extern "C" HRESULT bitscb3_get_file_received(IBackgroundCopyFile* file, std::uint64_t* out) {
    return bitscb3::received_of(file, out);
}

extern "C" HRESULT bitscb3_get_statistics(IBackgroundCopyManager* manager,
                                          bitscb3_statistics* out) {
    using namespace bitscb3;
    if (out == nullptr || out->size != sizeof *out) return E_INVALIDARG;
    return guarded([&] {
        const EnginePtr engine = engine_of(manager);
        if (!engine) return E_NOINTERFACE;
        const Lock held = engine->lock();
        *out = statistics_of(engine->model());
        return S_OK;
    });
}

extern "C" HRESULT bitscb3_cancel_ranges(IBackgroundCopyFile* file, DWORD count,
                                         const BG_FILE_RANGE* ranges) {
    return bitscb3::guarded([&] { return bitscb3::cancel_ranges(file, count, ranges); });
}

extern "C" int bitscb3_has_authorities(void) {
    using namespace bitscb3;
    Error error;
    const Authorities found = find_authorities(system_places(), error);
    return error || !found.empty() ? 1 : 0;
}

extern "C" HRESULT bitscb3_close_manager(IBackgroundCopyManager* manager) {
    using namespace bitscb3;
    return guarded([&] {
        const EnginePtr engine = engine_of(manager);
        if (!engine) return E_NOINTERFACE;
        engine->close();
        return S_OK;
    });
}

extern "C" const char* bitscb3_last_error(void) {
    return bitscb3::last_error.c_str();
}

extern "C" const char* bitscb3_version(void) {
    return BITSCB3_VERSION;
}

extern "C" const char* bitscb3_library_version(const char* library) {
    const std::string_view name = library != nullptr ? library : "";
    const auto* curl = curl_version_info(CURLVERSION_NOW);
    if (name == "libcurl") return curl->version;
    if (name == "sqlite") return sqlite3_libversion();
    if (name == "tls" && curl->ssl_version != nullptr) return curl->ssl_version;
    return "";
}
