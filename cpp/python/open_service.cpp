// SPDX-License-Identifier: MIT
// open_service.cpp - see open_service.hpp.

#include "python/open_service.hpp"

#include "python/embedded.hpp"

#if defined(_WIN32)
#include "windows/system_bits.hpp"
#endif

#include <utility>

namespace bitscb3 {

namespace {

#if defined(_WIN32)

ServicePtr open_system(std::size_t queue_capacity) {
    SystemBits opened;
    HRESULT result = S_OK;
    {
        const Unlocked unlocked;
        result = open_system_bits(opened);
    }
    if (FAILED(result)) {
        const char* cause = bitscb3_code_text(result);
        throw ComFailure{result, BG_ERROR_CONTEXT_GENERAL_QUEUE_MANAGER,
                         std::string("The system's BITS cannot be reached. ") +
                             (cause != nullptr ? cause : ""),
                         true};
    }
    auto service = std::make_unique<Service>(std::move(opened.manager), queue_capacity, true,
                                             std::move(opened.name), opened.quirks);
    return {service.release(), ServiceDeleter{}};
}

constexpr bool kHasSystem = true;

#else

[[noreturn]] ServicePtr open_system(std::size_t) {
    throw ComFailure{REGDB_E_CLASSNOTREG, BG_ERROR_CONTEXT_NONE,
                     "The system's BITS is a service of Windows", true};
}

constexpr bool kHasSystem = false;

#endif

/// Whether the system's BITS is no more likely to be reached at another time.
bool stays(HRESULT code) noexcept {
    return code == REGDB_E_CLASSNOTREG || code == BITSCB3_WIN32_ERROR_SERVICE_DISABLED ||
           code == BITSCB3_WIN32_ERROR_SERVICE_DOES_NOT_EXIST ||
           code == BITSCB3_WIN32_ERROR_NOT_LOGGED_ON;
}

} // namespace

ServicePtr open_service(const ServiceOptions& options) {
    if (options.queue_capacity < 1) throw py::value_error("queue_capacity must be at least 1");
    const std::string& backend = options.backend;
    if (backend != "auto" && backend != "bits" && backend != "engine") {
        throw py::value_error("backend must be \"auto\", \"bits\" or \"engine\"");
    }
    if (backend == "bits") return open_system(options.queue_capacity);
    // A clock can be given to the embedded BITS only.
    if (backend == "engine" || !kHasSystem || options.clock) return embedded::open(options);
    std::string why;
    try {
        return open_system(options.queue_capacity);
    } catch (const ComFailure& failure) {
        // What may pass is told: another run of the program would find its jobs elsewhere.
        if (!embedded::exists() || !stays(failure.code)) throw;
        why = failure.text;
    }
    ServicePtr opened = embedded::open(options);
    opened->instead_of = std::move(why);
    return opened;
}

} // namespace bitscb3
