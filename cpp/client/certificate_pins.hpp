// SPDX-License-Identifier: MIT
// certificate_pins.hpp - a server certificate callback that accepts the certificates it was given.
// Threads: ValidateServerCertificate() from any thread of the service; the list never changes.

#pragma once

#include "base/com_object.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bitscb3 {

class CertificatePins final : public ComObject<IBackgroundCopyServerCertificateValidationCallback> {
  public:
    /// `certificates` in DER.
    explicit CertificatePins(std::vector<std::string> certificates)
        : certificates_(std::move(certificates)) {}

    HRESULT STDMETHODCALLTYPE ValidateServerCertificate(IBackgroundCopyJob*, IBackgroundCopyFile*,
                                                        DWORD length, const BYTE* data, DWORD,
                                                        DWORD, const BYTE*) noexcept override {
        const std::string_view shown(reinterpret_cast<const char*>(data), length);
        const bool known =
            std::find(certificates_.begin(), certificates_.end(), shown) != certificates_.end();
        return known ? S_OK : kNotTrusted;
    }

  private:
    static constexpr HRESULT kNotTrusted = static_cast<HRESULT>(0x800B010Bu); // TRUST_E_FAIL

    const std::vector<std::string> certificates_;
};

} // namespace bitscb3
