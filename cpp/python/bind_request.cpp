// SPDX-License-Identifier: MIT
// bind_request.cpp - requests of ranges.

#include "python/range_array.hpp"
#include "python/request_handle.hpp"

namespace bitscb3 {

namespace {

bool wait(const RequestHandle& self, const std::optional<double>& timeout) {
    const WaitResult result = wait_interruptibly(timeout, [&](Instant deadline) {
        return self.service->pump.wait_request(self.stream, self.request, deadline);
    });
    return result != WaitResult::kTimedOut;
}

bool done(const RequestHandle& self) {
    const Unlocked unlocked;
    return self.service->pump.is_settled(self.request);
}

} // namespace

void bind_request(py::module_& module) {
    Bound<RequestHandle>(module, "Request", py::is_final())
        .def_property_readonly("id", [](const RequestHandle& self) { return self.request->id; })
        .def("done", &done)
        .def_property_readonly("failure",
                               [](const RequestHandle& self) {
                                   // Written once, before it is settled.
                                   return done(self) ? self.request->failure : std::nullopt;
                               })
        .def_property_readonly(
            "ranges", [](const RequestHandle& self) { return RangeArray(self.request->asked); })
        .def_property_readonly("settled",
                               [](const RequestHandle& self) {
                                   return done(self) ||
                                          self.service->pump.is_suspended_by_caller(self.stream);
                               })
        .def("wait", &wait, py::arg("timeout"))
        .def("cancel",
             [](const RequestHandle& self) {
                 const Unlocked unlocked;
                 return self.service->pump.cancel(self.stream, self.request);
             })
        .def("watch", [](const RequestHandle& self) { self.service->pump.watch(self.request); });
}

} // namespace bitscb3
