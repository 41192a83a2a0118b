// SPDX-License-Identifier: MIT
// bind_manager.cpp - the way to a BITS service, and the manager's part of the pump.

#include "base/guid.hpp"
#include "base/utf16.hpp"
#include "client/features.hpp"
#include "client/strings.hpp"
#include "python/embedded.hpp"
#include "python/open_service.hpp"

#include <map>
#include <mutex>

namespace bitscb3 {

namespace {

/// A server may send what is no UTF-8.
py::str to_text(const std::string& bytes) {
    PyObject* text =
        PyUnicode_DecodeUTF8(bytes.data(), static_cast<Py_ssize_t>(bytes.size()), "replace");
    if (text == nullptr) throw py::error_already_set();
    return py::reinterpret_steal<py::str>(text);
}

bool has_ended(IBackgroundCopyJob* job) {
    BG_JOB_STATE state = BG_JOB_STATE_SUSPENDED;
    return SUCCEEDED(job->GetState(&state)) &&
           (state == BG_JOB_STATE_ACKNOWLEDGED || state == BG_JOB_STATE_CANCELLED);
}

class Manager {
  public:
    explicit Manager(const ServiceOptions& options) : service_(open_service(options)) {}

    [[nodiscard]] const Service& service() const noexcept { return *service_; }

    [[nodiscard]] JobHandle create_job(const std::string& name, int type) const {
        if (type != BG_JOB_TYPE_DOWNLOAD && service_->quirks.overwrites_uploads) {
            throw ComFailure{E_NOTIMPL, BG_ERROR_CONTEXT_NONE,
                             "Uploads are not for " + service_->name +
                                 ", which would overwrite the local file"};
        }
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
        std::vector<Held<IBackgroundCopyJob>> found;
        check(call_service([&] {
            ComPtr<IEnumBackgroundCopyJobs> all;
            const HRESULT listed =
                service_->manager->EnumJobs(all_users ? BG_JOB_ENUM_ALL_USERS : 0, all.put());
            if (FAILED(listed)) return listed;
            ComPtr<IBackgroundCopyJob> job;
            while (all->Next(1, job.put(), nullptr) == S_OK) {
                if (!service_->quirks.lists_ended || !has_ended(job.get())) found.push_back(job);
            }
            return S_OK;
        }));
        std::vector<JobHandle> out;
        for (Held<IBackgroundCopyJob>& job : found)
            out.push_back(make_job(service_, std::move(job)));
        return out;
    }

    [[nodiscard]] py::object dispatch(const std::optional<double>& timeout) const {
        Pump::Work work;
        WaitResult result = WaitResult::kDone;
        const Instant deadline = deadline_after(timeout);
        {
            const Unlocked unlocked;
            result = service_->pump.dispatch(deadline, work);
        }
        const bool nothing = work.subscriptions.empty() && work.settled.empty();
        if (result == WaitResult::kClosed && nothing) return py::none();
        return py::make_tuple(work.subscriptions, work.settled);
    }

    [[nodiscard]] std::uint64_t signals() const { return service_->pump.signals(); }

    void wake() const { service_->pump.wake(); }

    void close() const {
        const Unlocked unlocked;
        service_->judge->close();
        service_->pump.end_callbacks();
        if (!service_->is_system) embedded::close(service_->manager.get());
        service_->pump.close();
    }

    /// The system's BITS is asked, once.
    [[nodiscard]] Features features() {
        if (!service_->is_system) return every_feature();
        const Unlocked unlocked;
        const std::lock_guard lock(features_mutex_); // without the GIL: it calls the service
        if (features_.empty()) {
            Features found;
            check(find_features(service_->manager.get(), found));
            features_ = std::move(found);
        }
        return features_;
    }

