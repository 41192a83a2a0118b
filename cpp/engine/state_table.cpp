// SPDX-License-Identifier: MIT
// state_table.cpp - see state_table.hpp. Columns are in the order of BG_JOB_STATE's values.

#include "engine/state_table.hpp"

#include <iterator>

namespace bitscb3 {

namespace {

constexpr int kStates = BG_JOB_STATE_CANCELLED + 1;

constexpr HRESULT kOk = S_OK;
constexpr HRESULT kBad = BG_E_INVALID_STATE;
constexpr HRESULT kBusy = BG_E_READ_ONLY_WHEN_JOB_ACTIVE;

struct LegalRow {
    Call call;
    HRESULT verdicts[kStates];
};

// clang-format off
constexpr LegalRow kLegal[] = {
    //                              QUEUED  CONN.   TRANSF. SUSPEN. ERROR TRANS.E. DONE  ACKN.  CANC.
    {Call::kSet,                   {kOk,    kOk,    kOk,    kOk,    kOk,  kOk,     kOk,  kBad,  kBad}},
    {Call::kAddFile,               {kOk,    kOk,    kOk,    kOk,    kOk,  kOk,     kOk,  kBad,  kBad}},
    {Call::kSuspend,               {kOk,    kOk,    kOk,    kOk,    kOk,  kOk,     kOk,  kBad,  kBad}},
    {Call::kResume,                {kOk,    kOk,    kOk,    kOk,    kOk,  kOk,     kOk,  kBad,  kBad}},
    {Call::kCancel,                {kOk,    kOk,    kOk,    kOk,    kOk,  kOk,     kOk,  kBad,  kBad}},
    {Call::kComplete,              {kOk,    kOk,    kOk,    kOk,    kOk,  kOk,     kOk,  kBad,  kBad}},
    {Call::kSetFileAcls,           {kOk,    kOk,    kOk,    kOk,    kOk,  kOk,     kBad, kBad,  kBad}},
    {Call::kSetCertificateCallback,{kBusy,  kBusy,  kBusy,  kOk,    kOk,  kBusy,   kOk,  kBad,  kBad}},
};

constexpr int kQue = BG_JOB_STATE_QUEUED;
constexpr int kCon = BG_JOB_STATE_CONNECTING;
constexpr int kTra = BG_JOB_STATE_TRANSFERRING;
constexpr int kSus = BG_JOB_STATE_SUSPENDED;
constexpr int kErr = BG_JOB_STATE_ERROR;
constexpr int kTre = BG_JOB_STATE_TRANSIENT_ERROR;
constexpr int kDon = BG_JOB_STATE_TRANSFERRED;
constexpr int kAck = BG_JOB_STATE_ACKNOWLEDGED;
constexpr int kCan = BG_JOB_STATE_CANCELLED;
constexpr int k___ = -1; // cannot happen

struct EventRow {
    Event event;
    int next[kStates];
};

constexpr EventRow kEvents[] = {
    //                      QUEUED CONN.   TRANSF. SUSPEN. ERROR TRANS.E. DONE ACKN. CANC.
    {Event::kResumed,      {kQue,  kCon,   kTra,   kQue,   kQue, kQue,    kQue, k___, k___}},
    {Event::kSuspended,    {kSus,  kSus,   kSus,   kSus,   kSus, kSus,    kSus, k___, k___}},
    {Event::kTurnBegan,    {kCon,  k___,   k___,   k___,   k___, k___,    k___, k___, k___}},
    {Event::kTurnEnded,    {k___,  kQue,   kQue,   k___,   k___, k___,    k___, k___, k___}},
    {Event::kConnected,    {k___,  kTra,   kTra,   k___,   k___, k___,    k___, k___, k___}},
    {Event::kFault,        {k___,  kTre,   kTre,   k___,   k___, k___,    k___, k___, k___}},
    {Event::kBlocked,      {kTre,  kTre,   kTre,   k___,   k___, kTre,    k___, k___, k___}},
    {Event::kRetry,        {k___,  k___,   k___,   k___,   k___, kQue,    k___, k___, k___}},
    {Event::kGaveUp,       {k___,  kErr,   kErr,   k___,   k___, kErr,    kErr, k___, k___}},
    {Event::kRejected,     {kErr,  kErr,   kErr,   kErr,   kErr, kErr,    kErr, k___, k___}},
    {Event::kFilled,       {k___,  kDon,   kDon,   k___,   k___, k___,    k___, k___, k___}},
    {Event::kIdle,         {k___,  kSus,   kSus,   k___,   k___, k___,    k___, k___, k___}},
    {Event::kAcknowledged, {kAck,  kAck,   kAck,   kAck,   kAck, kAck,    kAck, k___, k___}},
    {Event::kCancelled,    {kCan,  kCan,   kCan,   kCan,   kCan, kCan,    kCan, k___, k___}},
};
// clang-format on

static_assert(std::size(kLegal) == static_cast<std::size_t>(Call::kSetCertificateCallback) + 1);
static_assert(std::size(kEvents) == static_cast<std::size_t>(Event::kCancelled) + 1);

/// Rows are in the order of their enumeration, which the compiler checks here.
template<class Row, std::size_t N, class Key>
constexpr bool in_order(const Row (&rows)[N], Key Row::* key) {
    for (std::size_t i = 0; i < N; ++i) {
        if (static_cast<std::size_t>(rows[i].*key) != i) return false;
    }
    return true;
}
static_assert(in_order(kLegal, &LegalRow::call) && in_order(kEvents, &EventRow::event));

} // namespace

HRESULT verdict(Call call, BG_JOB_STATE state) noexcept {
    return kLegal[static_cast<std::size_t>(call)].verdicts[state];
}

std::optional<BG_JOB_STATE> next_state(BG_JOB_STATE state, Event event) noexcept {
    const int next = kEvents[static_cast<std::size_t>(event)].next[state];
    return next == k___ ? std::nullopt : std::optional(static_cast<BG_JOB_STATE>(next));
}

} // namespace bitscb3
