// SPDX-License-Identifier: MIT
// enumerator.hpp - the contract's enumerators: a snapshot of members, handed out as live objects.
// Threads: any.
// Source:  IEnumXXXX; S_FALSE when fewer than asked for are left.

#pragma once

#include "base/com_object.hpp"

#include <algorithm>
#include <cstddef>
#include <mutex>
#include <utility>
#include <vector>

namespace bitscb3 {

template<class Enum, class Item>
class Enumerator final : public ComObject<Enum> {
  public:
    using Items = std::vector<ComPtr<Item>>;

    explicit Enumerator(std::vector<ComPtr<Item>> items, std::size_t at = 0)
        : items_(std::move(items)), at_(at) {}

    HRESULT STDMETHODCALLTYPE Next(ULONG count, Item** out, ULONG* fetched) noexcept override {
        if (out == nullptr || (count > 1 && fetched == nullptr)) return E_INVALIDARG;
        const std::lock_guard lock(mutex_);
        ULONG taken = 0;
        while (taken < count && at_ < items_.size()) {
            out[taken++] = ComPtr<Item>(items_[at_++]).detach();
        }
        if (fetched != nullptr) *fetched = taken;
        return taken == count ? S_OK : S_FALSE;
    }
    HRESULT STDMETHODCALLTYPE Skip(ULONG count) noexcept override {
        const std::lock_guard lock(mutex_);
        const std::size_t left = items_.size() - at_;
        at_ += std::min<std::size_t>(count, left);
        return count <= left ? S_OK : S_FALSE;
    }
    HRESULT STDMETHODCALLTYPE Reset() noexcept override {
        const std::lock_guard lock(mutex_);
        at_ = 0;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Clone(Enum** out) noexcept override {
        if (out == nullptr) return E_INVALIDARG;
        const std::lock_guard lock(mutex_);
        *out = make_com<Enumerator>(items_, at_).detach();
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE GetCount(ULONG* out) noexcept override {
        if (out == nullptr) return E_INVALIDARG;
        *out = static_cast<ULONG>(items_.size());
        return S_OK;
    }

  private:
    const std::vector<ComPtr<Item>> items_;
    std::mutex mutex_; // guards at_
    std::size_t at_;
};

} // namespace bitscb3
