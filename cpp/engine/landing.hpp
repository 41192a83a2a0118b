// SPDX-License-Identifier: MIT
// landing.hpp - what arrived becomes part of the model: heads, bytes and the ends of requests.
// Threads: engine thread, Model::mutex held. Nothing blocks.

#pragma once

#include "engine/host_habits.hpp"
#include "engine/model.hpp"
#include "engine/transfer.hpp"

namespace bitscb3 {

/// Size, validators and headers of an accepted response, once for each request.
void land_head(Model& model, Transfer& transfer);
/// Bytes that reached the disk.
void land_bytes(Model& model, Transfer& transfer);
/// The request ended; its ask is given back already.
void land_end(Model& model, Transfer& transfer, HostHabits& habits);

} // namespace bitscb3
