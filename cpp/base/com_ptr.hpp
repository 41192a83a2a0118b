// SPDX-License-Identifier: MIT
// com_ptr.hpp - owns one reference of a COM object.
// Threads: as the pointer it holds; one ComPtr belongs to one thread at a time.

#pragma once

#include "base/com_traits.hpp"

#include <utility>

namespace bitscb3 {

template<class T>
class ComPtr {
  public:
    ComPtr() noexcept = default;
    ComPtr(std::nullptr_t) noexcept {}
    ComPtr(const ComPtr& other) noexcept : object_(other.object_) {
        if (object_ != nullptr) object_->AddRef();
    }
    ComPtr(ComPtr&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
    ComPtr& operator=(ComPtr other) noexcept {
        std::swap(object_, other.object_);
        return *this;
    }
    ~ComPtr() { reset(); }

    /// Take over a reference the caller holds.
    [[nodiscard]] static ComPtr adopt(T* object) noexcept {
        ComPtr out;
        out.object_ = object;
        return out;
    }
    /// Add a reference to a borrowed pointer.
    [[nodiscard]] static ComPtr share(T* object) noexcept {
        if (object != nullptr) object->AddRef();
        return adopt(object);
    }

    [[nodiscard]] T* get() const noexcept { return object_; }
    T* operator->() const noexcept { return object_; }
    T& operator*() const noexcept { return *object_; }
    explicit operator bool() const noexcept { return object_ != nullptr; }

    void reset() noexcept {
        if (T* object = std::exchange(object_, nullptr)) object->Release();
    }
    /// Hand the reference to the caller.
    [[nodiscard]] T* detach() noexcept { return std::exchange(object_, nullptr); }
    /// Where a call that returns a reference writes it; what was held is released first.
    [[nodiscard]] T** put() noexcept {
        reset();
        return &object_;
    }
    [[nodiscard]] void** put_void() noexcept { return reinterpret_cast<void**>(put()); }

    /// The same object's interface `U`; empty when it does not answer to it.
    template<class U>
    [[nodiscard]] ComPtr<U> query() const noexcept {
        ComPtr<U> out;
        if (object_ != nullptr) object_->QueryInterface(iid_of<U>, out.put_void());
        return out;
    }

    friend bool operator==(const ComPtr& a, const ComPtr& b) noexcept {
        return a.object_ == b.object_;
    }

  private:
    T* object_ = nullptr;
};

} // namespace bitscb3
