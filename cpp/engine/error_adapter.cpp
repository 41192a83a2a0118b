// SPDX-License-Identifier: MIT
// error_adapter.cpp - see error_adapter.hpp.

#include "engine/error_adapter.hpp"

#include "base/com_object.hpp"
#include "engine/file_adapter.hpp"
#include "engine/job_object.hpp"
#include "engine/url.hpp"

namespace bitscb3 {

namespace {

constexpr struct {
    BG_ERROR_CONTEXT context;
    HRESULT code; // whose text describes the context
} kContexts[] = {
    {BG_ERROR_CONTEXT_NONE, BG_S_ERROR_CONTEXT_NONE},
    {BG_ERROR_CONTEXT_UNKNOWN, BG_E_ERROR_CONTEXT_UNKNOWN},
    {BG_ERROR_CONTEXT_GENERAL_QUEUE_MANAGER, BG_E_ERROR_CONTEXT_GENERAL_QUEUE_MANAGER},
    {BG_ERROR_CONTEXT_QUEUE_MANAGER_NOTIFICATION, BG_E_ERROR_CONTEXT_QUEUE_MANAGER_NOTIFICATION},
    {BG_ERROR_CONTEXT_LOCAL_FILE, BG_E_ERROR_CONTEXT_LOCAL_FILE},
    {BG_ERROR_CONTEXT_REMOTE_FILE, BG_E_ERROR_CONTEXT_REMOTE_FILE},
    {BG_ERROR_CONTEXT_GENERAL_TRANSPORT, BG_E_ERROR_CONTEXT_GENERAL_TRANSPORT},
    {BG_ERROR_CONTEXT_REMOTE_APPLICATION, BG_E_ERROR_CONTEXT_REMOTE_APPLICATION},
    {BG_ERROR_CONTEXT_SERVER_CERTIFICATE_CALLBACK, BG_E_ERROR_CONTEXT_SERVER_CERTIFICATE_CALLBACK},
};

/// A LANGID: ten bits of language, then its dialect. There are English texts only.
HRESULT check_language(DWORD language) noexcept {
    constexpr DWORD kLanguage = 0x3FF;
    constexpr DWORD kNeutral = 0x00; // with a dialect: the user's or the system's default
    constexpr DWORD kEnglish = 0x09;
    if (language == 0) return E_INVALIDARG;
    const bool spoken = (language & kLanguage) == kEnglish || (language & kLanguage) == kNeutral;
    return spoken ? S_OK : HRESULT_FROM_WIN32(1815u /* ERROR_RESOURCE_LANG_NOT_FOUND */);
}

HRESULT give_text(const std::string& text, LPWSTR* out) noexcept {
    if (out == nullptr) return E_INVALIDARG;
    *out = to_task_string(text);
    return *out != nullptr ? S_OK : E_OUTOFMEMORY;
}

class ErrorAdapter final : public ComObject<IBackgroundCopyError> {
  public:
    ErrorAdapter(EnginePtr engine, JobPtr job, ErrorRecord error)
        : engine_(std::move(engine)),
          job_(std::move(job)),
          error_(std::move(error.error)),
          file_(error.file) {
        if (!file_) return;
        const Lock held = engine_->lock();
        protocol_ = job_->files[*file_]->local_source ? "file" : "http";
    }

    HRESULT STDMETHODCALLTYPE GetError(BG_ERROR_CONTEXT* context, HRESULT* code) noexcept override {
        if (context == nullptr || code == nullptr) return E_INVALIDARG;
        *context = error_.context;
        *code = error_.code;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE GetFile(IBackgroundCopyFile** out) noexcept override {
        if (out == nullptr) return E_INVALIDARG;
        *out = nullptr;
        if (!file_) return BG_E_FILE_NOT_AVAILABLE;
        return guarded([&] {
            *out = make_file_object(engine_, job_, *file_).detach();
            return S_OK;
        });
    }
    HRESULT STDMETHODCALLTYPE GetErrorDescription(DWORD language, LPWSTR* out) noexcept override {
        if (error_.detail.empty()) return describe(error_.code, language, out);
        if (const HRESULT spoken = check_language(language); FAILED(spoken)) return spoken;
        return guarded([&] { return give_text(error_.detail, out); });
    }
    HRESULT STDMETHODCALLTYPE GetErrorContextDescription(DWORD language,
                                                         LPWSTR* out) noexcept override {
        for (const auto& row : kContexts) {
            if (row.context == error_.context) return describe(row.code, language, out);
        }
        return describe(BG_E_ERROR_CONTEXT_UNKNOWN, language, out);
    }
    HRESULT STDMETHODCALLTYPE GetProtocol(LPWSTR* out) noexcept override {
        if (out == nullptr) return E_INVALIDARG;
        *out = nullptr;
        if (protocol_.empty()) return BG_E_PROTOCOL_NOT_AVAILABLE;
        return guarded([&] { return give_text(protocol_, out); });
    }

  private:
    const EnginePtr engine_;
    const JobPtr job_;
    Error error_;
    std::optional<std::uint32_t> file_;
    std::string protocol_;
};

} // namespace

ComPtr<IBackgroundCopyError> make_error_object(std::shared_ptr<Engine> engine, const JobPtr& job,
                                               ErrorRecord error) {
    if (!engine) return {};
    return ComPtr<IBackgroundCopyError>::adopt(
        make_com<ErrorAdapter>(std::move(engine), job, std::move(error)).detach());
}

HRESULT describe(HRESULT code, DWORD language, LPWSTR* out) noexcept {
    if (out == nullptr) return E_INVALIDARG;
    if (const HRESULT spoken = check_language(language); FAILED(spoken)) return spoken;
    return guarded([&] {
        const char* text = bitscb3_code_text(code);
        return give_text(text != nullptr ? text : "There is no description of this code.", out);
    });
}

} // namespace bitscb3
