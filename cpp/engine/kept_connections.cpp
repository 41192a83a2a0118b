// SPDX-License-Identifier: MIT
// kept_connections.cpp - see kept_connections.hpp.

#include "engine/kept_connections.hpp"

#include "engine/http_range.hpp"

#include <algorithm>
#include <utility>

namespace bitscb3 {

std::string KeptConnections::name(const char* ip, long port, const char* own_ip, long own_port) {
    const auto text = [](const char* part) { return std::string(part != nullptr ? part : ""); };
    return text(ip) + ' ' + std::to_string(port) + ' ' + text(own_ip) + ' ' +
           std::to_string(own_port);
}

void KeptConnections::note(CURL* easy) {
    const char* scheme = nullptr;
    curl_easy_getinfo(easy, CURLINFO_SCHEME, &scheme);
    if (scheme == nullptr || !same_text(scheme, "http")) return; // TLS has its own guard
    curl_socket_t socket = CURL_SOCKET_BAD;
    curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &socket);
    if (socket == CURL_SOCKET_BAD) return; // it is closed
    const char* ip = nullptr;
    const char* own_ip = nullptr;
    long port = 0;
    long own_port = 0;
    curl_easy_getinfo(easy, CURLINFO_PRIMARY_IP, &ip);
    curl_easy_getinfo(easy, CURLINFO_PRIMARY_PORT, &port);
    curl_easy_getinfo(easy, CURLINFO_LOCAL_IP, &own_ip);
    curl_easy_getinfo(easy, CURLINFO_LOCAL_PORT, &own_port);
    std::string known = name(ip, port, own_ip, own_port);
    std::erase_if(connections_, [&](const Connection& each) {
        return each.socket == socket || each.name == known;
    });
    connections_.push_back({socket, std::move(known)});
}

bool KeptConnections::has_surplus(const std::string& name) const {
    const auto found = std::find_if(connections_.begin(), connections_.end(),
                                    [&](const Connection& each) { return each.name == name; });
    return found != connections_.end() && has_surplus(found->socket);
}

bool KeptConnections::has_surplus(curl_socket_t socket) {
    char byte = 0;
    return recv(socket, &byte, 1, MSG_PEEK) > 0; // libcurl's sockets do not block
}

} // namespace bitscb3
