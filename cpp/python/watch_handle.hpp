// SPDX-License-Identifier: MIT
// watch_handle.hpp - a watch of a job with the service and the job it belongs to; closed with it.

#pragma once

#include "python/common.hpp"

namespace bitscb3 {

struct WatchHandle {
    WatchHandle(ServicePtr its_service, JobStreamPtr its_stream, JobWatchPtr its_watch)
        : service(std::move(its_service)),
          stream(std::move(its_stream)),
          watch(std::move(its_watch)) {}
    WatchHandle(WatchHandle&&) = default;
    WatchHandle(const WatchHandle&) = delete;
    WatchHandle& operator=(const WatchHandle&) = delete;
    ~WatchHandle() { close(); }

    void close() const {
        if (watch) service->pump.close_watch(stream, watch);
    }

    ServicePtr service;
    JobStreamPtr stream;
    JobWatchPtr watch;
};

} // namespace bitscb3
