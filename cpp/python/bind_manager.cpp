// SPDX-License-Identifier: MIT
// bind_manager.cpp - the way to a BITS service, and the manager's part of the pump.

#include "base/guid.hpp"
#include "base/utf16.hpp"
#include "client/strings.hpp"
#include "python/common.hpp"
#include "python/settings_fields.hpp"

#include <bitscb3/engine.h>

#include <map>

namespace bitscb3 {

namespace {

bitscb3_settings to_settings(const std::map<std::string, std::uint32_t>& numbers) {
    bitscb3_settings settings;
    bitscb3_settings_default(&settings);
    std::size_t known = 0;
    for (const SettingsField& field : kSettingsFields) {
        const auto found = numbers.find(field.name);
        if (found == numbers.end()) continue;
        settings.*field.field = found->second;
        ++known;
    }
    if (known != numbers.size()) throw py::type_error("settings has a name that is no setting");
    return settings;
}

/// A clock that stands still until it is moved, for tests.
class EngineClock {
  public:
    [[nodiscard]] bitscb3_clock* get() const noexcept { return clock_.get(); }
    void advance(std::uint64_t ms) const {
        const py::gil_scoped_release released;
        bitscb3_move_clock(clock_.get(), ms);
    }

  private:
    struct Freer {
        void operator()(bitscb3_clock* clock) const noexcept { bitscb3_free_clock(clock); }
    };
    const std::unique_ptr<bitscb3_clock, Freer> clock_{bitscb3_make_clock()};
};

class Manager {
  public:
    Manager(const std::string& backend, const std::optional<std::string>& store,
            const std::map<std::string, std::uint32_t>& numbers,
            const std::optional<std::string>& ca_file, const std::optional<std::string>& crl_file,
            const std::optional<std::string>& user_agent, py::ssize_t queue_capacity,
            std::shared_ptr<EngineClock> clock)
        : clock_(std::move(clock)) {
        if (queue_capacity < 1) throw py::value_error("queue_capacity must be at least 1");
        if (backend == "bits") {
            throw ComFailure{REGDB_E_CLASSNOTREG, BG_ERROR_CONTEXT_NONE,
                             "The system's BITS is a service of Windows."};
        }
        if (backend != "auto" && backend != "engine") {
            throw py::value_error("backend must be \"auto\", \"bits\" or \"engine\"");
        }
        const bitscb3_settings settings = to_settings(numbers);
        const auto text = [](const std::optional<std::string>& value) {
            return value ? value->c_str() : nullptr;
        };
        bitscb3_options options = {};
        options.size = sizeof options;
        options.store = text(store);
        options.settings = &settings;
        options.ca_file = text(ca_file);
        options.crl_file = text(crl_file);
        options.user_agent = text(user_agent);
        options.clock = clock_ ? clock_->get() : nullptr;
        ComPtr<IBackgroundCopyManager> manager;
        const HRESULT made = call_service([&] {
            return bitscb3_create_manager(&options, iid_of<IBackgroundCopyManager>,
                                          manager.put_void());
        });
        if (FAILED(made)) {
            throw ComFailure{made, BG_ERROR_CONTEXT_GENERAL_QUEUE_MANAGER, bitscb3_last_error()};
        }
        service_ = ServicePtr(
            new Service(std::move(manager), static_cast<std::size_t>(queue_capacity), false),
            [kept = clock_](Service* service) { // the clock outlives the engine
                // The last reference may end the engine, which waits for its threads.
                if (PyGILState_Check() != 0) {
                    const py::gil_scoped_release released;
                    delete service;
                } else {
                    delete service;
                }
            });
    }

    [[nodiscard]] JobHandle create_job(const std::string& name, int type) const {
        const WideString wide = to_utf16(name);
        GUID id = {};
        ComPtr<IBackgroundCopyJob> job;
        check(call_service([&] {
            return service_->manager->CreateJob(wide.c_str(), static_cast<BG_JOB_TYPE>(type), &id,
                                                job.put());
        }));
        return make_job(service_, std::move(job));
    }

    [[nodiscard]] JobHandle job(const std::string& text) const {
        const auto id = to_guid(text);
        if (!id) throw py::value_error("a job's id is a UUID");
        ComPtr<IBackgroundCopyJob> found;
        check(call_service([&] { return service_->manager->GetJob(*id, found.put()); }));
        return make_job(service_, std::move(found));
    }

