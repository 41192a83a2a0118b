// SPDX-License-Identifier: MIT
// held.hpp - a reference of an object of the service, let go through the gate (gate.hpp).
// Threads: any; one Held belongs to one thread at a time.

#pragma once

#include "base/com_ptr.hpp"
#include "client/gate.hpp"

#include <utility>

namespace bitscb3 {

template<class T>
class Held {
  public:
    Held() noexcept = default;
    Held(ComPtr<T> object) noexcept : object_(std::move(object)) {}
    Held(const Held&) = default; // AddRef of a proxy calls nobody
    Held(Held&&) noexcept = default;
    Held& operator=(Held other) noexcept {
        std::swap(object_, other.object_);
        return *this;
    }
    ~Held() {
        if (object_) call([this] { object_.reset(); });
    }

    [[nodiscard]] T* get() const noexcept { return object_.get(); }
    T* operator->() const noexcept { return object_.get(); }
    explicit operator bool() const noexcept { return static_cast<bool>(object_); }
    /// The same reference, for those who let go of it through the gate themselves.
    [[nodiscard]] const ComPtr<T>& pointer() const noexcept { return object_; }

    /// The same object's interface `U`; empty when it does not answer to it. Inside of call().
    template<class U>
    [[nodiscard]] Held<U> query() const noexcept {
        return object_.template query<U>();
    }

  private:
    ComPtr<T> object_;
};

} // namespace bitscb3
