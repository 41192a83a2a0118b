// SPDX-License-Identifier: MIT
// file_life.hpp - what happens to a file of a job: requests made and withdrawn, restarts, losses.
// Threads: Model::mutex held. Nothing blocks, but for the closing of a file.

#pragma once

#include "engine/model.hpp"

namespace bitscb3 {

/// Add the ranges of one RequestFileRanges call, in front of everything not requested.
void request(Model& model, const JobPtr& job, File& file, const RangeList& ranges);

/// Nobody wants these ranges any more. What of them is filled stays, and stays requested.
void withdraw(Model& model, const JobPtr& job, File& file, const RangeList& ranges);

/// The remote file is another one than the bytes on disk belong to: forget them.
void restart(Model& model, const JobPtr& job, File& file);

/// The file comes from another URL from now on; what is here stays as long as size and time agree.
void change_source(Model& model, const JobPtr& job, File& file, std::string remote);

/// The temporary file of a file with bytes is not there any more: forget them and fail with
/// `error`.
void lose(Model& model, const JobPtr& job, File& file, const Error& error);

/// The disk could not keep what was written since the last commit: go back to what the store has.
void forget_unsynced(Model& model, const JobPtr& job, File& file, const Error& error);

/// Close the temporary file where nothing is to be written to it, and nothing of it to be synced: a
/// job that stands still keeps no file system from being unmounted.
void close_idle(const Job& job, File& file);

} // namespace bitscb3
