// SPDX-License-Identifier: MIT
// bare.cpp - what the kernel alone takes: one connection, receive and write, nothing checked.
// `bench_bare PORT PATH OUT [RANGES]`: RANGES is a file with an offset and a length on each line;
// 64 of them share a request, as the engine's do.

#include <algorithm>
#include <arpa/inet.h>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <netinet/in.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

constexpr std::size_t kBuffer = 1 << 20;
constexpr std::size_t kTogether = 64; // ranges in a request

using Ranges = std::vector<std::pair<std::uint64_t, std::uint64_t>>;

[[noreturn]] void fail(const char* what) {
    std::perror(what);
    std::exit(1);
}

std::size_t receive(int socket, char* buffer, std::size_t size) {
    const ssize_t got = recv(socket, buffer, size, 0);
    if (got <= 0) fail("recv");
    return static_cast<std::size_t>(got);
}

void write_at(int out, const char* bytes, std::size_t size, std::uint64_t offset) {
    const ssize_t done = pwrite(out, bytes, size, static_cast<off_t>(offset));
    if (done != static_cast<ssize_t>(size)) fail("pwrite");
}

/// One request. The body goes to `out`: whole, or, with ranges, as many bytes to the place of each
/// as it has; the few bytes of the parts' heads are not told apart.
void fetch(int socket, int out, const std::string& request, const Ranges& ranges) {
    static std::vector<char> buffer(kBuffer);
    if (send(socket, request.data(), request.size(), 0) < 0) fail("send");
    std::size_t got = 0;
    std::size_t end = std::string_view::npos; // of the head
    while (end == std::string_view::npos) {
        got += receive(socket, buffer.data() + got, buffer.size() - got);
        end = std::string_view(buffer.data(), got).find("\r\n\r\n");
    }
    const std::string_view head(buffer.data(), end);
    std::uint64_t left =
        std::strtoull(head.substr(head.find("Content-Length: ") + 16).data(), nullptr, 10);
    std::uint64_t offset = 0;
    std::size_t range = 0;
    std::uint64_t filled = 0;
    std::size_t begin = end + 4;
    for (;;) {
        for (std::size_t at = begin; at < got;) {
            std::size_t size = got - at;
            if (ranges.empty()) {
                write_at(out, buffer.data() + at, size, offset);
                offset += size;
            } else if (range == ranges.size()) {
                break;
            } else {
                size = std::min<std::uint64_t>(size, ranges[range].second - filled);
                write_at(out, buffer.data() + at, size, ranges[range].first + filled);
                filled += size;
                if (filled == ranges[range].second) ++range, filled = 0;
            }
            at += size;
        }
        left -= got - begin;
        if (left == 0) return;
        begin = 0;
        got = receive(socket, buffer.data(), std::min<std::uint64_t>(buffer.size(), left));
    }
}

} // namespace

int main(int count, char** words) {
    if (count < 4) return 2;
    Ranges all;
    if (count > 4) {
        std::ifstream file(words[4]);
        for (std::pair<std::uint64_t, std::uint64_t> range; file >> range.first >> range.second;) {
            all.push_back(range);
        }
    }
    const int out = open(words[3], O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(words[1])));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (out < 0 || connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
        fail("open or connect");
    }
    const std::string get = std::string("GET ") + words[2] + " HTTP/1.1\r\nHost: localhost\r\n";
    if (all.empty()) fetch(socket, out, get + "\r\n", {});
    for (std::size_t i = 0; i < all.size(); i += kTogether) {
        const auto from = all.begin() + static_cast<std::ptrdiff_t>(i);
        const auto to =
            all.begin() + static_cast<std::ptrdiff_t>(std::min(i + kTogether, all.size()));
        const Ranges ranges(from, to);
        std::string header = "Range: bytes=";
        for (const auto& [offset, length] : ranges) {
            if (header.back() != '=') header += ',';
            header += std::to_string(offset) + '-' + std::to_string(offset + length - 1);
        }
        fetch(socket, out, get + header + "\r\n\r\n", ranges);
    }
}
