// SPDX-License-Identifier: MIT
// fuzz_range_set.cpp - any operations on a set of bytes.
// Law: a row of bits, one a byte, answers every question alike.

#include "base/range_set.hpp"
#include "fuzz.hpp"

#include <bitset>

using namespace bitscb3;

namespace {

constexpr std::size_t kBytes = 1200; // enough for more than two blocks of ranges

/// The set under test and the bits; its first byte lies at `base`.
class Pair {
  public:
    explicit Pair(std::uint64_t base) : base_(base) {}

    void insert(std::size_t begin, std::size_t end) {
        RangeList added;
        const RangeList expected = runs(begin, end, false);
        set_.insert(range(begin, end), added);
        LAW(added == expected);
        for (std::size_t i = begin; i < end; ++i) bits_.set(i);
    }
    void erase(std::size_t begin, std::size_t end) {
        set_.erase(range(begin, end));
        for (std::size_t i = begin; i < end; ++i) bits_.reset(i);
    }
    /// Every `step`th byte, in or out: many ranges at once.
    void comb(std::size_t begin, std::size_t end, std::size_t step, bool in) {
        for (std::size_t i = begin; i < end; i += step) {
            if (in) {
                set_.insert(range(i, i + 1));
            } else {
                set_.erase(range(i, i + 1));
            }
            bits_.set(i, in);
        }
    }
    void unite(const Pair& other) {
        set_.insert(other.set_);
        bits_ |= other.bits_;
    }
    void subtract(const Pair& other) {
        set_.erase(other.set_);
        bits_ &= ~other.bits_;
    }
    void compare(const Pair& other) const {
        LAW((set_ == other.set_) == (bits_ == other.bits_));
        LAW(set_.contains(other.set_) == ((other.bits_ & ~bits_).none()));
    }
    void ask(std::size_t begin, std::size_t end) const {
        const Range window = range(begin, end);
        const RangeList in = runs(begin, end, true);
        const RangeList out = runs(begin, end, false);
        LAW(set_.ranges_in(window) == in);
        LAW(set_.gaps(window) == out);
        LAW(set_.contains(window) == out.empty());
        const Range first = set_.first_in(window);
        LAW(in.empty() ? first.empty() : first == in.front());
        const Range gap = set_.first_gap(window);
        LAW(out.empty() ? gap.empty() : gap == out.front());
        const Range around = set_.containing(window.offset);
        LAW(around.empty() != bits_.test(begin));
        LAW(around.empty() || around.contains({window.offset, 1}));
    }
    void check_all() const {
        const RangeList all = runs(0, kBytes, true);
        LAW(set_.ranges() == all);
        LAW(set_.size() == all.size() && set_.bytes() == bits_.count());
        LAW(set_.empty() == all.empty());
        LAW(set_.end() == (all.empty() ? 0 : all.back().end()));
        LAW(RangeSet(all) == set_);
    }

  private:
    [[nodiscard]] Range range(std::size_t begin, std::size_t end) const {
        return range_between(base_ + begin, base_ + end);
    }
    [[nodiscard]] RangeList runs(std::size_t begin, std::size_t end, bool in) const {
        RangeList out;
        for (std::size_t i = begin; i < end; ++i) {
            if (bits_.test(i) != in) continue;
            const std::size_t from = i;
            while (i < end && bits_.test(i) == in) ++i;
            out.push_back(range(from, i));
        }
        return out;
    }

    std::uint64_t base_;
    RangeSet set_;
    std::bitset<kBytes> bits_;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Bytes bytes(data, size);
    constexpr std::uint64_t kBases[] = {0, 1ull << 32, UINT64_MAX - kBytes};
    const std::uint64_t base = kBases[bytes.choice(3)];
    Pair one(base);
    Pair other(base);
    for (int i = 0; i < 64 && !bytes.empty(); ++i) {
        const unsigned what = bytes.choice(9);
        const std::size_t begin = (bytes.byte() * 256u + bytes.byte()) % kBytes;
        const unsigned length = bytes.byte(); // mostly short
        const std::size_t end = std::min(begin + (length < 250 ? length : length * 8), kBytes);
        switch (what) {
        case 0:
        case 1:
            one.insert(begin, end);
            break;
        case 2:
            one.erase(begin, end);
            break;
        case 3:
            one.comb(begin, kBytes, 2 + length % 5, true);
            break;
        case 4:
            one.comb(begin, kBytes, 2 + length % 5, false);
            break;
        case 5:
            one.ask(begin, end);
            break;
        case 6:
            std::swap(one, other);
            break;
        case 7:
            one.unite(other);
            break;
        default:
            one.subtract(other);
        }
        one.compare(other);
    }
    one.check_all();
    other.check_all();
    return 0;
}
