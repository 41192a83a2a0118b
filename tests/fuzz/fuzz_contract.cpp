// SPDX-License-Identifier: MIT
// fuzz_contract.cpp - any text, number and list through the methods of the contract.
// Laws: what a setter took its getter gives, with U+FFFD for surrogates that stand alone; lengths
// and
//       lists are judged as a plain reading of the documentation does; what is refused changes
//       nothing.

#include "engine_run.hpp"

#include <algorithm>
#include <vector>

using namespace bitscb3;

namespace {

/// Text of an input: a byte is a character, 0xFF and two bytes are any code unit.
WideString wide(Bytes& bytes) {
    const std::string_view text = bytes.text();
    WideString out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte == 0xFF && i + 2 < text.size()) {
            const auto high = static_cast<unsigned char>(text[i + 1]);
            out += static_cast<WCHAR>(high << 8 | static_cast<unsigned char>(text[i + 2]));
            i += 2;
        } else if (byte == 0xFE) { // long
            out.append(300, out.empty() ? WCHAR{'x'} : out.back());
        } else {
            out += WCHAR{byte};
        }
    }
    out.resize(length_of(out.c_str()));
    return out;
}

WideString mended(const WideString& text) {
    return to_utf16(to_utf8(text.c_str()));
}

WideString local_name(Bytes& bytes) {
    return to_utf16(run().folder.string() + "/") + wide(bytes);
}

std::vector<BG_FILE_RANGE> ranges_of(Bytes& bytes) {
    std::vector<BG_FILE_RANGE> out(bytes.choice(6));
    for (BG_FILE_RANGE& range : out) range = {bytes.number(), bytes.number()};
    return out;
}

/// BITS, AddFileWithRanges: none empty, none beyond what can be, none that meets another.
bool are_pieces(const std::vector<BG_FILE_RANGE>& ranges) {
    for (std::size_t i = 0; i < ranges.size(); ++i) {
        const auto& [offset, length] = ranges[i];
        const bool to_end = length == BG_LENGTH_TO_EOF;
        if (length == 0 || offset == BG_LENGTH_TO_EOF) return false;
        if (!to_end && length > UINT64_MAX - 1 - offset) return false;
        const std::uint64_t end = to_end ? UINT64_MAX : offset + length;
        for (std::size_t k = 0; k < i; ++k) {
            const bool other_to_end = ranges[k].Length == BG_LENGTH_TO_EOF;
            const std::uint64_t other_end =
                other_to_end ? UINT64_MAX : ranges[k].InitialOffset + ranges[k].Length;
            if (offset < other_end && ranges[k].InitialOffset < end) return false;
        }
    }
    return !ranges.empty();
}

/// BITS, RequestFileRanges, of a file whose size is not known.
bool are_requests(const std::vector<BG_FILE_RANGE>& ranges) {
    return !ranges.empty() && std::all_of(ranges.begin(), ranges.end(), [](const auto& range) {
        if (range.Length == 0 || range.InitialOffset == UINT64_MAX) return false;
        return range.Length == BG_LENGTH_TO_EOF || range.Length <= UINT64_MAX - range.InitialOffset;
    });
}

class Session {
  public:
    explicit Session(Bytes& bytes) : bytes_(bytes) {
        const WideString name = wide(bytes_);
        const HRESULT made =
            run().manager->CreateJob(name.c_str(), BG_JOB_TYPE_DOWNLOAD, &id_, job_.put());
        LAW((made == S_OK) == (name.size() <= 256));
        if (made != S_OK) return;
        LAW(text([&](LPWSTR* out) { return job_->GetDisplayName(out); }) == mended(name));
        job5_ = job_.query<IBackgroundCopyJob5>();
        http_ = job_.query<IBackgroundCopyJobHttpOptions3>();
    }
    ~Session() {
        if (!job_) return;
        LAW(job_->Cancel() == S_OK);
        LAW(job_->SetDescription(u"x") == BG_E_INVALID_STATE);
        ComPtr<IBackgroundCopyJob> gone;
        LAW(run().manager->GetJob(id_, gone.put()) == BG_E_NOT_FOUND);
    }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    [[nodiscard]] bool stands() const noexcept { return static_cast<bool>(job_); }

    void call() {
        switch (bytes_.choice(16)) {
        case 0:
            return display_name();
        case 1:
            return description();
        case 2:
            return add_file();
        case 3:
            return add_pieces();
        case 4:
            return proxy();
        case 5:
            return credentials();
        case 6:
            return headers();
        case 7:
            return command_line();
        case 8:
            return prefix();
        case 9:
            return property();
        case 10:
            return method();
        case 11:
            return numbers();
        case 12:
            return certificate();
        case 13:
            return remote_name();
        case 14:
            return request();
        default:
            return manager();
        }
    }

