// SPDX-License-Identifier: MIT
// request_handle.hpp - a request of ranges with the service and the job it belongs to.

#pragma once

#include "python/common.hpp"

namespace bitscb3 {

struct RequestHandle {
    ServicePtr service;
    JobStreamPtr stream;
    RequestPtr request;
};

} // namespace bitscb3
