// SPDX-License-Identifier: MIT
// gate.cpp - the apartment thread of Windows; see gate.hpp.
// Source: Microsoft, "Choosing the threading model": free-threaded clients.

#include "client/gate.hpp"

#if defined(_WIN32)

#include <bitscb3/com.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace bitscb3 {

namespace {

class Apartment {
  public:
    Apartment() : thread_([this] { run(); }) {}
    ~Apartment() {
        {
            const std::lock_guard lock(mutex_);
            ending_ = true;
        }
        changed_.notify_all();
        thread_.join();
    }

    void run_here(const std::function<void()>& work) {
        if (std::this_thread::get_id() == thread_.get_id()) {
            work();
            return;
        }
        Task task{&work, false};
        std::unique_lock lock(mutex_);
        tasks_.push_back(&task);
        changed_.notify_all();
        changed_.wait(lock, [&] { return task.done; });
    }

  private:
    struct Task {
        const std::function<void()>* work;
        bool done;
    };

    void run() {
        CoInitializeEx(nullptr, COINIT_MULTITHREADED);
        std::unique_lock lock(mutex_);
        for (;;) {
            changed_.wait(lock, [this] { return ending_ || !tasks_.empty(); });
            if (tasks_.empty()) break;
            Task* task = tasks_.front();
            tasks_.pop_front();
            lock.unlock();
            (*task->work)();
            lock.lock();
            task->done = true;
            changed_.notify_all();
        }
        lock.unlock();
        CoUninitialize();
    }

    std::mutex mutex_; // guards tasks_, Task::done and ending_
    std::condition_variable changed_;
    std::deque<Task*> tasks_;
    bool ending_ = false;
    std::thread thread_; // last: it uses the others
};

} // namespace

void run_in_apartment(const std::function<void()>& work) {
    // Never destroyed: COM objects may outlive every static of this module.
    static auto* apartment = new Apartment;
    apartment->run_here(work);
}

} // namespace bitscb3

#endif
