// SPDX-License-Identifier: MIT
// fuzz_multipart.cpp - any body as multipart/byteranges, cut anywhere.
// Laws: bytes come in order and inside their part, which ends once and whole; a body means the
//       same however it is cut; one that is well-formed gives its parts.

#include "engine/multipart.hpp"
#include "fuzz.hpp"

#include <vector>

using namespace bitscb3;

namespace {

struct Part {
    Range range;
    std::string bytes;
    bool ended = false; // a delimiter followed
    friend bool operator==(const Part&, const Part&) = default;
};

class Parts final : public Multipart::Sink {
  public:
    std::vector<Part> all;
    [[nodiscard]] bool take_part(const ContentRange& range) override {
        LAW(!range.range.empty());
        LAW(all.empty() || all.back().ended);
        all.push_back({range.range, {}});
        return true;
    }
    [[nodiscard]] bool take_bytes(std::uint64_t offset, std::string_view piece) override {
        LAW(!all.empty() && !piece.empty());
        Part& part = all.back();
        LAW(offset == part.range.offset + part.bytes.size());
        LAW(piece.size() <= part.range.end() - offset);
        part.bytes += piece;
        return true;
    }
    void end_part() override {
        LAW(!all.empty() && !all.back().ended);
        LAW(all.back().bytes.size() == all.back().range.length);
        all.back().ended = true;
    }
};

struct Read {
    Parts parts;
    Multipart::Result result = Multipart::Result::kMore;
    bool ended = false;
};

/// Feed `body` in pieces whose sizes `cuts` tells; without cuts, at once.
Read read_body(std::string_view body, std::string_view cuts) {
    Read out;
    Multipart multipart("xyz");
    for (std::size_t i = 0; !body.empty() && out.result == Multipart::Result::kMore; ++i) {
        const std::size_t size =
            cuts.empty() ? body.size() : static_cast<unsigned char>(cuts[i % cuts.size()]) % 64 + 1;
        out.result = multipart.feed(body.substr(0, size), out.parts);
        body.remove_prefix(std::min(size, body.size()));
    }
    out.ended = multipart.ended();
    return out;
}

void check_cuts(std::string_view body, std::string_view cuts) {
    const Read whole = read_body(body, {});
    const Read pieces = read_body(body, cuts.empty() ? std::string_view("\0", 1) : cuts);
    LAW(whole.result == pieces.result && whole.ended == pieces.ended);
    LAW(whole.parts.all == pieces.parts.all);
}

void check_well_formed(std::string_view content, std::string_view cuts) {
    std::vector<Part> parts;
    std::string body;
    for (std::size_t at = 0; at < content.size() && parts.size() < 16;) {
        const std::size_t size = static_cast<unsigned char>(content[at++]) % 40 + 1;
        Part part{{parts.size() * 100, 0}, std::string(content.substr(at, size))};
        at += size;
        if (part.bytes.empty()) break;
        part.range.length = part.bytes.size();
        part.ended = true;
        body += (parts.empty() ? "--xyz\r\n" : "\r\n--xyz\r\n");
        body += "Content-Range: bytes " + to_http_ranges({part.range}) + "/*\r\n\r\n" + part.bytes;
        parts.push_back(std::move(part));
    }
    if (parts.empty()) return;
    body += "\r\n--xyz--\r\n";
    const Read read = read_body(body, cuts);
    LAW(read.result == Multipart::Result::kMore && read.ended);
    LAW(read.parts.all == parts);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Bytes bytes(data, size);
    const std::string_view cuts = bytes.text();
    check_cuts(bytes.rest(), cuts);
    check_well_formed(bytes.rest(), cuts);
    return 0;
}
