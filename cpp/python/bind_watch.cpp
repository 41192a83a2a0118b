// SPDX-License-Identifier: MIT
// bind_watch.cpp - waiting for a job without a thread that sleeps.

#include "python/watch_handle.hpp"

namespace bitscb3 {

namespace {

/// The state the wait ended in; nothing while it lasts.
std::optional<int> poll(const WatchHandle& self) {
    BG_JOB_STATE state = BG_JOB_STATE_SUSPENDED;
    HRESULT result = S_OK;
    bool over = false;
    {
        const Unlocked unlocked;
        over = self.service->pump.poll_job(self.stream, self.watch, state, result);
    }
    check(result);
    return over ? std::optional(static_cast<int>(state)) : std::nullopt;
}

} // namespace

void bind_watch(py::module_& module) {
    Bound<WatchHandle>(module, "Watch", py::is_final())
        .def_property_readonly("id", [](const WatchHandle& self) { return self.watch->id; })
        .def_property_readonly(
            "settled", [](const WatchHandle& self) { return self.service->pump.is_closed(); })
        .def("poll", &poll)
        .def("watch",
             [](const WatchHandle& self) { self.service->pump.arm(self.stream, self.watch); })
        .def("close", &WatchHandle::close);
}

} // namespace bitscb3
