// SPDX-License-Identifier: MIT
// job_property.hpp - the properties of IBackgroundCopyJob5 as one table: when each may be set, what
// is a good value, and where it is kept.
// Threads: Model::mutex held. Nothing blocks.
// Source:  BITS, BITS_JOB_PROPERTY_ID.

#pragma once

#include "engine/model.hpp"

namespace bitscb3 {

/// S_OK, or the code SetProperty refuses with. The state of the job was looked at before.
[[nodiscard]] HRESULT set_property(Model& model, const JobPtr& job, BITS_JOB_PROPERTY_ID id,
                                   const BITS_JOB_PROPERTY_VALUE& value);
/// BG_E_UNKNOWN_PROPERTY_ID when there is none of that id.
[[nodiscard]] HRESULT get_property(const Job& job, BITS_JOB_PROPERTY_ID id,
                                   BITS_JOB_PROPERTY_VALUE& out) noexcept;

} // namespace bitscb3
