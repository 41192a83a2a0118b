// SPDX-License-Identifier: MIT
// subscription_handle.hpp - a subscription with the service and the job it belongs to.

#pragma once

#include "python/common.hpp"

namespace bitscb3 {

struct SubscriptionHandle {
    ServicePtr service;
    JobStreamPtr stream;
    SubscriptionPtr subscription;
};

} // namespace bitscb3
