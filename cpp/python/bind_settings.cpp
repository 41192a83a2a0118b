// SPDX-License-Identifier: MIT
// bind_settings.cpp - the two profiles of numbers, as dictionaries.

#include "python/common.hpp"
#include "python/settings_fields.hpp"

namespace bitscb3 {

namespace {

py::dict to_dict(const bitscb3_settings& settings) {
    py::dict out;
    for (const SettingsField& field : kSettingsFields) out[field.name] = settings.*field.field;
    return out;
}

} // namespace

void bind_settings(py::module_& module) {
    module.def("settings_default", [] {
        bitscb3_settings settings;
        bitscb3_settings_default(&settings);
        return to_dict(settings);
    });
    module.def("settings_bits", [] {
        bitscb3_settings settings;
        bitscb3_settings_bits(&settings);
        return to_dict(settings);
    });
}

} // namespace bitscb3
