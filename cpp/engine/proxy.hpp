// SPDX-License-Identifier: MIT
// proxy.hpp - the lists of SetProxySettings: which proxy a URL goes through.
// Threads: pure functions.
// Source:  WinHTTP's proxy lists: entries `[<scheme>=][<scheme>://]<server>[:<port>]`, separated by
//          spaces or semicolons; bypass entries are hosts, with `*` at the left, or `<local>`:
//          every host without a dot.

#pragma once

#include "engine/url.hpp"

#include <optional>
#include <string>

namespace bitscb3 {

/// The first proxy of `list` for `url`; empty when the list has none for its scheme, or `bypass`
/// names the host. Nothing when the list is malformed.
[[nodiscard]] std::optional<std::string> proxy_for(const Url& url, const std::string& list,
                                                   const std::string& bypass);

} // namespace bitscb3
