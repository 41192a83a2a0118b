// SPDX-License-Identifier: MIT
// seal.hpp - secrets on disk: encrypted with a key that lies in a file of its own beside the store,
// readable by its owner only. That keeps them out of copies, backups and bug reports of the store;
// it does not protect them from the user's own programs.
// Threads: a Seal is immutable.
// Source:  AES-256-GCM, NIST SP 800-38D; OpenSSL's EVP interface.

#pragma once

#include "engine/error.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace bitscb3 {

class Seal {
  public:
    /// The key in the file `path` (0600), made when missing.
    [[nodiscard]] static std::optional<Seal> open(const std::string& path, Error& error);

    /// `about` has to be the same to open it again: what the secret belongs to.
    [[nodiscard]] std::string close(std::string_view secret, std::string_view about) const;
    /// Nothing when it was sealed with another key or for something else, or was changed.
    [[nodiscard]] std::optional<std::string> open(std::string_view sealed,
                                                  std::string_view about) const;

  private:
    using Key = std::array<unsigned char, 32>;
    explicit Seal(const Key& key) : key_(key) {}
    static void make_key(const std::string& path);

    Key key_;
};

} // namespace bitscb3
