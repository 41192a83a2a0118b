// SPDX-License-Identifier: MIT
// redaction.hpp - takes the secrets out of what libcurl tells of a transfer.
// Rule:    a header's value is shown when its name is on a list and the job did not set it. An
//          address is shown without user info, query and fragment. In what libcurl says in words
//          the rest is dropped behind every word that may lead to a secret.
// Net:     what the client entrusted to the job is also looked for as it stands.
// Threads: immutable once made.

#pragma once

#include "engine/http_options.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace bitscb3 {

class Redaction {
  public:
    /// For a request of `url` with the job's `options`.
    Redaction(std::string_view url, const HttpOptions& options);

    /// A line of a request's or a response's head, without its end.
    [[nodiscard]] std::string head_line(std::string_view line) const;
    /// A line of what libcurl says.
    [[nodiscard]] std::string words(std::string_view line) const;

  private:
    [[nodiscard]] std::string value(std::string_view name, std::string_view value) const;
    [[nodiscard]] std::string without_secrets(std::string text) const;

    std::vector<std::string> names_;   // of headers the job set
    std::vector<std::string> secrets_; // the longest first
};

/// `address`, absolute or not, without user info, query and fragment.
[[nodiscard]] std::string redacted_address(std::string_view address);

} // namespace bitscb3
