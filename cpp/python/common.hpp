// SPDX-License-Identifier: MIT
// common.hpp - what every binding needs: the service a manager opened, failures, texts, waiting.
// Threads: functions here expect the GIL unless they say otherwise. No native thread ever takes it.

#pragma once

#include "base/clock.hpp"
#include "base/com_ptr.hpp"
#include "client/certificate_judge.hpp"
#include "client/gate.hpp"
#include "client/held.hpp"
#include "client/job_stream.hpp"
#include "client/pump.hpp"

#include <bitscb3/bits.h>

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#ifndef _WIN32
#include <unistd.h>
#endif

namespace bitscb3 {

namespace py = pybind11;

/// Crosses into Python as what `bitscb3.errors.from_code` makes of it.
struct ComFailure {
    HRESULT code;
    BG_ERROR_CONTEXT context = BG_ERROR_CONTEXT_NONE;
    std::string text = {};    // empty: the code's own text will do
    bool unreachable = false; // there is no service to call, whatever the code
};

inline void check(HRESULT result) {
    if (FAILED(result)) throw ComFailure{result};
}

/// Codes are unsigned in Python.
[[nodiscard]] inline std::uint32_t to_code(HRESULT result) noexcept {
    return static_cast<std::uint32_t>(result);
}

/// Run `work`, which may take the GIL. Once the interpreter has ended, Python before 3.14 ends a
/// daemon thread that does so by unwinding its stack, and with glibc the process at the first
/// destructor on the way; such a thread stays here instead, until the process ends. `work` has no
/// destructors itself, and throws nothing. Nothing is caught: inside of a handler that would end
/// the process, too.
template<class Work>
#ifdef __GLIBC__
[[gnu::noinline]] void stay_at_end(Work&& work) {
    struct Stay {
        bool is_over = false;
        ~Stay() {
            while (!is_over) pause();
        }
    } stay;
    work();
    stay.is_over = true;
}
#else
void stay_at_end(Work&& work) {
    work();
}
#endif

/// The GIL is let go while it lives.
class Unlocked {
  public:
    Unlocked() : state_(PyEval_SaveThread()) {}
    Unlocked(const Unlocked&) = delete;
    Unlocked& operator=(const Unlocked&) = delete;
    ~Unlocked() {
        stay_at_end([this] { PyEval_RestoreThread(state_); });
    }

  private:
    PyThreadState* state_;
};

/// Run `work` without the GIL, through the gate.
template<class Work>
auto call_service(Work&& work) {
    const Unlocked unlocked;
    return call(std::forward<Work>(work));
}

/// A BITS service, opened by a Manager and kept by everything that came from it.
struct Service {
    Service(ComPtr<IBackgroundCopyManager> opened, std::size_t capacity, bool system,
            std::string who, const Quirks& its_quirks = {}, Pump::Withdraw withdraw = nullptr)
        : manager(std::move(opened)),
          pump(capacity, system, its_quirks, withdraw),
          is_system(system),
          name(std::move(who)),
          quirks(its_quirks) {}
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;
    ~Service() {
        call([this] { manager.reset(); });
    }

    ComPtr<IBackgroundCopyManager> manager;
    Pump pump;
    const bool is_system;
    const std::string name; // and version, for people
    const Quirks quirks;
    std::string instead_of; // why the system's BITS is not used, where it would have been
    const ComPtr<CertificateJudge> judge =
        make_com<CertificateJudge>(); // of every job that has one
};
using ServicePtr = std::shared_ptr<Service>;

/// Ends a service without the GIL: the last reference may end threads, which is waited for.
struct ServiceDeleter {
    std::shared_ptr<void> kept = {}; // until then
    void operator()(Service* service) const {
        if (PyGILState_Check() != 0) {
            const Unlocked unlocked;
            delete service;
        } else {
            delete service;
        }
    }
};

/// Ends what an object of Python holds of a service. A forked child keeps its copy of that: it has
/// none of the threads, and locks that nobody there will let go.
template<class T>
struct HandleDeleter {
#ifndef _WIN32
    pid_t process = getpid();
#endif
    void operator()(T* handle) const {
#ifndef _WIN32
        if (getpid() != process) return;
#endif
        delete handle;
    }
};
template<class T>
using Bound = py::class_<T, std::unique_ptr<T, HandleDeleter<T>>>;

struct JobHandle {
    ServicePtr service;
    Held<IBackgroundCopyJob> job;
    std::string id;
    JobStreamPtr stream;
};

struct FileHandle {
    ServicePtr service;
    Held<IBackgroundCopyFile> file;
    std::uint32_t index;
};

[[nodiscard]] JobHandle make_job(const ServicePtr& service, Held<IBackgroundCopyJob> job);

/// The same object's newer interface; E_NOINTERFACE is thrown with the Windows version that has it.
template<class Interface, class Object>
[[nodiscard]] Held<Interface> need(const Held<Object>& object, const char* since) {
    auto found = call_service([&] { return object.template query<Interface>(); });
    if (!found)
        throw ComFailure{E_NOINTERFACE, BG_ERROR_CONTEXT_NONE,
                         std::string("It came with ") + since + "."};
    return found;
}

/// The service has no File6, and so no byte ranges.
[[nodiscard]] inline ComFailure no_ranges() {
    return {BG_E_RANDOM_ACCESS_NOT_SUPPORTED, BG_ERROR_CONTEXT_NONE,
            "This BITS has no byte ranges, which came with BITS 10.1 (Windows 10 version 1703)"};
}

/// The system's BITS takes its limits from the policies of Windows.
[[nodiscard]] inline ComFailure no_rate_limits() {
    return {CO_E_NOT_SUPPORTED, BG_ERROR_CONTEXT_NONE,
            "The system's BITS has no rate limits but those of the group policies"};
}

/// What a service with that quirk answered S_OK to and did not do.
[[nodiscard]] inline ComFailure without_effect(const char* call) {
    return {E_NOTIMPL, BG_ERROR_CONTEXT_NONE,
            std::string("This BITS accepts ") + call + ", which has no effect there"};
}

/// None waits for ever. ValueError for a negative or not-a-number timeout.
[[nodiscard]] Instant deadline_after(const std::optional<double>& seconds);

/// Call `wait(deadline)` without the GIL until it ends for a reason other than a signal; signals
/// are handled by Python in between, so that Ctrl-C raises KeyboardInterrupt.
[[nodiscard]] WaitResult wait_interruptibly(const std::optional<double>& seconds,
                                            const std::function<WaitResult(Instant)>& wait);

void bind_errors(py::module_& module);
void bind_settings(py::module_& module);
void bind_ranges(py::module_& module);
void bind_file(py::module_& module);
void bind_request(py::module_& module);
void bind_subscription(py::module_& module);
void bind_watch(py::module_& module);
void bind_http_options(py::module_& module);
void bind_job(py::module_& module);
void bind_job_settings(Bound<JobHandle>& job);
void bind_range_queue(py::module_& module);
void bind_manager(py::module_& module);

} // namespace bitscb3
