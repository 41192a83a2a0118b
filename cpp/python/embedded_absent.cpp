// SPDX-License-Identifier: MIT
// embedded_absent.cpp - a build without the embedded BITS; see embedded.hpp.

#include "python/embedded.hpp"

namespace bitscb3 {

namespace {

[[noreturn]] void refuse() {
    throw ComFailure{REGDB_E_CLASSNOTREG, BG_ERROR_CONTEXT_NONE,
                     "This build of bitscb3 has no embedded BITS", true};
}

} // namespace

EngineClock::EngineClock() {
    refuse();
}

void EngineClock::advance(std::uint64_t) const {}

void EngineClock::Freer::operator()(bitscb3_clock*) const noexcept {}

namespace embedded {

bool exists() noexcept {
    return false;
}

ServicePtr open(const ServiceOptions&) {
    refuse();
}

void close(IBackgroundCopyManager*) {}

void set_network(IBackgroundCopyManager*, std::uint32_t) {
    refuse();
}

void set_rate_limit(IBackgroundCopyManager*, std::uint64_t) {
    refuse();
}

std::uint64_t rate_limit(IBackgroundCopyManager*) {
    refuse();
}

void set_rate_limit(IBackgroundCopyJob*, std::uint64_t) {
    refuse();
}

std::uint64_t rate_limit(IBackgroundCopyJob*) {
    refuse();
}

std::uint64_t received(IBackgroundCopyJob*) {
    refuse();
}

std::uint64_t received(IBackgroundCopyFile*) {
    refuse();
}

std::map<std::string, std::uint64_t> statistics(IBackgroundCopyManager*) {
    refuse();
}

void set_log(IBackgroundCopyManager*, bool) {
    refuse();
}

bool read_log(IBackgroundCopyManager*, std::vector<LogLine>&, std::uint64_t&) {
    return false;
}

bool has_authorities() noexcept {
    return true; // nothing here asks for them
}

std::string library_version(const char*) {
    return {};
}

} // namespace embedded

} // namespace bitscb3