    [[nodiscard]] std::vector<JobHandle> jobs(bool all_users) const {
        std::vector<ComPtr<IBackgroundCopyJob>> found;
        check(call_service([&] {
            ComPtr<IEnumBackgroundCopyJobs> all;
            const HRESULT listed =
                service_->manager->EnumJobs(all_users ? BG_JOB_ENUM_ALL_USERS : 0, all.put());
            if (FAILED(listed)) return listed;
            ComPtr<IBackgroundCopyJob> job;
            while (all->Next(1, job.put(), nullptr) == S_OK) found.push_back(job);
            return S_OK;
        }));
        std::vector<JobHandle> out;
        for (ComPtr<IBackgroundCopyJob>& job : found)
            out.push_back(make_job(service_, std::move(job)));
        return out;
    }

    [[nodiscard]] py::object dispatch(const std::optional<double>& timeout) const {
        Pump::Work work;
        WaitResult result = WaitResult::kDone;
        const Instant deadline = deadline_after(timeout);
        {
            const py::gil_scoped_release released;
            result = service_->pump.dispatch(deadline, work);
        }
        const bool nothing = work.subscriptions.empty() && work.requests.empty();
        if (result == WaitResult::kClosed && nothing) return py::none();
        return py::make_tuple(work.subscriptions, work.requests);
    }

    void wake() const { service_->pump.wake(); }

    void close() const {
        const py::gil_scoped_release released;
        service_->judge->close();
        service_->pump.end_callbacks();
        (void)call([this] { return bitscb3_close_manager(service_->manager.get()); });
        service_->pump.close();
    }

    [[nodiscard]] static py::dict features() {
        py::dict out;
        for (const char* name : {"job5", "file6", "callback3", "http_options"}) out[name] = true;
        return out;
    }

    /// Number, job, URL and certificate (DER) of the next question; None once closed.
    [[nodiscard]] py::object next_certificate() const {
        std::optional<CertificateJudge::Question> question;
        std::string url;
        {
            const py::gil_scoped_release released;
            question = service_->judge->next();
            if (question) {
                url = take_text([&](LPWSTR* out) { return question->file->GetRemoteName(out); });
                call([&question] { question->file.reset(); });
            }
        }
        if (!question) return py::none();
        return py::make_tuple(question->number, to_string(question->job), url,
                              py::bytes(question->certificate));
    }

    void answer_certificate(std::uint64_t number, bool accept) const {
        const py::gil_scoped_release released;
        service_->judge->answer(number, accept);
    }

    void set_network(std::uint32_t cost_state) const {
        check(
            call_service([&] { return bitscb3_set_network(service_->manager.get(), cost_state); }));
    }

  private:
    std::shared_ptr<EngineClock> clock_;
    ServicePtr service_;
};

} // namespace

void bind_manager(py::module_& module) {
    py::class_<EngineClock, std::shared_ptr<EngineClock>>(module, "Clock", py::is_final())
        .def(py::init())
        .def("advance", &EngineClock::advance, py::arg("milliseconds"));
    py::class_<Manager>(module, "Manager", py::is_final())
        .def(
            py::init<const std::string&, const std::optional<std::string>&,
                     const std::map<std::string, std::uint32_t>&, const std::optional<std::string>&,
                     const std::optional<std::string>&, const std::optional<std::string>&,
                     py::ssize_t, std::shared_ptr<EngineClock>>(),
            py::arg("backend"), py::arg("store"), py::arg("settings"), py::arg("ca_file"),
            py::arg("crl_file"), py::arg("user_agent"), py::arg("queue_capacity"), py::arg("clock"))
        .def_property_readonly("backend", [](const Manager&) { return "engine"; })
        .def_property_readonly("features", [](const Manager&) { return Manager::features(); })
        .def("create_job", &Manager::create_job, py::arg("name"), py::arg("type"))
        .def("job", &Manager::job, py::arg("id"))
        .def("jobs", &Manager::jobs, py::arg("all_users"))
        .def("set_network", &Manager::set_network, py::arg("cost_state"))
        .def("dispatch", &Manager::dispatch, py::arg("timeout"))
        .def("next_certificate", &Manager::next_certificate)
        .def("answer_certificate", &Manager::answer_certificate, py::arg("number"),
             py::arg("accept"))
        .def("wake", &Manager::wake)
        .def("close", &Manager::close);
}

} // namespace bitscb3
