// SPDX-License-Identifier: MIT
// peer_caching.hpp - IBitsPeerCacheAdministration as BITS answers it while peer caching is switched
// off: nothing is configured, nothing is cached, nothing can be changed.
// Threads: any; there is no state.

#pragma once

#include "base/com_object.hpp"
#include "engine/enumerator.hpp"
#include "engine/job_object.hpp"

#include <vector>

namespace bitscb3 {

class PeerCachingOff : public IBitsPeerCacheAdministration {
  public:
    HRESULT STDMETHODCALLTYPE GetMaximumCacheSize(DWORD* out) noexcept override {
        return give_zero(out);
    }
    HRESULT STDMETHODCALLTYPE SetMaximumCacheSize(DWORD) noexcept override { return kOff; }
    HRESULT STDMETHODCALLTYPE GetMaximumContentAge(ULONG* out) noexcept override {
        return give_zero(out);
    }
    HRESULT STDMETHODCALLTYPE SetMaximumContentAge(ULONG) noexcept override { return kOff; }
    HRESULT STDMETHODCALLTYPE GetConfigurationFlags(DWORD* out) noexcept override {
        return give_zero(out);
    }
    HRESULT STDMETHODCALLTYPE SetConfigurationFlags(DWORD) noexcept override { return kOff; }
    HRESULT STDMETHODCALLTYPE EnumRecords(IEnumBitsPeerCacheRecords** out) noexcept override {
        return give_none<Enumerator<IEnumBitsPeerCacheRecords, IBitsPeerCacheRecord>>(out);
    }
    HRESULT STDMETHODCALLTYPE GetRecord(REFGUID, IBitsPeerCacheRecord** out) noexcept override {
        if (out == nullptr) return E_INVALIDARG;
        *out = nullptr;
        return BG_E_NOT_FOUND;
    }
    HRESULT STDMETHODCALLTYPE ClearRecords() noexcept override { return kOff; }
    HRESULT STDMETHODCALLTYPE DeleteRecord(REFGUID) noexcept override { return kOff; }
    HRESULT STDMETHODCALLTYPE DeleteUrl(LPCWSTR) noexcept override { return kOff; }
    HRESULT STDMETHODCALLTYPE EnumPeers(IEnumBitsPeers** out) noexcept override {
        return give_none<Enumerator<IEnumBitsPeers, IBitsPeer>>(out);
    }
    HRESULT STDMETHODCALLTYPE ClearPeers() noexcept override { return kOff; }
    HRESULT STDMETHODCALLTYPE DiscoverPeers() noexcept override { return kOff; }

  private:
    static constexpr HRESULT kOff = BG_E_PEERCACHING_DISABLED;

    static HRESULT give_zero(DWORD* out) noexcept {
        if (out == nullptr) return E_INVALIDARG;
        *out = 0;
        return S_OK;
    }
    template<class Nothing, class Out>
    static HRESULT give_none(Out** out) noexcept {
        if (out == nullptr) return E_INVALIDARG;
        *out = nullptr;
        return guarded([&] {
            *out = make_com<Nothing>().detach();
            return S_OK;
        });
    }
};

template<>
struct ComTraits<PeerCachingOff> {
    using parent = IUnknown;
    static const IID& iid() noexcept { return IID_IBitsPeerCacheAdministration; }
};

} // namespace bitscb3
