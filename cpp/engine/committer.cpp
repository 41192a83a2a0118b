// SPDX-License-Identifier: MIT
// committer.cpp - see committer.hpp.

#include "engine/committer.hpp"

#include "engine/file_life.hpp"
#include "engine/own_thread.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

namespace bitscb3 {

namespace {

/// Shortest time between two batches nobody waits for.
constexpr std::chrono::milliseconds kSpacing(250);
constexpr std::chrono::seconds kRetry(1); // after a batch that could not be committed

} // namespace

struct Committer::Batch {
    struct FileEntry {
        File* file; // alive as long as the job
        std::uint32_t generation;
        std::shared_ptr<DiskFile> disk; // null: nothing was written since the last batch
        Error sync_error;
    };
    struct Entry {
        JobPtr job;
        StoredJob stored;
        std::vector<FileEntry> files; // same order as stored.files
        bool remove = false;
    };
    std::vector<Entry> entries;
    std::uint64_t marks = 0;
    Error error;
};

Committer::Committer(Model& model, const std::string& store_path, const Seal& seal)
    : model_(model), path_(store_path), store_(std::in_place, store_path, seal) {}

void Committer::start() {
    thread_ = start_own_thread("bits-committer", [this] { run(); });
}

void Committer::stop() {
    {
        const std::lock_guard lock(model_.mutex);
        stopping_ = true;
        work_.notify_one();
    }
    if (thread_.joinable()) thread_.join();
    store_.reset();
}

void Committer::mark(const JobPtr& job) {
    ++marks_;
    if (!job->leased() || std::exchange(job->dirty, true)) return;
    marked_.push_back(job);
    if (marked_.size() == 1) work_.notify_one();
}

void Committer::hurry() {
    hurry_ = true;
    work_.notify_one();
}

Error Committer::flush(Lock& lock) {
    const std::uint64_t wanted = marks_;
    hurry();
    done_.wait(lock, [&] { return committed_ >= wanted || ended_; });
    if (committed_ >= wanted) return error_;
    return {CO_E_OBJNOTCONNECTED, BG_ERROR_CONTEXT_GENERAL_QUEUE_MANAGER, false,
            "The engine is closed."};
}

void Committer::run() {
    Lock lock(model_.mutex);
    auto next = std::chrono::steady_clock::now();
    for (;;) {
        work_.wait(lock, [this] { return stopping_ || hurry_ || !marked_.empty(); });
        work_.wait_until(lock, next, [this] { return stopping_ || hurry_; });
        if (marked_.empty()) {
            committed_ = marks_;
            hurry_ = false;
            ended_ = stopping_;
            done_.notify_all();
            if (ended_) return;
            continue;
        }
        Batch batch = take_batch();
        lock.unlock();
        sync_data(batch);
        commit(batch);
        lock.lock();
        settle(batch);
        if (error_ && stopping_) marked_.clear(); // the store cannot take it: known loss
        next = std::chrono::steady_clock::now() + (error_ ? kRetry : kSpacing);
        lock.unlock();
        batch = {}; // may hold the last reference to a job
        lock.lock();
    }
}

Committer::Batch Committer::take_batch() {
    Batch batch;
    batch.marks = marks_;
    hurry_ = false;
    for (const JobPtr& job : std::exchange(marked_, {})) {
        job->dirty = false;
        Batch::Entry entry{job, {*job, {}}, {}, job->is_final()};
        for (const auto& file : job->files) {
            if (entry.remove) break; // the rows go as a whole
            if (!std::exchange(file->dirty, false)) continue;
            entry.stored.files.push_back(*file);
            // HIGH_PERFORMANCE: what arrives is not recorded, so it need not be synced either.
            if (job->high_performance) entry.stored.files.back().filled.clear();
            const auto disk = job->high_performance ? nullptr : file->disk;
            entry.files.push_back({file.get(), file->generation, disk, {}});
        }
        batch.entries.push_back(std::move(entry));
    }
    return batch;
}

void Committer::sync_data(Batch& batch) {
    std::vector<std::shared_ptr<DiskFile>> written;
    std::vector<Batch::FileEntry*> owners;
    for (Batch::Entry& entry : batch.entries) {
        for (Batch::FileEntry& file : entry.files) {
            if (!file.disk) continue;
            written.push_back(std::move(file.disk));
            owners.push_back(&file);
        }
    }
    std::vector<Error> errors;
    sync_files(written, errors);
    for (std::size_t i = 0; i < owners.size(); ++i) owners[i]->sync_error = std::move(errors[i]);
}

void Committer::commit(Batch& batch) {
    try {
        Transaction transaction(store_->database(), Transaction::Kind::kWrite);
        for (Batch::Entry& entry : batch.entries) {
            if (entry.remove) {
                store_->remove(entry.job->id);
                continue;
            }
            StoredJob& stored = entry.stored;
            for (std::size_t i = stored.files.size(); i-- > 0;) { // what did not reach the device
                if (!entry.files[i].sync_error) continue;
                stored.files.erase(stored.files.begin() + static_cast<std::ptrdiff_t>(i));
            }
            store_->save(stored);
        }
        transaction.commit();
    } catch (const SqlError& error) {
        batch.error = unusable(error, path_);
    } catch (const std::exception& error) { // a secret could not be sealed
        batch.error = {E_FAIL, BG_ERROR_CONTEXT_GENERAL_QUEUE_MANAGER, false,
                       std::string("The job store cannot be written: ") + error.what() + "."};
    }
}

void Committer::settle(Batch& batch) {
    for (Batch::Entry& entry : batch.entries) {
        const JobPtr& job = entry.job;
        std::size_t saved = 0; // place in stored.files, which lacks the files that failed
        for (Batch::FileEntry& item : entry.files) {
            File& file = *item.file;
            if (item.sync_error) {
                if (item.generation == file.generation) {
                    forget_unsynced(model_, job, file, item.sync_error);
                }
                continue;
            }
            if (batch.error) {
                file.dirty = true;
            } else if (!entry.remove && item.generation == file.generation) {
                if (!std::exchange(file.named, true)) model_.wake_loop();
                file.recorded = std::move(entry.stored.files[saved].filled);
                close_idle(*job, file);
            }
            ++saved;
        }
        job->stored = job->stored || !batch.error;
        if (batch.error) {
            mark(job);
        } else if (entry.remove) {
            std::erase(model_.leased, job);
            job->lease.release();
        }
    }
    if (!batch.error) {
        committed_ = std::max(committed_, batch.marks);
        ++model_.statistics.commits;
    }
    error_ = std::move(batch.error);
    if (error_) committed_ = std::max(committed_, batch.marks); // let the waiters see the error
    done_.notify_all();
}

} // namespace bitscb3
