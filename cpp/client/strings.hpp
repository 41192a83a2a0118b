// SPDX-License-Identifier: MIT
// strings.hpp - texts a service returns: taken through the gate, freed, as UTF-8.

#pragma once

#include "base/utf16.hpp"
#include "client/gate.hpp"

#include <bitscb3/com.h>

#include <string>

namespace bitscb3 {

/// `get(LPWSTR*)` calls the service. Empty when it fails; `result` tells, when given.
template<class Get>
[[nodiscard]] std::string take_text(Get&& get, HRESULT* result = nullptr) {
    LPWSTR text = nullptr;
    const HRESULT got = call([&] { return get(&text); });
    if (result != nullptr) *result = got;
    std::string out = SUCCEEDED(got) ? to_utf8(text) : std::string();
    CoTaskMemFree(text);
    return out;
}

} // namespace bitscb3
