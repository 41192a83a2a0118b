// SPDX-License-Identifier: MIT
// enumerator.hpp - the contract's enumerators: a snapshot of members, handed out as live objects.
// Threads: any.
// Cost:    the object of a member is made when it is asked for.
// Source:  IEnumXXXX, COM's pattern; S_FALSE when fewer than asked for are left.

#pragma once

#include "base/com_object.hpp"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <mutex>
#include <utility>

namespace bitscb3 {

template<class Enum, class Item>
class Enumerator final : public ComObject<Enum> {
  public:
    using Make = std::function<ComPtr<Item>(std::size_t)>;

    /// `make(i)` makes the object of member `i` of `count`, on any thread.
    explicit Enumerator(std::size_t count = 0, Make make = {}, std::size_t at = 0)
        : count_(count), make_(std::move(make)), at_(at) {}

    HRESULT STDMETHODCALLTYPE Next(ULONG count, Item** out, ULONG* fetched) noexcept override {
        if (out == nullptr || (count > 1 && fetched == nullptr)) return E_INVALIDARG;
        const std::size_t at = take(count);
        ULONG taken = 0;
        try {
            for (; taken < count && at + taken < count_; ++taken) {
                out[taken] = make_(at + taken).detach();
            }
        } catch (...) {
            while (taken > 0) out[--taken]->Release();
            return E_OUTOFMEMORY;
        }
        if (fetched != nullptr) *fetched = taken;
        return taken == count ? S_OK : S_FALSE;
    }
    HRESULT STDMETHODCALLTYPE Skip(ULONG count) noexcept override {
        return count <= count_ - take(count) ? S_OK : S_FALSE;
    }
    HRESULT STDMETHODCALLTYPE Reset() noexcept override {
        const std::lock_guard lock(mutex_);
        at_ = 0;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Clone(Enum** out) noexcept override {
        if (out == nullptr) return E_INVALIDARG;
        const std::lock_guard lock(mutex_);
        *out = make_com<Enumerator>(count_, make_, at_).detach();
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE GetCount(ULONG* out) noexcept override {
        if (out == nullptr) return E_INVALIDARG;
        *out = static_cast<ULONG>(count_);
        return S_OK;
    }

  private:
    /// Move on by at most `count` members; returns where that began.
    std::size_t take(ULONG count) noexcept {
        const std::lock_guard lock(mutex_);
        return std::exchange(at_, at_ + std::min<std::size_t>(count, count_ - at_));
    }

    const std::size_t count_;
    const Make make_;
    std::mutex mutex_; // guards at_
    std::size_t at_;
};

} // namespace bitscb3
