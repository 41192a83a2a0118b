// SPDX-License-Identifier: MIT
// bind_subscription.cpp - a taker of a job's events.

#include "python/range_array.hpp"
#include "python/subscription_handle.hpp"

namespace bitscb3 {

namespace {

py::list to_list(std::vector<Event> events) {
    py::list out;
    for (Event& event : events) {
        py::object ranges = py::none();
        if (event.kind == EventKind::kFileRanges)
            ranges = py::cast(RangeArray(std::move(event.ranges)));
        out.append(py::make_tuple(static_cast<int>(event.kind), event.file, ranges));
    }
    return out;
}

} // namespace

void bind_subscription(py::module_& module) {
    Bound<SubscriptionHandle>(module, "Subscription", py::is_final())
        .def_property_readonly("id",
                               [](const SubscriptionHandle& self) { return self.subscription->id; })
        .def("take",
             [](const SubscriptionHandle& self) {
                 return to_list(self.service->pump.take(self.subscription));
             })
        .def("delivered",
             [](const SubscriptionHandle& self) {
                 return to_list(self.service->pump.delivered(self.stream, self.subscription));
             })
        .def("close", [](const SubscriptionHandle& self) {
            self.service->pump.unsubscribe(self.stream, self.subscription);
        });
    const auto kind = [&module](const char* name, EventKind value) {
        module.attr(name) = static_cast<int>(value);
    };
    kind("FILE_RESTARTED", EventKind::kFileRestarted);
    kind("FILE_RANGES", EventKind::kFileRanges);
    kind("FILE_TRANSFERRED", EventKind::kFileTransferred);
    kind("JOB_MODIFIED", EventKind::kJobModified);
    kind("JOB_ERROR", EventKind::kJobError);
    kind("JOB_TRANSFERRED", EventKind::kJobTransferred);
    kind("JOB_ENDED", EventKind::kJobEnded);
}

} // namespace bitscb3
