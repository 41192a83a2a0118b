// SPDX-License-Identifier: MIT
// seal.cpp - see seal.hpp. A sealed secret is nonce (12 bytes), text, tag (16 bytes).

#include "engine/seal.hpp"

#include "engine/private_file.hpp"

#include <cstring>
#include <memory>
#include <new>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdexcept>

namespace bitscb3 {

namespace {

constexpr int kNonce = 12;
constexpr int kTag = 16;

struct Freer {
    void operator()(EVP_CIPHER_CTX* context) const noexcept { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, Freer>;

unsigned char* bytes(char* data) noexcept {
    return reinterpret_cast<unsigned char*>(data);
}
const unsigned char* bytes(const char* data) noexcept {
    return reinterpret_cast<const unsigned char*>(data);
}
int length(std::string_view text) noexcept {
    return static_cast<int>(text.size());
}

} // namespace

std::optional<Seal> Seal::open(const std::string& path, Error& error) {
    constexpr const char* kAction = "open the key of the job store";
    Key key{};
    auto found = read_private_file(path, key.size(), kAction, error);
    if (!found && !error) {
        make_key(path);
        found = read_private_file(path, key.size(), kAction, error);
        if (!found && !error) error = disk_error(fault::kNotFound, kAction, path);
    }
    if (!found) return std::nullopt;
    if (found->size() == key.size()) {
        std::memcpy(key.data(), found->data(), key.size());
        return Seal(key);
    }
    error = {
        BG_E_DATABASE_CORRUPT, BG_ERROR_CONTEXT_GENERAL_QUEUE_MANAGER, false,
        "The key of the job store, " + path +
            ", is damaged. Remove it to go on without the stored headers, logins and signed URLs."};
    return std::nullopt;
}

/// A failure shows when the key is opened.
void Seal::make_key(const std::string& path) {
    Key key{};
    if (RAND_bytes(key.data(), static_cast<int>(key.size())) != 1) return;
    publish_private_file(path, {reinterpret_cast<const char*>(key.data()), key.size()});
}

std::string Seal::close(std::string_view secret, std::string_view about) const {
    std::string out(kNonce + secret.size() + kTag, '\0');
    unsigned char* nonce = bytes(out.data());
    unsigned char* text = nonce + kNonce;
    unsigned char* tag = text + secret.size();
    const Context context(EVP_CIPHER_CTX_new());
    if (!context) throw std::bad_alloc();
    EVP_CIPHER_CTX* c = context.get();
    int done = 0;
    const bool sealed =
        RAND_bytes(nonce, kNonce) == 1 &&
        EVP_EncryptInit_ex(c, EVP_aes_256_gcm(), nullptr, key_.data(), nonce) == 1 &&
        EVP_EncryptUpdate(c, nullptr, &done, bytes(about.data()), length(about)) == 1 &&
        EVP_EncryptUpdate(c, text, &done, bytes(secret.data()), length(secret)) == 1 &&
        EVP_EncryptFinal_ex(c, text + done, &done) == 1 &&
        EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, kTag, tag) == 1;
    if (!sealed) throw std::runtime_error("a secret could not be encrypted");
    return out;
}

std::optional<std::string> Seal::open(std::string_view sealed, std::string_view about) const {
    if (sealed.size() < kNonce + kTag) return std::nullopt;
    const std::string_view nonce = sealed.substr(0, kNonce);
    const std::string_view text = sealed.substr(kNonce, sealed.size() - kNonce - kTag);
    std::string tag(sealed.substr(sealed.size() - kTag)); // the interface wants it writable
    std::string out(text.size(), '\0');
    const Context context(EVP_CIPHER_CTX_new());
    if (!context) throw std::bad_alloc();
    EVP_CIPHER_CTX* c = context.get();
    int done = 0;
    const bool opened =
        EVP_DecryptInit_ex(c, EVP_aes_256_gcm(), nullptr, key_.data(), bytes(nonce.data())) == 1 &&
        EVP_DecryptUpdate(c, nullptr, &done, bytes(about.data()), length(about)) == 1 &&
        EVP_DecryptUpdate(c, bytes(out.data()), &done, bytes(text.data()), length(text)) == 1 &&
        EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, kTag, tag.data()) == 1 &&
        EVP_DecryptFinal_ex(c, bytes(out.data()) + done, &done) == 1;
    return opened ? std::optional(std::move(out)) : std::nullopt;
}

} // namespace bitscb3
