// SPDX-License-Identifier: MIT
// module.cpp - the extension's table of contents.

#include "python/common.hpp"

#include <bitscb3/engine.h>

#include <curl/curl.h>
#include <sqlite3.h>

PYBIND11_MODULE(_core, module, pybind11::mod_gil_not_used()) {
    using namespace bitscb3;
    bind_errors(module);
    bind_settings(module);
    bind_ranges(module);
    bind_file(module);
    bind_request(module);
    bind_subscription(module);
    bind_job(module);
    bind_range_queue(module);
    bind_manager(module);
    module.def("version", [] { return bitscb3_version(); });
    module.def("library_versions", [] {
        const auto* curl = curl_version_info(CURLVERSION_NOW);
        py::dict out;
        out["libcurl"] = curl->version;
        out["sqlite"] = sqlite3_libversion();
        out["tls"] = curl->ssl_version != nullptr ? curl->ssl_version : "";
        return out;
    });
#if defined(NDEBUG)
    module.attr("debug_build") = false;
#else
    module.attr("debug_build") = true;
#endif
}