  private:
    template<class Get>
    static WideString text(Get&& get) {
        LPWSTR out = nullptr;
        const HRESULT got = get(&out);
        LAW(SUCCEEDED(got) == (out != nullptr || got == S_FALSE));
        const WideString copy = out != nullptr ? WideString(out) : WideString();
        CoTaskMemFree(out);
        return copy;
    }
    template<class Set, class Get>
    void round_trip(std::size_t most, Set&& set, Get&& get) {
        const WideString before = text(get);
        const WideString value = wide(bytes_);
        const HRESULT result = set(value.c_str());
        LAW(result == (value.size() <= most ? S_OK : BG_E_STRING_TOO_LONG));
        LAW(text(get) == (result == S_OK ? mended(value) : before));
    }

    void display_name() {
        round_trip(
            256, [&](LPCWSTR value) { return job_->SetDisplayName(value); },
            [&](LPWSTR* out) { return job_->GetDisplayName(out); });
    }
    void description() {
        round_trip(
            1024, [&](LPCWSTR value) { return job_->SetDescription(value); },
            [&](LPWSTR* out) { return job_->GetDescription(out); });
    }
    void add_file() {
        const WideString remote = wide(bytes_);
        const WideString local = local_name(bytes_);
        const ULONG before = count();
        const HRESULT result = job_->AddFile(remote.c_str(), local.c_str());
        LAW(count() == before + (result == S_OK ? 1 : 0));
        if (result != S_OK) return;
        const auto file = last();
        LAW(text([&](LPWSTR* out) { return file->GetRemoteName(out); }) == mended(remote));
        LAW(text([&](LPWSTR* out) { return file->GetLocalName(out); }) == mended(local));
        LAW(remote.size() <= 2200 && local.size() <= 260);
        LAW(remote.find(u'\r') == WideString::npos && remote.find(u'\n') == WideString::npos);
    }
    void add_pieces() {
        std::vector<BG_FILE_RANGE> ranges = ranges_of(bytes_);
        const WideString local = to_utf16((run().folder / "pieces").string());
        const HRESULT result =
            job5_->AddFileWithRanges(u"http://127.0.0.1:1/f", local.c_str(),
                                     static_cast<DWORD>(ranges.size()), ranges.data());
        if (result == BG_E_UNSUPPORTED_JOB_CONFIGURATION) return; // with a method of its own
        LAW((result == S_OK) == are_pieces(ranges));
        if (result != S_OK) return;
        DWORD kept = 0;
        BG_FILE_RANGE* pieces = nullptr;
        LAW(last().query<IBackgroundCopyFile6>()->GetFileRanges(&kept, &pieces) == S_OK);
        LAW(kept == ranges.size());
        for (DWORD i = 0; i < kept; ++i) {
            LAW(pieces[i].InitialOffset == ranges[i].InitialOffset);
            LAW(pieces[i].Length == ranges[i].Length);
        }
        CoTaskMemFree(pieces);
    }
    void proxy() {
        const auto usage = static_cast<BG_JOB_PROXY_USAGE>(bytes_.choice(4));
        const WideString list = wide(bytes_);
        const WideString bypass = wide(bytes_);
        const bool overrides = usage == BG_JOB_PROXY_USAGE_OVERRIDE;
        const HRESULT result = job_->SetProxySettings(usage, overrides ? list.c_str() : nullptr,
                                                      overrides ? bypass.c_str() : nullptr);
        LAW((result == S_OK) == (!overrides || (list.size() <= 4000 && bypass.size() <= 4000)));
        if (result != S_OK) return;
        BG_JOB_PROXY_USAGE kept = BG_JOB_PROXY_USAGE_PRECONFIG;
        LPWSTR kept_list = nullptr;
        LPWSTR kept_bypass = nullptr;
        LAW(job_->GetProxySettings(&kept, &kept_list, &kept_bypass) == S_OK && kept == usage);
        LAW(!overrides || WideString(kept_list) == mended(list));
        LAW(kept_bypass == nullptr || WideString(kept_bypass) == mended(bypass));
        CoTaskMemFree(kept_list);
        CoTaskMemFree(kept_bypass);
    }
    void credentials() {
        WideString user = wide(bytes_);
        WideString password = wide(bytes_);
        BG_AUTH_CREDENTIALS given = {};
        given.Target = bytes_.choice(2) != 0 ? BG_AUTH_TARGET_SERVER : BG_AUTH_TARGET_PROXY;
        given.Scheme = static_cast<BG_AUTH_SCHEME>(BG_AUTH_SCHEME_BASIC + bytes_.choice(2));
        given.Credentials.Basic = {user.data(), password.data()};
        const HRESULT result = job5_->SetCredentials(&given);
        LAW((result == S_OK) == (user.size() <= 300 && password.size() <= 65'536));
        const HRESULT removed = job5_->RemoveCredentials(given.Target, given.Scheme);
        LAW(result != S_OK || removed == S_OK);
        LAW(job5_->RemoveCredentials(given.Target, given.Scheme) == S_FALSE);
    }
    void headers() {
        const WideString value = wide(bytes_);
        const auto get = [&](LPWSTR* out) { return http_->GetCustomHeaders(out); };
        const WideString before = text(get);
        const HRESULT result = http_->SetCustomHeaders(value.c_str());
        LAW(result == S_OK || result == E_INVALIDARG || result == BG_E_STRING_TOO_LONG);
        LAW(text(get) == (result == S_OK ? mended(value) : before));
        if (result != S_OK || value.empty()) return;
        LAW(value.size() < 16'384 && value.find(u':') != WideString::npos);
        LAW(value.substr(value.size() - 2) == u"\r\n");
        LAW(std::count(value.begin(), value.end(), u'\r') ==
            std::count(value.begin(), value.end(), u'\n'));
    }
    void command_line() {
        const WideString program = wide(bytes_);
        const WideString parameters = wide(bytes_);
        const HRESULT result = job5_->SetNotifyCmdLine(program.c_str(), parameters.c_str());
        const bool fits = program.size() <= 260 && parameters.size() <= 4000;
        LAW((result == S_OK) == (fits && !program.empty() && program.front() == u'/'));
        if (result != S_OK) return;
        LPWSTR kept = nullptr;
        LPWSTR kept_parameters = nullptr;
        LAW(job5_->GetNotifyCmdLine(&kept, &kept_parameters) == S_OK);
        LAW(kept == mended(program) && kept_parameters == mended(parameters));
        CoTaskMemFree(kept);
        CoTaskMemFree(kept_parameters);
    }
    void prefix() {
        const WideString from = wide(bytes_);
        const WideString to = wide(bytes_);
        const std::vector<WideString> before = remotes();
        const HRESULT result = job5_->ReplaceRemotePrefix(from.c_str(), to.c_str());
        std::vector<WideString> expected = before;
        const WideString old = mended(from);
        for (WideString& remote : expected) {
            if (result == S_OK && remote.compare(0, old.size(), old) == 0) {
                remote = mended(to) + remote.substr(old.size());
            }
        }
        LAW(remotes() == expected);
    }
    void property() {
        const auto id = static_cast<BITS_JOB_PROPERTY_ID>(bytes_.choice(16));
        BITS_JOB_PROPERTY_VALUE value = {};
        value.Uint64 = bytes_.number();
        const HRESULT result = job5_->SetProperty(id, value);
        BITS_JOB_PROPERTY_VALUE kept = {};
        LAW((job5_->GetProperty(id, &kept) == BG_E_UNKNOWN_PROPERTY_ID) ==
            (result == BG_E_UNKNOWN_PROPERTY_ID));
        if (result != S_OK) return;
        if (id == BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE) LAW(kept.Uint64 == value.Uint64);
        if (id == BITS_JOB_PROPERTY_ID_COST_FLAGS) LAW(kept.Dword == value.Dword);
        if (id == BITS_JOB_PROPERTY_ON_DEMAND_MODE) LAW((kept.Enable != 0) == (value.Enable != 0));
    }
    void method() {
        const WideString value = wide(bytes_);
        const auto get = [&](LPWSTR* out) { return http_->GetHttpMethod(out); };
        const WideString before = text(get);
        const HRESULT result = http_->SetHttpMethod(value.c_str());
        LAW(text(get) == (result == S_OK ? value : before));
    }
    void numbers() {
        const auto number = static_cast<ULONG>(bytes_.number());
        ULONG kept = 0;
        LAW(job_->SetMinimumRetryDelay(number) == S_OK &&
            job_->GetMinimumRetryDelay(&kept) == S_OK);
        LAW(kept == std::max<ULONG>(number, 5));
        LAW(job_->SetNoProgressTimeout(number) == S_OK &&
            job_->GetNoProgressTimeout(&kept) == S_OK);
        LAW(kept == number);
        LAW(job5_->SetMaximumDownloadTime(number) == S_OK &&
            job5_->GetMaximumDownloadTime(&kept) == S_OK && kept == number);
        if (job_->SetNotifyFlags(number) == S_OK) {
            LAW(job_->GetNotifyFlags(&kept) == S_OK && kept == number);
        }
        if (http_->SetSecurityFlags(number) == S_OK) {
            LAW(http_->GetSecurityFlags(&kept) == S_OK && kept == number);
        }
        (void)job5_->SetPeerCachingFlags(number);
        (void)job5_->SetFileACLFlags(number);
        (void)job_->SetPriority(static_cast<BG_JOB_PRIORITY>(number % 4));
        const std::uint64_t rate = bytes_.number();
        std::uint64_t kept_rate = 0;
        LAW(bitscb3_set_job_rate_limit(job_.get(), rate) == S_OK);
        LAW(bitscb3_get_job_rate_limit(job_.get(), &kept_rate) == S_OK && kept_rate == rate);
    }
    void certificate() {
        const WideString store = local_name(bytes_);
        const WideString subject = wide(bytes_);
        LAW(FAILED(http_->SetClientCertificateByName(BG_CERT_STORE_LOCATION_CURRENT_USER,
                                                     store.c_str(), subject.c_str())));
        LAW(http_->RemoveClientCertificate() == S_FALSE);
    }
    void remote_name() {
        const WideString value = wide(bytes_);
        const auto file = last().query<IBackgroundCopyFile6>();
        if (!file) return;
        const auto get = [&](LPWSTR* out) { return file->GetRemoteName(out); };
        const WideString before = text(get);
        const HRESULT result = file->SetRemoteName(value.c_str());
        LAW(text(get) == (result == S_OK ? mended(value) : before));
    }
    void request() {
        const std::vector<BG_FILE_RANGE> ranges = ranges_of(bytes_);
        const auto file = last().query<IBackgroundCopyFile6>();
        if (!file) return;
        const auto size = static_cast<DWORD>(ranges.size());
        const HRESULT result = file->RequestFileRanges(size, ranges.data());
        const bool serves = !ranges.empty() && result != BG_E_RANDOM_ACCESS_NOT_SUPPORTED;
        LAW(!serves || (result == S_OK) == are_requests(ranges));
        (void)file->UpdateDownloadPosition(bytes_.number());
        const HRESULT taken = bitscb3_cancel_ranges(file.get(), size, ranges.data());
        LAW(!serves || taken == S_OK);
        DWORD filled = 1;
        BG_FILE_RANGE* kept = nullptr;
        LAW(!serves || file->GetFilledFileRanges(&filled, &kept) == S_OK);
        LAW(kept == nullptr && (!serves || filled == 0));
    }
    void manager() {
        GUID id = {};
        id.Data1 = static_cast<std::uint32_t>(bytes_.number());
        ComPtr<IBackgroundCopyJob> found;
        LAW(run().manager->GetJob(id, found.put()) == BG_E_NOT_FOUND && !found);
        LAW(run().manager->GetJob(id_, found.put()) == S_OK);
        LPWSTR out = nullptr;
        const auto code = static_cast<HRESULT>(bytes_.number());
        const HRESULT told =
            run().manager->GetErrorDescription(code, static_cast<DWORD>(bytes_.number()), &out);
        LAW((told == S_OK) == (out != nullptr));
        CoTaskMemFree(out);
    }

    [[nodiscard]] ComPtr<IEnumBackgroundCopyFiles> files() {
        ComPtr<IEnumBackgroundCopyFiles> out;
        LAW(job_->EnumFiles(out.put()) == S_OK);
        return out;
    }
    [[nodiscard]] ULONG count() {
        ULONG out = 0;
        LAW(files()->GetCount(&out) == S_OK);
        return out;
    }
    [[nodiscard]] ComPtr<IBackgroundCopyFile> last() {
        const ULONG all = count();
        ComPtr<IBackgroundCopyFile> out;
        const auto list = files();
        ULONG got = 0;
        if (all > 0) LAW(list->Skip(all - 1) == S_OK && list->Next(1, out.put(), &got) == S_OK);
        return out;
    }
    [[nodiscard]] std::vector<WideString> remotes() {
        std::vector<WideString> out;
        const auto list = files();
        ComPtr<IBackgroundCopyFile> file;
        ULONG got = 0;
        while (list->Next(1, file.put(), &got) == S_OK) {
            out.push_back(text([&](LPWSTR* name) { return file->GetRemoteName(name); }));
        }
        return out;
    }

    Bytes& bytes_;
    GUID id_ = {};
    ComPtr<IBackgroundCopyJob> job_;
    ComPtr<IBackgroundCopyJob5> job5_;
    ComPtr<IBackgroundCopyJobHttpOptions3> http_;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Bytes bytes(data, size);
    LAW(bitscb3_set_network(run().manager.get(), 0) == S_OK); // nothing is transferred
    Session session(bytes);
    for (int i = 0; i < 24 && session.stands() && !bytes.empty(); ++i) session.call();
    return 0;
}
