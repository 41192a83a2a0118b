// SPDX-License-Identifier: MIT
// test_contract.cpp - the contract as C++ sees it: ids, slots, values, texts.

#include "base/com_object.hpp"
#include "base/guid.hpp"

#include <bitscb3/bits.h>

#include <doctest/doctest.h>

#include <cstring>
#include <string>

using namespace bitscb3;

namespace {

/// Notes which method was called.
class Recorder final : public ComObject<IBackgroundCopyCallback3> {
  public:
    std::string called;
    BG_FILE_RANGE range = {};

    HRESULT STDMETHODCALLTYPE JobTransferred(IBackgroundCopyJob*) noexcept override {
        return note("JobTransferred");
    }
    HRESULT STDMETHODCALLTYPE JobError(IBackgroundCopyJob*, IBackgroundCopyError*) noexcept override {
        return note("JobError");
    }
    HRESULT STDMETHODCALLTYPE JobModification(IBackgroundCopyJob*, DWORD) noexcept override {
        return note("JobModification");
    }
    HRESULT STDMETHODCALLTYPE FileTransferred(IBackgroundCopyJob*,
                                              IBackgroundCopyFile*) noexcept override {
        return note("FileTransferred");
    }
    HRESULT STDMETHODCALLTYPE FileRangesTransferred(IBackgroundCopyJob*, IBackgroundCopyFile*, DWORD,
                                                    const BG_FILE_RANGE* ranges) noexcept override {
        range = ranges[0];
        return note("FileRangesTransferred");
    }

  private:
    HRESULT note(const char* name) {
        called = name;
        return S_OK;
    }
};

struct Id {
    const char* name;
    const IID* id;
    const char* text;
};
#define ID(Interface, text) {#Interface, &IID_##Interface, text},
const Id kIds[] = {
#include "contract_ids.inc"
};
#undef ID

} // namespace

// Every interface id is the documented one.
TEST_CASE("interface ids") {
    CHECK(std::size(kIds) == 28);
    for (const Id& id : kIds) {
        CAPTURE(id.name);
        CHECK(to_string(*id.id) == id.text);
    }
    CHECK(to_string(IID_IUnknown) == "00000000-0000-0000-c000-000000000046");
}

// The slots of a C++ object stand in the order of the contract, callable by index.
TEST_CASE("slots by index") {
    const auto recorder = make_com<Recorder>();
    void* object = static_cast<IBackgroundCopyCallback3*>(recorder.get());
    void** table = *static_cast<void***>(object);
    BG_FILE_RANGE range = {7, 9};
    reinterpret_cast<HRESULT (*)(void*, void*)>(table[3])(object, nullptr);
    CHECK(recorder->called == "JobTransferred");
    reinterpret_cast<HRESULT (*)(void*, void*, void*)>(table[4])(object, nullptr, nullptr);
    CHECK(recorder->called == "JobError");
    reinterpret_cast<HRESULT (*)(void*, void*, DWORD)>(table[5])(object, nullptr, 0);
    CHECK(recorder->called == "JobModification");
    reinterpret_cast<HRESULT (*)(void*, void*, void*)>(table[6])(object, nullptr, nullptr);
    CHECK(recorder->called == "FileTransferred");
    reinterpret_cast<HRESULT (*)(void*, void*, void*, DWORD, const BG_FILE_RANGE*)>(table[7])(
        object, nullptr, nullptr, 1, &range);
    CHECK(recorder->called == "FileRangesTransferred");
    CHECK(recorder->range.Length == 9);
}

// QueryInterface answers for every ancestor with one identity, and with E_NOINTERFACE and null else.
TEST_CASE("query interface") {
    const auto recorder = make_com<Recorder>();
    const auto unknown = recorder.query<IUnknown>();
    CHECK(recorder.query<IBackgroundCopyCallback>().query<IUnknown>() == unknown);
    CHECK(recorder.query<IBackgroundCopyCallback2>().query<IUnknown>() == unknown);
    CHECK(recorder.query<IBackgroundCopyCallback3>().query<IUnknown>() == unknown);
    void* out = &out;
    CHECK(recorder->QueryInterface(IID_IBackgroundCopyJob, &out) == E_NOINTERFACE);
    CHECK(out == nullptr);
    CHECK(recorder->QueryInterface(IID_IUnknown, nullptr) == E_POINTER);
}

// References are counted, and the last one ends the object.
TEST_CASE("reference count") {
    auto recorder = make_com<Recorder>();
    CHECK(recorder->AddRef() == 2);
    CHECK(recorder->Release() == 1);
}

// The value of a job property is a union of 16 bytes that is passed by value.
TEST_CASE("property values") {
    CHECK(sizeof(BITS_JOB_PROPERTY_VALUE) == 16);
    CHECK(alignof(BITS_JOB_PROPERTY_VALUE) == 8);
    using Set = HRESULT (IBackgroundCopyJob5::*)(BITS_JOB_PROPERTY_ID, BITS_JOB_PROPERTY_VALUE);
    [[maybe_unused]] Set set = &IBackgroundCopyJob5::SetProperty;
}

// Every code has a name and a sentence, and an unknown one has neither.
TEST_CASE("names and texts of codes") {
    CHECK(std::string(bitscb3_code_name(BG_E_INVALID_STATE)) == "BG_E_INVALID_STATE");
    CHECK(std::string(bitscb3_code_name(BG_E_HTTP_ERROR_404)) == "BG_E_HTTP_ERROR_404");
    CHECK(std::string(bitscb3_code_name(static_cast<HRESULT>(0x80070070))) == "ERROR_DISK_FULL");
    CHECK(bitscb3_code_name(static_cast<HRESULT>(0x80201234)) == nullptr);
    CHECK(bitscb3_code_text(static_cast<HRESULT>(0x80201234)) == nullptr);
    for (unsigned low = 1; low <= 0x76; ++low) {
        for (const unsigned facility : {0x80200000u, 0x00200000u}) {
            const auto code = static_cast<HRESULT>(facility + low);
            const char* name = bitscb3_code_name(code);
            if (name == nullptr) continue;
            CAPTURE(name);
            REQUIRE(bitscb3_code_text(code) != nullptr);
            CHECK(std::strlen(bitscb3_code_text(code)) > 10);
        }
    }
}
