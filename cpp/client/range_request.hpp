// SPDX-License-Identifier: MIT
// range_request.hpp - ranges a program asked for, and what became of them.
// Threads: guarded by the pump's mutex, all of it but what is const.

#pragma once

#include "base/com_ptr.hpp"
#include "base/range_set.hpp"
#include "client/failure.hpp"
#include "client/gate.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <thread>

namespace bitscb3 {

struct RangeRequest {
    RangeRequest(std::uint64_t number, std::uint32_t index, RangeList ranges,
                 ComPtr<IBackgroundCopyFile> file)
        : id(number),
          file_index(index),
          asked(std::move(ranges)),
          object(std::move(file)),
          asker(std::this_thread::get_id()) {}
    RangeRequest(const RangeRequest&) = delete;
    RangeRequest& operator=(const RangeRequest&) = delete;
    ~RangeRequest() {
        call([this] { object.reset(); });
    }

    static constexpr std::uint64_t kToEnd = UINT64_MAX; // as a length: to the end of the file

    const std::uint64_t id;
    const std::uint32_t file_index;
    const RangeList asked;              // in the caller's order; a length may be kToEnd
    ComPtr<IBackgroundCopyFile> object; // the file; never changed
    const std::thread::id asker;

    bool held = true; // not yet given to the service, or to be given again: the file restarted
    std::size_t missing = 0; // pieces not yet filled
    bool settled = false;
    bool watched = false; // dispatch() tells when it is settled
    bool given = false;   // the service was asked for it
    std::optional<Failure> failure;

    /// The bytes asked for; those to the end of the file end at UINT64_MAX.
    [[nodiscard]] RangeSet bytes() const {
        RangeSet out;
        for (const Range& range : asked) {
            out.insert({range.offset, std::min(range.length, UINT64_MAX - range.offset)});
        }
        return out;
    }
};

using RequestPtr = std::shared_ptr<RangeRequest>;

/// The pieces of a file that requests wait for, by where they begin.
class PieceIndex {
  public:
    void add(const Range& piece, const RequestPtr& request) {
        pieces_.emplace(piece.offset, Entry{piece.length, request});
        longest_ = std::max(longest_, piece.length);
    }
    [[nodiscard]] bool empty() const noexcept { return pieces_.empty(); }

    /// Bytes arrived and made `run` one merged range: call `filled(request)` for each piece inside
    /// it and forget the piece. Pieces that begin before `run` cannot be whole.
    template<class Filled>
    void fill(const Range& run, Filled&& filled) {
        auto piece = pieces_.lower_bound(run.offset);
        while (piece != pieces_.end() && piece->first < run.end()) {
            const Range range{piece->first, piece->second.length};
            if (run.contains(range)) {
                const RequestPtr request = piece->second.request;
                piece = pieces_.erase(piece);
                filled(request);
            } else {
                ++piece;
            }
        }
    }
    /// Forget the pieces of `request`, which are among `ranges`.
    void forget(const RequestPtr& request, const RangeList& ranges) {
        for (const Range& range : ranges) {
            auto [piece, end] = pieces_.equal_range(range.offset);
            while (piece != end) {
                piece = piece->second.request == request ? pieces_.erase(piece) : std::next(piece);
            }
        }
    }

    /// Take every piece out of `bytes`.
    void take_out_of(RangeSet& bytes) const {
        for (const Range& range : bytes.ranges()) {
            const std::uint64_t reach = std::min(longest_, range.offset);
            auto piece = pieces_.lower_bound(range.offset - reach);
            for (; piece != pieces_.end() && piece->first < range.end(); ++piece) {
                bytes.erase({piece->first, piece->second.length});
            }
        }
    }

  private:
    struct Entry {
        std::uint64_t length;
        RequestPtr request;
    };
    std::multimap<std::uint64_t, Entry> pieces_; // by offset
    std::uint64_t longest_ = 0;                  // length of a piece there was
};

} // namespace bitscb3
