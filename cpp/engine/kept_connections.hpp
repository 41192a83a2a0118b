// SPDX-License-Identifier: MIT
// kept_connections.hpp - the connections libcurl may use again, to see before a request goes out
// whether the server has spoken since: what waits there is no answer to it. Some libcurls (7.88 is
// one) would take it for the answer.
// Threads: engine thread only.
// Limits:  connections without TLS; with it the bytes cannot be told from TLS' own.

#pragma once

#include <curl/curl.h>

#include <string>
#include <vector>

namespace bitscb3 {

class KeptConnections {
  public:
    /// The addresses of both ends: a connection's name while it stands.
    [[nodiscard]] static std::string name(const char* ip, long port, const char* own_ip,
                                          long own_port);
    /// A request over it ended well; libcurl still has both.
    void note(CURL* easy);
    /// Whether bytes wait to be read on this one, which nobody uses. False: it is not known.
    [[nodiscard]] bool has_surplus(const std::string& name) const;
    [[nodiscard]] static bool has_surplus(curl_socket_t socket);

  private:
    struct Connection {
        curl_socket_t socket; // may be closed by now: then no connection has the name any more
        std::string name;
    };
    std::vector<Connection> connections_; // one entry for each number a socket had
};

} // namespace bitscb3
