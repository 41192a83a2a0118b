// SPDX-License-Identifier: MIT
// embedded.cpp - see embedded.hpp.

#include "python/embedded.hpp"

#include "python/settings_fields.hpp"
#include "python/statistics_fields.hpp"

#include <bitscb3/engine.h>

#include <map>
#include <optional>
#include <utility>

namespace bitscb3 {

EngineClock::EngineClock() : clock_(bitscb3_make_clock()) {}

void EngineClock::advance(std::uint64_t milliseconds) const {
    const Unlocked unlocked;
    bitscb3_move_clock(clock_.get(), milliseconds);
}

void EngineClock::Freer::operator()(bitscb3_clock* clock) const noexcept {
    bitscb3_free_clock(clock);
}

namespace embedded {

namespace {

bitscb3_settings to_settings(const std::map<std::string, std::uint32_t>& numbers) {
    bitscb3_settings settings;
    bitscb3_settings_default(&settings);
    std::size_t known = 0;
    for (const SettingsField& field : kSettingsFields) {
        const auto found = numbers.find(field.name);
        if (found == numbers.end()) continue;
        settings.*field.field = found->second;
        ++known;
    }
    if (known != numbers.size()) throw py::type_error("settings has a name that is no setting");
    return settings;
}

template<class Get>
std::uint64_t number_of(Get&& get) {
    std::uint64_t out = 0;
    check(call_service([&] { return get(&out); }));
    return out;
}

} // namespace

bool exists() noexcept {
    return true;
}

ServicePtr open(const ServiceOptions& given) {
    const bitscb3_settings settings = to_settings(given.settings);
    const auto text = [](const std::optional<std::string>& value) {
        return value ? value->c_str() : nullptr;
    };
    bitscb3_options options = {};
    options.size = sizeof options;
    options.store = text(given.store);
    options.settings = &settings;
    options.ca_file = text(given.ca_file);
    options.crl_file = text(given.crl_file);
    options.user_agent = text(given.user_agent);
    options.clock = given.clock ? given.clock->get() : nullptr;
    ComPtr<IBackgroundCopyManager> manager;
    const HRESULT made = call_service([&] {
        return bitscb3_create_manager(&options, iid_of<IBackgroundCopyManager>, manager.put_void());
    });
    if (FAILED(made)) {
        throw ComFailure{made, BG_ERROR_CONTEXT_GENERAL_QUEUE_MANAGER, bitscb3_last_error()};
    }
    auto service = std::make_unique<Service>(std::move(manager), given.queue_capacity, false,
                                             std::string("embedded BITS ") + bitscb3_version(),
                                             Quirks{}, &bitscb3_cancel_ranges);
    return {service.release(), ServiceDeleter{given.clock}}; // the clock outlives the engine
}

void close(IBackgroundCopyManager* manager) {
    (void)call([&] { return bitscb3_close_manager(manager); });
}

void set_network(IBackgroundCopyManager* manager, std::uint32_t cost_state) {
    check(call_service([&] { return bitscb3_set_network(manager, cost_state); }));
}

void set_rate_limit(IBackgroundCopyManager* manager, std::uint64_t rate) {
    check(call_service([&] { return bitscb3_set_rate_limit(manager, rate); }));
}

std::uint64_t rate_limit(IBackgroundCopyManager* manager) {
    return number_of([&](std::uint64_t* out) { return bitscb3_get_rate_limit(manager, out); });
}

void set_rate_limit(IBackgroundCopyJob* job, std::uint64_t rate) {
    check(call_service([&] { return bitscb3_set_job_rate_limit(job, rate); }));
}

std::uint64_t rate_limit(IBackgroundCopyJob* job) {
    return number_of([&](std::uint64_t* out) { return bitscb3_get_job_rate_limit(job, out); });
}

std::uint64_t received(IBackgroundCopyJob* job) {
    return number_of([&](std::uint64_t* out) { return bitscb3_get_job_received(job, out); });
}

std::uint64_t received(IBackgroundCopyFile* file) {
    return number_of([&](std::uint64_t* out) { return bitscb3_get_file_received(file, out); });
}

std::map<std::string, std::uint64_t> statistics(IBackgroundCopyManager* manager) {
    bitscb3_statistics found = {};
    found.size = sizeof found;
    check(call_service([&] { return bitscb3_get_statistics(manager, &found); }));
    std::map<std::string, std::uint64_t> out;
    for (const StatisticsField& field : kStatisticsFields) out[field.name] = found.*field.field;
    return out;
}

void set_log(IBackgroundCopyManager* manager, bool on) {
    check(call_service([&] { return bitscb3_set_log(manager, on ? 1 : 0); }));
}

bool read_log(IBackgroundCopyManager* manager, std::vector<LogLine>& lines,
              std::uint64_t& dropped) {
    const auto take = [](void* taken, const bitscb3_log_line* line) {
        static_cast<std::vector<LogLine>*>(taken)->push_back({line->job, line->job_name, line->file,
                                                              line->url, line->transfer, line->kind,
                                                              line->text});
    };
    return bitscb3_read_log(manager, take, &lines, &dropped) == S_OK;
}

bool has_authorities() noexcept {
    return bitscb3_has_authorities() != 0;
}

std::string library_version(const char* library) {
    return bitscb3_library_version(library);
}

} // namespace embedded

} // namespace bitscb3
