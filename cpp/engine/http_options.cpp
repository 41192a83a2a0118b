// SPDX-License-Identifier: MIT
// http_options.cpp - see http_options.hpp.
// Form: fields in order; a number has 4 bytes, little endian, a text its length before it.

#include "engine/http_options.hpp"

#include <utility>

namespace bitscb3 {

namespace {

constexpr std::uint32_t kForm = 1; // first number; grows with the list of fields

class Writer {
  public:
    void field(std::uint32_t value) {
        for (int shift = 0; shift < 32; shift += 8) out_ += static_cast<char>(value >> shift);
    }
    void field(bool value) { field(std::uint32_t{value}); }
    void field(const std::string& text) {
        field(static_cast<std::uint32_t>(text.size()));
        out_ += text;
    }
    template<class Enum>
        requires std::is_enum_v<Enum>
    void field(Enum value) {
        field(static_cast<std::uint32_t>(value));
    }
    std::string out_;
};

/// After a read beyond the end every field is empty and ok() false.
class Reader {
  public:
    explicit Reader(std::string_view bytes) : left_(bytes) {}

    void field(std::uint32_t& value) {
        const std::string_view bytes = take(4);
        value = 0;
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            value |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
        }
    }
    void field(bool& value) {
        std::uint32_t number = 0;
        field(number);
        ok_ = ok_ && number <= 1;
        value = number != 0;
    }
    void field(std::string& text) {
        std::uint32_t length = 0;
        field(length);
        text = take(length);
    }
    template<class Enum>
        requires std::is_enum_v<Enum>
    void field(Enum& value) {
        std::uint32_t number = 0;
        field(number);
        value = static_cast<Enum>(number);
    }
    [[nodiscard]] bool ok() const noexcept { return ok_; }
    [[nodiscard]] bool ended() const noexcept { return ok_ && left_.empty(); }

  private:
    std::string_view take(std::size_t count) {
        ok_ = ok_ && count <= left_.size();
        if (!ok_) return {};
        const std::string_view taken = left_.substr(0, count);
        left_.remove_prefix(count);
        return taken;
    }

    std::string_view left_;
    bool ok_ = true;
};

// The list of fields, for both directions.

template<class Stream, class Value>
void fields_of_credentials(Stream& stream, Value& item) {
    stream.field(item.target);
    stream.field(item.scheme);
    stream.field(item.implicit);
    stream.field(item.user);
    stream.field(item.password);
}

template<class Stream, class Value>
void fields_of_certificate(Stream& stream, Value& item) {
    stream.field(item.location);
    stream.field(item.store);
    stream.field(item.subject);
    stream.field(item.hash);
}

template<class Stream, class Value>
void fields_of_options(Stream& stream, Value& options) {
    stream.field(options.method);
    stream.field(options.headers);
    stream.field(options.headers_write_only);
    stream.field(options.security_flags);
    stream.field(options.proxy_usage);
    stream.field(options.proxy_list);
    stream.field(options.proxy_bypass);
    stream.field(options.stored_proxy_credentials);
    stream.field(options.asks_certificate);
}

} // namespace

std::shared_ptr<const HttpOptions> HttpOptions::none() {
    static const auto options = std::make_shared<const HttpOptions>();
    return options;
}

std::string to_bytes(const HttpOptions& options) {
    Writer writer;
    writer.field(kForm);
    fields_of_options(writer, options);
    writer.field(static_cast<std::uint32_t>(options.credentials.size()));
    for (const Credentials& item : options.credentials) fields_of_credentials(writer, item);
    writer.field(options.certificate.has_value());
    if (options.certificate) fields_of_certificate(writer, *options.certificate);
    return std::move(writer.out_);
}

std::optional<HttpOptions> from_bytes(std::string_view bytes) {
    Reader reader(bytes);
    HttpOptions options;
    std::uint32_t form = 0;
    std::uint32_t count = 0;
    bool has_certificate = false;
    reader.field(form);
    fields_of_options(reader, options);
    reader.field(count);
    for (std::uint32_t i = 0; i < count && reader.ok(); ++i) {
        fields_of_credentials(reader, options.credentials.emplace_back());
    }
    reader.field(has_certificate);
    if (has_certificate) fields_of_certificate(reader, options.certificate.emplace());
    return form == kForm && reader.ended() ? std::optional(std::move(options)) : std::nullopt;
}

} // namespace bitscb3
