// SPDX-License-Identifier: MIT
// bind_errors.cpp - codes, and failures as Python exceptions.

#include "client/failure.hpp"
#include "python/common.hpp"

#include <cerrno>
#include <system_error>

namespace bitscb3 {

namespace {

/// Runs Python, and so has nothing on its stack that would be destroyed: see stay_at_end().
void raise_in_python(const ComFailure& failure) {
    PyObject* errors = PyImport_ImportModule("bitscb3.errors");
    if (errors == nullptr) { // modules are gone: a finalizer calls while the interpreter ends
        PyErr_Clear();
        const char* text = bitscb3_code_text(failure.code);
        PyErr_SetString(PyExc_OSError, text != nullptr ? text : "the service failed");
        return;
    }
    PyObject* error = PyObject_CallMethod(errors, "from_code", "IisO", to_code(failure.code),
                                          static_cast<int>(failure.context), failure.text.c_str(),
                                          failure.unreachable ? Py_True : Py_False);
    Py_DECREF(errors);
    if (error == nullptr) return; // Python has set why
    PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(error)), error);
    Py_DECREF(error);
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
            stay_at_end([&failure] { raise_in_python(failure); });
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