    /// Number, job, URL and certificate (DER) of the next question; None once closed.
    [[nodiscard]] py::object next_certificate() const {
        std::optional<CertificateJudge::Question> question;
        std::string url;
        {
            const Unlocked unlocked;
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
        const Unlocked unlocked;
        service_->judge->answer(number, accept);
    }

    void set_network(std::uint32_t cost_state) const {
        if (service_->is_system) {
            throw ComFailure{CO_E_NOT_SUPPORTED, BG_ERROR_CONTEXT_NONE,
                             "The system's BITS finds out by itself what the network is like"};
        }
        embedded::set_network(service_->manager.get(), cost_state);
    }

    /// 0: none.
    [[nodiscard]] std::uint64_t rate_limit() const {
        return service_->is_system ? 0 : embedded::rate_limit(service_->manager.get());
    }

    void set_rate_limit(std::uint64_t rate) const {
        if (service_->is_system) throw no_rate_limits();
        embedded::set_rate_limit(service_->manager.get(), rate);
    }

    /// What the embedded BITS counts is missing with the system's.
    [[nodiscard]] std::map<std::string, std::uint64_t> statistics() const {
        std::map<std::string, std::uint64_t> out;
        if (!service_->is_system) out = embedded::statistics(service_->manager.get());
        out["records_lost"] = service_->pump.records_lost();
        return out;
    }

    void set_log(bool on) const {
        if (service_->is_system) {
            throw ComFailure{CO_E_NOT_SUPPORTED, BG_ERROR_CONTEXT_NONE,
                             "What the system's BITS says to servers cannot be heard"};
        }
        embedded::set_log(service_->manager.get(), on);
    }

    /// How many lines were dropped, and the lines; None once closed.
    [[nodiscard]] py::object next_log() const {
        std::vector<embedded::LogLine> lines;
        std::uint64_t dropped = 0;
        bool more = false;
        if (!service_->is_system) {
            const Unlocked unlocked;
            more = embedded::read_log(service_->manager.get(), lines, dropped);
        }
        if (!more) return py::none();
        py::list out;
        for (const embedded::LogLine& line : lines) {
            out.append(py::make_tuple(to_string(line.job), line.job_name, line.file, line.url,
                                      line.transfer, line.kind, to_text(line.text)));
        }
        return py::make_tuple(dropped, std::move(out));
    }

  private:
    ServicePtr service_;
    std::mutex features_mutex_;
    Features features_;
};

} // namespace

void bind_manager(py::module_& module) {
    py::class_<EngineClock, std::shared_ptr<EngineClock>>(module, "Clock", py::is_final())
        .def(py::init())
        .def("advance", &EngineClock::advance, py::arg("milliseconds"));
    Bound<Manager>(module, "Manager", py::is_final())
        .def(py::init([](std::string backend, std::optional<std::string> store,
                         std::map<std::string, std::uint32_t> settings,
                         std::optional<std::string> ca_file, std::optional<std::string> crl_file,
                         std::optional<std::string> user_agent, std::size_t queue_capacity,
                         std::shared_ptr<EngineClock> clock) {
                 return new Manager(ServiceOptions{std::move(backend), queue_capacity,
                                                   std::move(store), std::move(settings),
                                                   std::move(ca_file), std::move(crl_file),
                                                   std::move(user_agent), std::move(clock)});
             }),
             py::arg("backend"), py::arg("store"), py::arg("settings"), py::arg("ca_file"),
             py::arg("crl_file"), py::arg("user_agent"), py::arg("queue_capacity"),
             py::arg("clock"))
        .def_property_readonly(
            "backend",
            [](const Manager& self) { return self.service().is_system ? "bits" : "engine"; })
        .def_property_readonly("service", [](const Manager& self) { return self.service().name; })
        .def_property_readonly("features", &Manager::features)
        .def_property_readonly("instead_of",
                               [](const Manager& self) { return self.service().instead_of; })
        .def_property_readonly("signals", &Manager::signals)
        .def("create_job", &Manager::create_job, py::arg("name"), py::arg("type"))
        .def("job", &Manager::job, py::arg("id"))
        .def("jobs", &Manager::jobs, py::arg("all_users"))
        .def("set_network", &Manager::set_network, py::arg("cost_state"))
        .def_property("rate_limit", &Manager::rate_limit, &Manager::set_rate_limit)
        .def("statistics", &Manager::statistics)
        .def("dispatch", &Manager::dispatch, py::arg("timeout"))
        .def("next_certificate", &Manager::next_certificate)
        .def("answer_certificate", &Manager::answer_certificate, py::arg("number"),
             py::arg("accept"))
        .def("set_log", &Manager::set_log, py::arg("on"))
        .def("next_log", &Manager::next_log)
        .def("wake", &Manager::wake)
        .def("close", &Manager::close);
}

} // namespace bitscb3
