// SPDX-License-Identifier: MIT
// bind_errors.cpp - codes, and failures as Python exceptions.

#include "client/failure.hpp"
#include "python/common.hpp"

#include <cerrno>
#include <system_error>

namespace bitscb3 {

namespace {

void raise_in_python(const ComFailure& failure) {
    const py::object make = py::module_::import("bitscb3.errors").attr("from_code");
    const py::object error = make(to_code(failure.code), static_cast<int>(failure.context),
                                  failure.text, failure.unreachable);
    PyErr_SetObject(py::type::handle_of(error).ptr(), error.ptr());
}

std::optional<std::string> text_or_none(const char* text) {
    return text != nullptr ? std::optional<std::string>(text) : std::nullopt;
}

} // namespace

void bind_errors(py::module_& module) {
    py::register_local_exception_translator([](std::exception_ptr thrown) {
        try {
            if (thrown) std::rethrow_exception(thrown);
        } catch (const ComFailure& failure) {
            raise_in_python(failure);
        } catch (const std::system_error& error) { // of a descriptor or a thread
            errno = error.code().value();
            PyErr_SetFromErrno(PyExc_OSError);
        }
    });
    module.def(
        "code_name",
        [](std::uint32_t code) {
            return text_or_none(bitscb3_code_name(static_cast<HRESULT>(code)));
        },
        py::arg("hresult"));
    module.def(
        "code_text",
        [](std::uint32_t code) {
            return text_or_none(bitscb3_code_text(static_cast<HRESULT>(code)));
        },
        py::arg("hresult"));

    py::class_<Failure>(module, "Failure", py::is_final())
        .def_property_readonly("hresult", [](const Failure& f) { return to_code(f.code); })
        .def_property_readonly("context",
                               [](const Failure& f) { return static_cast<int>(f.context); })
        .def_property_readonly("file", [](const Failure& f) { return f.file; })
        .def_property_readonly("description", [](const Failure& f) { return f.description; })
        .def_property_readonly("context_description",
                               [](const Failure& f) { return f.context_description; })
        .def_property_readonly("protocol", [](const Failure& f) {
            return f.protocol.empty() ? std::nullopt : std::optional(f.protocol);
        });
}

} // namespace bitscb3
