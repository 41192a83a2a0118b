// SPDX-License-Identifier: MIT
// com_object.hpp - the IUnknown part of every COM object this project implements.
// Threads:   AddRef, Release and QueryInterface from any thread.
// Ownership: born with one reference, deletes itself at the last Release.

#pragma once

#include "base/com_ptr.hpp"
#include "base/com_traits.hpp"

#include <atomic>
#include <utility>

namespace bitscb3 {

/// Implements IUnknown for a class that implements `Interfaces` and their ancestors.
template<class... Interfaces>
class ComObject : public Interfaces... {
  public:
    ComObject() = default;
    ComObject(const ComObject&) = delete;
    ComObject& operator=(const ComObject&) = delete;
    virtual ~ComObject() = default;

    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** out) noexcept override {
        if (out == nullptr) return E_POINTER;
        *out = nullptr;
        if (same_iid(iid, iid_of<IUnknown>)) {
            *out = identity();
        } else {
            (void)((answers<Interfaces>(iid) && (*out = static_cast<Interfaces*>(this), true)) ||
                   ...);
        }
        if (*out == nullptr) return E_NOINTERFACE;
        AddRef();
        return S_OK;
    }
    ULONG STDMETHODCALLTYPE AddRef() noexcept override {
        // Relaxed: whoever adds a reference holds one already.
        return references_.fetch_add(1, std::memory_order_relaxed) + 1;
    }
    ULONG STDMETHODCALLTYPE Release() noexcept override {
        // Release half publishes this holder's writes; the acquire half of the last Release reads
        // them before the destructor runs.
        const ULONG left = references_.fetch_sub(1, std::memory_order_acq_rel) - 1;
        if (left == 0) delete this;
        return left;
    }

    /// The one pointer that stands for the object (COM identity).
    [[nodiscard]] IUnknown* identity() noexcept { return first(static_cast<Interfaces*>(this)...); }

  protected:
    std::atomic<ULONG> references_{1}; // partner: itself, see AddRef and Release

  private:
    template<class First, class... Rest>
    static IUnknown* first(First* object, Rest*...) noexcept {
        return object;
    }

    /// Whether `iid` names `Interface` or an ancestor of it short of IUnknown.
    template<class Interface>
    static bool answers(REFIID iid) noexcept {
        if constexpr (std::is_same_v<Interface, IUnknown>) {
            return false;
        } else {
            return same_iid(iid, iid_of<Interface>) || answers<parent_of<Interface>>(iid);
        }
    }
};

/// A new object, owned by the returned pointer.
template<class T, class... Args>
[[nodiscard]] ComPtr<T> make_com(Args&&... args) {
    return ComPtr<T>::adopt(new T(std::forward<Args>(args)...));
}

} // namespace bitscb3
