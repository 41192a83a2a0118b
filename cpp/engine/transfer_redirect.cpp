// SPDX-License-Identifier: MIT
// transfer_redirect.cpp - where a server sends a Transfer to; see transfer.hpp. Each redirect is
// another request of libcurl's: what the job entrusts to one host is not on the handle any more
// when another one is asked, and proxy, certificates and revocations are looked up anew.
// Source: RFC 9110 section 15.4.

#include "engine/outcome.hpp"
#include "engine/transfer.hpp"
#include "engine/url.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace bitscb3 {

bool Transfer::is_redirect() const noexcept {
    constexpr int kRedirects[] = {300, 301, 302, 303, 307, 308};
    const bool known = std::find(std::begin(kRedirects), std::end(kRedirects),
                                 response_.status()) != std::end(kRedirects);
    return known && !response_.location().empty();
}

/// Remember where the server sent us.
void Transfer::note_moves() {
    const bool follows = request_.http->redirect_policy() != BG_HTTP_REDIRECT_POLICY_DISALLOW;
    moved_to_ = follows || !is_redirect() ? url_ : redirected(url_, response_.location());
    const Url url = parse_url(moved_to_);
    if (moved_to_ == request_.url || !url.usable() || !url.is_http()) moved_to_.clear();
}

/// Follow it, or say why not. What the server wrote is not repeated: it may hold anything.
void Transfer::take_redirect() {
    std::string next = redirected(url_, response_.location());
    auto address = std::make_shared<const Url>(parse_url(next));
    const bool down =
        address_->scheme == Url::Scheme::kHttps && address->scheme == Url::Scheme::kHttp;
    const bool may_go_down =
        (request_.http->security_flags & BG_HTTP_REDIRECT_POLICY_ALLOW_HTTPS_TO_HTTP) != 0;
    if (!address->usable() || !address->is_http()) {
        stop(End::kFailed,
             finding_error(Finding::kInvalidResponse,
                           "The server redirects to what is no address of http or https."));
    } else if (down && !may_go_down) {
        stop(End::kFailed,
             finding_error(Finding::kInvalidResponse,
                           "The server redirects from https to http, which is not allowed."));
    } else if (moves_left_ == 0) {
        stop(End::kFailed,
             transport_error(CURLE_TOO_MANY_REDIRECTS, "The server redirects again and again."));
    } else {
        --moves_left_;
        url_ = std::move(next);
        address_ = std::move(address);
        stop(End::kMoved);
    }
}

bool Transfer::follow(CURLM* multi, const TransferOptions& options) {
    take_off(multi);
    curl_easy_reset(easy_); // what was for the former host goes
    curl_slist_free_all(std::exchange(headers_, nullptr));
    response_ = {};
    validator_ = {};
    body_ = Body::kUnjudged;
    ignored_ = 0;
    ignores_since_.reset();
    connection_.clear();
    connects_ = 0;
    ended_.reset();
    byte_ = -1;
    stands_still_ = false;
    reason_[0] = '\0';
    end_ = End::kRunning;
    if (Error error = set_up(options); error) return stop(End::kFailed, std::move(error));
    return curl_multi_add_handle(multi, easy_) == CURLM_OK ||
           stop(End::kFailed, transport_error(CURLE_OUT_OF_MEMORY, nullptr));
}

} // namespace bitscb3
