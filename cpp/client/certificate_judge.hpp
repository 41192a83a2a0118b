// SPDX-License-Identifier: MIT
// certificate_judge.hpp - a server certificate callback whose word is somebody else's: the slot
// puts its question in a row and sleeps until it is answered.
// Threads: the slot on threads of the service; next() and answer() from any thread; close() lets
//          all of them go. No lock is held while the service is called.

#pragma once

#include "base/com_object.hpp"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace bitscb3 {

class CertificateJudge final
    : public ComObject<IBackgroundCopyServerCertificateValidationCallback> {
  public:
    struct Question {
        std::uint64_t number = 0;
        GUID job{};
        ComPtr<IBackgroundCopyFile> file;
        std::string certificate; // DER
    };

    HRESULT STDMETHODCALLTYPE ValidateServerCertificate(IBackgroundCopyJob* job,
                                                        IBackgroundCopyFile* file, DWORD length,
                                                        const BYTE* data, DWORD, DWORD,
                                                        const BYTE*) noexcept override;

    /// The next question; nothing once close() was called. Blocks.
    [[nodiscard]] std::optional<Question> next();
    void answer(std::uint64_t number, bool accept);
    /// Every question asked and to come is declined.
    void close();

  private:
    std::mutex mutex_; // guards what follows
    std::condition_variable changed_;
    std::deque<Question> asked_;
    std::map<std::uint64_t, bool> answers_;
    std::uint64_t last_ = 0;
    bool closed_ = false;
};

} // namespace bitscb3
