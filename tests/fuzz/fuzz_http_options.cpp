// SPDX-License-Identifier: MIT
// fuzz_http_options.cpp - any bytes as stored HTTP options, in clear and sealed.
// Laws: bytes that are taken are what the writer makes of the result; only what was sealed opens,
//       unchanged and for what it belongs to.

#include "../cpp/temporary_folder.hpp"
#include "engine/http_options.hpp"
#include "engine/seal.hpp"
#include "fuzz.hpp"

using namespace bitscb3;

namespace {

const Seal& seal() {
    static const Seal made = [] {
        const TemporaryFolder folder;
        Error error;
        auto opened = Seal::open((folder.path / "key").string(), error);
        LAW(opened);
        return *opened;
    }();
    return made;
}

HttpOptions made_of(Bytes& bytes) {
    HttpOptions options;
    options.method = bytes.text();
    options.headers = bytes.text();
    options.headers_write_only = bytes.choice(2) != 0;
    options.security_flags = static_cast<std::uint32_t>(bytes.number());
    options.proxy_usage = static_cast<BG_JOB_PROXY_USAGE>(bytes.choice(4));
    options.proxy_list = bytes.text();
    options.proxy_bypass = bytes.text();
    options.stored_proxy_credentials = bytes.choice(2) != 0;
    for (unsigned i = bytes.choice(4); i > 0; --i) {
        options.credentials.push_back({static_cast<BG_AUTH_TARGET>(1 + bytes.choice(2)),
                                       static_cast<BG_AUTH_SCHEME>(1 + bytes.choice(5)),
                                       bytes.choice(2) != 0, std::string(bytes.text()),
                                       std::string(bytes.text())});
    }
    if (bytes.choice(2) != 0) {
        options.certificate = {static_cast<BG_CERT_STORE_LOCATION>(bytes.choice(8)),
                               std::string(bytes.text()), std::string(bytes.text()),
                               std::string(bytes.text())};
    }
    options.asks_certificate = bytes.choice(2) != 0;
    return options;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Bytes bytes(data, size);
    const std::string_view raw = bytes.rest();
    if (const auto options = from_bytes(raw)) LAW(to_bytes(*options) == raw);
    LAW(!seal().open(raw, "job"));

    const std::string plain = to_bytes(made_of(bytes));
    const auto again = from_bytes(plain);
    LAW(again && to_bytes(*again) == plain);
    std::string sealed = seal().close(plain, "job");
    LAW(seal().open(sealed, "job") == plain);
    LAW(!seal().open(sealed, "another"));
    char& changed = sealed[static_cast<std::size_t>(bytes.number() % sealed.size())];
    changed = static_cast<char>(changed ^ (1 << bytes.choice(8)));
    LAW(!seal().open(sealed, "job"));
    return 0;
}
