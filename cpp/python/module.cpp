// SPDX-License-Identifier: MIT
// module.cpp - the extension's table of contents.

#include "python/embedded.hpp"

PYBIND11_MODULE(_core, module, pybind11::mod_gil_not_used()) {
    using namespace bitscb3;
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
