// SPDX-License-Identifier: MIT
// file.hpp - one file of a job while this process runs it.
// Threads: guarded by Model::mutex, all of it; `disk` may be used without it by whoever copied it.

#pragma once

#include "base/clock.hpp"
#include "engine/disk_file.hpp"
#include "engine/record.hpp"
#include "engine/url.hpp"

#include <cstdint>
#include <list>
#include <memory>

namespace bitscb3 {

struct File : FileRecord {
    std::uint32_t generation = 0;   // grows when the file restarts: bytes of an older one are void
    RangeSet in_flight;             // asked for in running transfers
    std::list<Range> urgent;        // of `requested`: neither filled nor in flight, in order
    std::uint64_t position = 0;     // where the download continues (UpdateDownloadPosition)
    RangeSet pending;               // filled but not yet reported to the callback
    RangeSet recorded;              // the part of `filled` the store has
    std::shared_ptr<DiskFile> disk; // open while bytes arrive
    std::shared_ptr<const Url> url; // `remote` taken apart, once it is needed; see address_of()
    std::uint32_t source = 0;       // grows when the remote name changes
    std::uint32_t plan = 0;         // grows when what is not requested is to be planned anew
    std::uint32_t withdrawn = 0;    // grows when requests were withdrawn
    std::uint32_t transfers = 0;    // running for this file
    std::uint64_t received = 0;     // bytes of bodies, in this process, also those thrown away
    std::uint32_t faults = 0;       // lost connections since the last byte
    std::uint32_t restarts = 0;     // since Resume
    Instant not_before{};           // earliest next connection, after a fault
    IBackgroundCopyFile* object = nullptr; // of this generation, while a client holds one
    bool dirty = false;                    // differs from the store
    bool named = false;                    // the store has `temporary`: not before is it made
    bool local_source = false;             // remote is a file:// URL
    bool doubted = false;                  // 416 inside the file: is it another version?
    bool plain_get = false;                // the server refused a Range on first contact
    bool asked_head = false;               // HEAD was tried

    /// Whether ranges of it may be asked for, if its server has such.
    [[nodiscard]] bool takes_requests() const noexcept { return !local_source && pieces.empty(); }
    /// Whether parts of it can be asked for, as far as is known.
    [[nodiscard]] bool serves_random_access() const noexcept {
        return takes_requests() && range_support != RangeSupport::kNo;
    }
    [[nodiscard]] bool requests_filled() const noexcept { return filled.contains(requested); }
};

/// Who serves the file.
[[nodiscard]] inline const std::shared_ptr<const Url>& address_of(File& file) {
    if (!file.url) file.url = std::make_shared<const Url>(parse_url(file.remote));
    return file.url;
}

} // namespace bitscb3
