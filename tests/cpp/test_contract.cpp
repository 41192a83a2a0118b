// SPDX-License-Identifier: MIT
// test_contract.cpp - the contract as C++ sees it: ids, slots, values, texts.

#include "base/com_object.hpp"
#include "base/guid.hpp"

#include <bitscb3/bits.h>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
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
    HRESULT STDMETHODCALLTYPE JobError(IBackgroundCopyJob*,
                                       IBackgroundCopyError*) noexcept override {
        return note("JobError");
    }
    HRESULT STDMETHODCALLTYPE JobModification(IBackgroundCopyJob*, DWORD) noexcept override {
        return note("JobModification");
    }
    HRESULT STDMETHODCALLTYPE FileTransferred(IBackgroundCopyJob*,
                                              IBackgroundCopyFile*) noexcept override {
        return note("FileTransferred");
    }
    HRESULT STDMETHODCALLTYPE FileRangesTransferred(IBackgroundCopyJob*, IBackgroundCopyFile*,
                                                    DWORD,
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
#define CLASS_ID(Class, text) {#Class, &CLSID_##Class, text},
const Id kIds[] = {
#include "contract_ids.inc"
};
#undef ID
#undef CLASS_ID

/// The BITS codes end at 0x76; some numbers before it were never given out.
bool is_bits_code(unsigned low) {
    return !(low >= 0x2F && low <= 0x3D) && !(low >= 0x4A && low <= 0x4F) &&
           !(low >= 0x5A && low <= 0x5F);
}

bool is_sentence(const char* text) {
    return text != nullptr && std::strlen(text) > 4 && text[0] >= 'A' && text[0] <= 'Z' &&
           text[std::strlen(text) - 1] == '.';
}

BITS_JOB_PROPERTY_ID set_id;
BITS_JOB_PROPERTY_VALUE set_value;
void* set_object;

HRESULT STDMETHODCALLTYPE set_property(void* object, BITS_JOB_PROPERTY_ID id,
                                       BITS_JOB_PROPERTY_VALUE value) {
    set_object = object;
    set_id = id;
    set_value = value;
    return S_FALSE;
}

/// A job as a service in C has it: a pointer to a table of functions. Only slot 53 may be called.
struct JobInC {
    struct Table {
        void* before[53];
        HRESULT(STDMETHODCALLTYPE* set)(void*, BITS_JOB_PROPERTY_ID, BITS_JOB_PROPERTY_VALUE);
        void* after;
    };
    const Table* table;
};
const JobInC::Table kTableInC = {{}, &set_property, nullptr};
JobInC in_c = {&kTableInC};

#if !defined(_WIN32)
/// The slot behind a pointer to a virtual method.
/// Source: Itanium C++ ABI, 2.3: the pointer holds the method's offset in the table; bit 0 is a
/// mark.
template<class Method>
std::size_t slot_of(Method method) {
    std::uintptr_t offset = 0;
    static_assert(sizeof method >= sizeof offset);
    std::memcpy(&offset, &method, sizeof offset);
    return (offset & ~std::uintptr_t{1}) / sizeof(void*);
}
#endif

} // namespace

// Every id of an interface and of a class is the documented one.
TEST_CASE("interface and class ids") {
    CHECK(std::size(kIds) == 29 + 10);
    for (const Id& id : kIds) {
        CAPTURE(id.name);
        CHECK(to_string(*id.id) == id.text);
    }
    CHECK(to_string(IID_IUnknown) == "00000000-0000-0000-c000-000000000046");
}

#if !defined(_WIN32)
// In C++, every method of every interface has the slot that it has in C.
TEST_CASE("slots of every interface") {
    struct Method {
        const char* name;
        std::size_t cpp_slot, slot;
    };
#define SLOT(interface, method, slot) {#interface "::" #method, slot_of(&interface::method), slot},
#define END(interface, slots)
    const Method methods[] = {
#include "contract_slots.inc"
    };
#undef SLOT
#undef END
    CHECK(std::size(methods) == 457);
    for (const Method& method : methods) {
        CAPTURE(method.name);
        CHECK(method.cpp_slot == method.slot);
    }
}
#endif

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

// QueryInterface answers for every ancestor with one identity, and with E_NOINTERFACE and null
// else.
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

// The value of a job property is a union of 16 bytes, and a service in C gets it by value in
// slot 53.
TEST_CASE("property values") {
    CHECK(sizeof(BITS_JOB_PROPERTY_VALUE) == 16);
    CHECK(alignof(BITS_JOB_PROPERTY_VALUE) == 8);

    // volatile: the compiler must not follow what the object really is.
    void* volatile opaque = &in_c;
    auto* job = static_cast<IBackgroundCopyJob5*>(static_cast<void*>(opaque));
    BITS_JOB_PROPERTY_VALUE value = {};
    value.ClsID = CLSID_BackgroundCopyManager10_1;
    CHECK(job->SetProperty(BITS_JOB_PROPERTY_NOTIFICATION_CLSID, value) == S_FALSE);
    CHECK(set_object == &in_c);
    CHECK(set_id == BITS_JOB_PROPERTY_NOTIFICATION_CLSID);
    CHECK(set_value.ClsID == CLSID_BackgroundCopyManager10_1);
}

// GUIDs compare by all of their bytes.
TEST_CASE("comparing ids") {
    GUID other = IID_IUnknown;
    CHECK(other == IID_IUnknown);
    CHECK(IsEqualIID(other, IID_IUnknown));
    other.Data4[7] ^= 1;
    CHECK(other != IID_IUnknown);
    CHECK(!IsEqualCLSID(other, IID_IUnknown));
}

