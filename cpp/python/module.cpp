// SPDX-License-Identifier: MIT
// module.cpp - the extension's table of contents.

#include "python/embedded.hpp"

namespace {

/// Sets ImportError outside of the main interpreter.
bool is_refused() {
    if (PyInterpreterState_Get() == PyInterpreterState_Main()) return false;
    PyErr_SetString(PyExc_ImportError,
                    "bitscb3 works in the main interpreter of a process only, not in a "
                    "sub-interpreter; import it there, or in a process of its own");
    return true;
}

} // namespace

PYBIND11_MODULE(_core_of_main, module, pybind11::mod_gil_not_used()) {
    using namespace bitscb3;
    if (is_refused()) throw pybind11::error_already_set();
    bind_errors(module);
    bind_settings(module);
    bind_ranges(module);
    bind_file(module);
    bind_request(module);
    bind_subscription(module);
    bind_watch(module);
    bind_http_options(module);
    bind_job(module);
    bind_range_queue(module);
    bind_manager(module);
    module.def("version", [] { return BITSCB3_VERSION; });
    module.def("has_engine", &embedded::exists);
    module.def("has_authorities", &embedded::has_authorities);
    module.def("library_versions", [] {
        py::dict out;
        for (const char* library : {"libcurl", "sqlite", "tls"}) {
            out[library] = embedded::library_version(library);
        }
        return out;
    });
#if defined(NDEBUG)
    module.attr("debug_build") = false;
#else
    module.attr("debug_build") = true;
#endif
}

/// What Python calls. In a sub-interpreter of Python before 3.12 pybind11 would wait for itself.
extern "C" PYBIND11_EXPORT PyObject* PyInit__core() {
    return is_refused() ? nullptr : PyInit__core_of_main();
}
