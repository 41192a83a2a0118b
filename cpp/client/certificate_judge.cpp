// SPDX-License-Identifier: MIT
// certificate_judge.cpp - see certificate_judge.hpp.

#include "client/certificate_judge.hpp"

#include "client/gate.hpp"

#include <utility>

namespace bitscb3 {

namespace {

constexpr HRESULT kDeclined = static_cast<HRESULT>(0x800B010Bu); // TRUST_E_FAIL

} // namespace

HRESULT CertificateJudge::ValidateServerCertificate(IBackgroundCopyJob* job,
                                                    IBackgroundCopyFile* file, DWORD length,
                                                    const BYTE* data, DWORD, DWORD,
                                                    const BYTE*) noexcept {
    try {
        Question question;
        if (FAILED(job->GetId(&question.job))) return kDeclined;
        question.file = ComPtr<IBackgroundCopyFile>::share(file);
        question.certificate.assign(reinterpret_cast<const char*>(data), length);
        std::unique_lock lock(mutex_);
        if (closed_) return E_ABORT;
        const std::uint64_t number = question.number = ++last_;
        asked_.push_back(std::move(question));
        changed_.notify_all();
        changed_.wait(lock, [&] { return closed_ || answers_.contains(number); });
        const auto answer = answers_.extract(number);
        if (answer.empty()) return E_ABORT;
        return answer.mapped() ? S_OK : kDeclined;
    } catch (...) {
        return E_OUTOFMEMORY;
    }
}

std::optional<CertificateJudge::Question> CertificateJudge::next() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return closed_ || !asked_.empty(); });
    if (closed_) return std::nullopt;
    Question question = std::move(asked_.front());
    asked_.pop_front();
    return question;
}

void CertificateJudge::answer(std::uint64_t number, bool accept) {
    const std::lock_guard lock(mutex_);
    if (!closed_) answers_.emplace(number, accept);
    changed_.notify_all();
}

void CertificateJudge::close() {
    std::deque<Question> dropped; // their files are released without the mutex
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        dropped.swap(asked_);
        changed_.notify_all();
    }
    call([&dropped] { dropped.clear(); });
}

} // namespace bitscb3