// A name is the constant's, without a prefix of our own, and an unknown code has no name and no
// text.
TEST_CASE("names and texts of codes") {
    CHECK(std::string(bitscb3_code_name(BG_E_INVALID_STATE)) == "BG_E_INVALID_STATE");
    CHECK(std::string(bitscb3_code_name(BG_E_HTTP_ERROR_404)) == "BG_E_HTTP_ERROR_404");
    CHECK(std::string(bitscb3_code_name(static_cast<HRESULT>(0x80070070))) == "ERROR_DISK_FULL");
    CHECK(bitscb3_code_name(static_cast<HRESULT>(0x80201234)) == nullptr);
    CHECK(bitscb3_code_text(static_cast<HRESULT>(0x80201234)) == nullptr);
}

// Each BITS code is either an error or a success, with one name and a sentence; the gaps have
// neither.
TEST_CASE("codes of BITS") {
    for (unsigned low = 0; low <= 0x90; ++low) {
        CAPTURE(low);
        const auto error = static_cast<HRESULT>(0x80200000u + low);
        const auto success = static_cast<HRESULT>(0x00200000u + low);
        const bool named_error = bitscb3_code_name(error) != nullptr;
        const bool named_success = bitscb3_code_name(success) != nullptr;
        const bool given_out = low >= 1 && low <= 0x76 && is_bits_code(low);
        CHECK((named_error != named_success) == given_out);
        CHECK(!(named_error && named_success));
        CHECK(is_sentence(bitscb3_code_text(error)) == named_error);
        CHECK(is_sentence(bitscb3_code_text(success)) == named_success);
        if (named_error) CHECK(std::string(bitscb3_code_name(error)).starts_with("BG_E_"));
        if (named_success) CHECK(std::string(bitscb3_code_name(success)).starts_with("BG_S_"));
    }
}

// Every HTTP status from 100 to 599 has a name with its number and a sentence, and no other has.
TEST_CASE("codes of HTTP") {
    for (unsigned status = 0; status < 1000; ++status) {
        CAPTURE(status);
        const HRESULT code = BITSCB3_HTTP_ERROR(status);
        const bool known = status >= 100 && status <= 599;
        REQUIRE((bitscb3_code_name(code) != nullptr) == known);
        CHECK(is_sentence(bitscb3_code_text(code)) == known);
        if (known) CHECK(bitscb3_code_name(code) == "BG_E_HTTP_ERROR_" + std::to_string(status));
    }
}

// The twelve messages of the event log and the codes of the layers below have names and sentences.
TEST_CASE("codes of others") {
    for (unsigned low = 0; low <= 0xB; ++low) {
        const auto code = static_cast<HRESULT>(0x80194000u + low);
        CAPTURE(low);
        REQUIRE(bitscb3_code_name(code) != nullptr);
        CHECK(std::string(bitscb3_code_name(code)).starts_with("BITS_MC_"));
        CHECK(is_sentence(bitscb3_code_text(code)));
    }
    const struct {
        HRESULT code;
        const char* name;
    } others[] = {
        {S_OK, "S_OK"},
        {S_FALSE, "S_FALSE"},
        {E_NOTIMPL, "E_NOTIMPL"},
        {E_NOINTERFACE, "E_NOINTERFACE"},
        {E_POINTER, "E_POINTER"},
        {E_ABORT, "E_ABORT"},
        {E_FAIL, "E_FAIL"},
        {E_UNEXPECTED, "E_UNEXPECTED"},
        {E_PENDING, "E_PENDING"},
        {E_ACCESSDENIED, "E_ACCESSDENIED"},
        {E_OUTOFMEMORY, "E_OUTOFMEMORY"},
        {E_INVALIDARG, "E_INVALIDARG"},
        {static_cast<HRESULT>(0x80040154), "REGDB_E_CLASSNOTREG"},
        {static_cast<HRESULT>(0x800401FD), "CO_E_OBJNOTCONNECTED"},
        {static_cast<HRESULT>(0x80004021), "CO_E_NOT_SUPPORTED"},
        {static_cast<HRESULT>(0x800706F4), "RPC_X_NULL_REF_POINTER"},
        {static_cast<HRESULT>(0x800706F7), "RPC_X_BAD_STUB_DATA"},
        {static_cast<HRESULT>(0x80092004), "CRYPT_E_NOT_FOUND"},
        {static_cast<HRESULT>(0x80070003), "ERROR_PATH_NOT_FOUND"},
        {static_cast<HRESULT>(0x80070020), "ERROR_SHARING_VIOLATION"},
        {static_cast<HRESULT>(0x80070070), "ERROR_DISK_FULL"},
        {static_cast<HRESULT>(0x80072EE7), "ERROR_NAME_NOT_RESOLVED"},
        {static_cast<HRESULT>(0x80072EEF), "ERROR_LOGIN_FAILURE"},
        {static_cast<HRESULT>(0x80072EFD), "ERROR_CANNOT_CONNECT"},
        {static_cast<HRESULT>(0x80072F0C), "ERROR_CLIENT_AUTH_CERT_NEEDED"},
        {static_cast<HRESULT>(0x80072F19), "ERROR_SECURE_CERT_REV_FAILED"},
        {static_cast<HRESULT>(0x80072F78), "ERROR_INVALID_SERVER_RESPONSE"},
        {static_cast<HRESULT>(0x80072F8A), "ERROR_SECURE_CERT_REVOKED"},
    };
    for (const auto& other : others) {
        CAPTURE(other.name);
        const char* name = bitscb3_code_name(other.code);
        REQUIRE(name != nullptr);
        CHECK(std::string(name) == other.name);
        CHECK(is_sentence(bitscb3_code_text(other.code)));
    }
}
