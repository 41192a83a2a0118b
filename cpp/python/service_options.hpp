// SPDX-License-Identifier: MIT
// service_options.hpp - what Python gives to open a BITS service.

#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace bitscb3 {

class EngineClock;

/// All but the first two concern the embedded BITS.
struct ServiceOptions {
    std::string backend; // "auto", "bits" or "engine"
    std::size_t queue_capacity = 0;
    std::optional<std::string> store;
    std::map<std::string, std::uint32_t> settings; // every one by name
    std::optional<std::string> ca_file;
    std::optional<std::string> crl_file;
    std::optional<std::string> user_agent;
    std::shared_ptr<EngineClock> clock;
};

} // namespace bitscb3
