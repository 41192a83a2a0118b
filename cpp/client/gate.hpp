// SPDX-License-Identifier: MIT
// gate.hpp - the one way of this client into a BITS service: every call of the contract and every
// final Release goes through call(). Off Windows it is a plain call; on Windows a hop to one thread
// of our own in the multi-threaded apartment, since a user's thread may live in another one.
// Threads: any.

#pragma once

#include <utility>

#if defined(_WIN32)
#include <functional>
#include <optional>
#include <type_traits>
#endif

namespace bitscb3 {

#if defined(_WIN32)

/// Run `work` on the apartment thread and wait for it.
void run_in_apartment(const std::function<void()>& work);

template<class Work>
auto call(Work&& work) {
    using Result = std::invoke_result_t<Work&>;
    if constexpr (std::is_void_v<Result>) {
        run_in_apartment([&] { work(); });
    } else {
        std::optional<Result> result;
        run_in_apartment([&] { result.emplace(work()); });
        return std::move(*result);
    }
}

#else

template<class Work>
auto call(Work&& work) {
    return std::forward<Work>(work)();
}

#endif

} // namespace bitscb3
