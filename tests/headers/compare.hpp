// SPDX-License-Identifier: MIT
// compare.hpp - what the file that check_headers.py writes compares types, ids and values with.
// Two types are the same if a compiled call cannot tell them apart: LONG and int32_t are, WCHAR
// and char16_t are, ULONG and LONG are not, and a structure is the one of the same name.

#pragma once

#include <concepts>
#include <cstdint>
#include <type_traits>

/// The type of the contract that stands for a type of mingw-w64.
template<class T>
struct Counterpart {
    using type = T;
};

/// A type as it is compared: integers by size and sign, the rest by Counterpart.
template<class T>
struct Plain : Counterpart<T> {};
template<std::integral T>
    requires(!std::is_const_v<T>)
struct Plain<T> {
    using Signed = std::conditional_t<
        sizeof(T) == 8, std::int64_t,
        std::conditional_t<sizeof(T) == 4, std::int32_t,
                           std::conditional_t<sizeof(T) == 2, std::int16_t, std::int8_t>>>;
    using type = std::conditional_t<std::is_signed_v<T>, Signed, std::make_unsigned_t<Signed>>;
};
template<class T>
struct Plain<const T> {
    using type = const typename Plain<T>::type;
};
template<class T>
struct Plain<T*> {
    using type = typename Plain<T>::type*;
};
template<class T>
struct Plain<T&> {
    using type = typename Plain<T>::type&;
};

/// The signature of a method, without the object: of a slot in C or of a method in C++.
template<class Method>
struct Signature;
template<class R, class Object, class... Arguments>
struct Signature<R (*)(Object*, Arguments...)> {
    using type = typename Plain<R>::type(typename Plain<Arguments>::type...);
};
template<class R, class Object, class... Arguments>
struct Signature<R (Object::*)(Arguments...)> {
    using type = typename Plain<R>::type(typename Plain<Arguments>::type...);
};

template<class A, class B>
constexpr bool same_signature =
    std::is_same_v<typename Signature<A>::type, typename Signature<B>::type>;
template<class A, class B>
constexpr bool same_type = std::is_same_v<typename Plain<A>::type, typename Plain<B>::type>;

/// The bits of a constant: of a negative 32-bit one the lower 32, as an HRESULT is written.
template<class T>
constexpr std::uint64_t bits(T value) {
    const auto all = static_cast<std::uint64_t>(value);
    return sizeof(T) == 8 ? all : static_cast<std::uint32_t>(all);
}

template<class A, class B>
constexpr bool same_id(const A& a, const B& b) {
    for (int i = 0; i < 8; ++i) {
        if (a.Data4[i] != b.Data4[i]) return false;
    }
    return a.Data1 == b.Data1 && a.Data2 == b.Data2 && a.Data3 == b.Data3;
}
