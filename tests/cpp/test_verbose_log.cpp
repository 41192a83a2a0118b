// SPDX-License-Identifier: MIT
// test_verbose_log.cpp - libcurl's lines, from its callback to whoever reads them.

#include "embedded_bits.hpp"
#include "engine/transfer_log.hpp"
#include "engine/verbose_log.hpp"

#include <string>
#include <thread>
#include <vector>

using namespace bitscb3;

namespace {

std::string text_of(VerboseLog::Batch& batch) {
    std::string out;
    for (const LogLine& line : batch.lines) out += std::string(1, line.kind) + line.text + "\n";
    return out;
}

/// Reads the log of a manager until it is closed.
class Reader {
  public:
    explicit Reader(ComPtr<IBackgroundCopyManager> manager)
        : thread_([this, manager = std::move(manager)] {
              std::uint64_t dropped = 0;
              while (bitscb3_read_log(manager.get(), &Reader::take, this, &dropped) == S_OK) {
              }
          }) {}
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;
    ~Reader() { join(); }

    /// After the manager was closed.
    void join() {
        if (thread_.joinable()) thread_.join();
    }
    [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }
    Tally tally; // of lines

  private:
    static void take(void* self, const bitscb3_log_line* line) {
        auto& reader = *static_cast<Reader*>(self);
        reader.lines_.push_back(std::to_string(line->transfer) + " " + line->job_name + " " +
                                std::to_string(line->file) + " " + line->url + " " + line->kind +
                                " " + line->text);
        reader.tally.add();
    }

    std::vector<std::string> lines_; // of the thread, until it is joined
    std::thread thread_;
};

/// A job for a server that is not there.
ComPtr<IBackgroundCopyJob> unreachable(EmbeddedBits& bits, const char* name) {
    GUID id = {};
    ComPtr<IBackgroundCopyJob> job;
    REQUIRE(bits.manager->CreateJob(to_utf16(name).c_str(), BG_JOB_TYPE_DOWNLOAD, &id, job.put()) ==
            S_OK);
    const WideString path = to_utf16((bits.folder / name).string());
    REQUIRE(job->AddFile(to_utf16("http://127.0.0.1:1/file?secret").c_str(), path.c_str()) == S_OK);
    return job;
}

} // namespace

// The oldest lines make room and are counted; after close() what is left is taken, and then
// nothing more.
TEST_CASE("bounded log") {
    VerboseLog log;
    VerboseLog::Batch batch;
    const auto source = std::make_shared<LogSource>();
    log.put({source, '*', "off"});
    log.turn(true);
    for (int i = 0; i < 10'000; ++i) log.put({source, '*', std::to_string(i)});
    REQUIRE(log.take(batch));
    CHECK(batch.dropped + batch.lines.size() == 10'000);
    CHECK(batch.dropped > 0);
    CHECK(batch.lines.front().text == std::to_string(batch.dropped));
    CHECK(batch.lines.back().text == "9999");
    log.put({source, '*', "last"});
    log.close();
    log.put({source, '*', "late"});
    REQUIRE(log.take(batch));
    CHECK(text_of(batch) == "*last\n");
    CHECK(batch.dropped == 0);
    CHECK_FALSE(log.take(batch));
}

// Lines put by one thread reach another in their order, until the log is closed.
TEST_CASE("two threads") {
    VerboseLog log;
    log.turn(true);
    const auto source = std::make_shared<LogSource>();
    std::thread writer([&] {
        for (int i = 0; i < 5'000; ++i) log.put({source, '*', std::to_string(i)});
        log.close();
    });
    std::vector<std::string> taken;
    VerboseLog::Batch batch;
    while (log.take(batch)) {
        for (LogLine& line : batch.lines) taken.push_back(std::move(line.text));
    }
    writer.join();
    REQUIRE(taken.size() == 5'000);
    CHECK(taken.front() == "0");
    CHECK(taken.back() == "4999");
}

// A head that libcurl tells in pieces becomes whole lines; of a line that never ends, or is too
// long, the first word is left. Bodies and control characters do not come through.
TEST_CASE("pieces") {
    VerboseLog log;
    log.turn(true);
    {
        const auto source = std::make_shared<LogSource>();
        TransferLog transfer(log, source, Redaction("http://host/", {}));
        const auto say = [&](curl_infotype type, std::string text) {
            TransferLog::on_debug(nullptr, type, text.data(), text.size(), &transfer);
        };
        say(CURLINFO_HEADER_OUT, "GET /file HT");
        say(CURLINFO_TEXT, "words\n");
        say(CURLINFO_DATA_IN, "body\n");
        say(CURLINFO_SSL_DATA_OUT, "sealed\n");
        say(CURLINFO_HEADER_OUT, "TP/1.1\r\nX-Tok");
        say(CURLINFO_HEADER_OUT, "en: a\r\n\r\n");
        say(CURLINFO_HEADER_IN, "Server: a\x1b[2Jb\r\n");
        say(CURLINFO_HEADER_IN, "Server: " + std::string(100'000, 'x') + "\r\n");
        say(CURLINFO_HEADER_IN, "Server: c\xC2\x9B"
                                "2Jd\xC2\xA0\r\n");
        say(CURLINFO_HEADER_IN, "\tfolded" + std::string(100'000, 'x') + "\r\n");
        say(CURLINFO_HEADER_IN, std::string(100'000, 'x') + "\r\n");
        say(CURLINFO_HEADER_IN, "Location: https://u:p");
    }
    log.close();
    VerboseLog::Batch batch;
    REQUIRE(log.take(batch));
    CHECK(text_of(batch) == "*words\n>GET /file HTTP/1.1\n>X-Token: …\n<Server: a [2Jb\n"
                            "<Server…\n<Server: c  2Jd\xC2\xA0\n<…\n<…\n<Location…\n");
}

// What is said of requests reaches a reader with its job, file and URL, while they run, until the
// manager is closed.
TEST_CASE_FIXTURE(EmbeddedBits, "engine") {
    Reader reader(manager);
    REQUIRE(bitscb3_set_log(manager.get(), 1) == S_OK);
    for (const char* name : {"one", "two", "three"}) {
        CHECK(unreachable(*this, name)->Resume() == S_OK);
    }
    REQUIRE(reader.tally.reaches(6));
    close();
    reader.join();
    bool found = false;
    for (const std::string& line : reader.lines()) {
        CAPTURE(line);
        CHECK(line.find("secret") == std::string::npos);
        CHECK(line.find(" 0 http://127.0.0.1:1/file * ") != std::string::npos);
        found = found || line.find(" two 0 http://127.0.0.1:1/file * ") != std::string::npos;
    }
    CHECK(found);
}

// The functions refuse null pointers; once the manager is closed there is nothing to wait for.
TEST_CASE_FIXTURE(EmbeddedBits, "calls") {
    std::uint64_t dropped = 1;
    const auto take = [](void*, const bitscb3_log_line*) {};
    CHECK(bitscb3_set_log(nullptr, 1) == E_NOINTERFACE);
    CHECK(bitscb3_read_log(nullptr, take, nullptr, &dropped) == E_NOINTERFACE);
    CHECK(bitscb3_read_log(manager.get(), nullptr, nullptr, &dropped) == E_POINTER);
    CHECK(bitscb3_read_log(manager.get(), take, nullptr, nullptr) == E_POINTER);
    close();
    CHECK(bitscb3_read_log(manager.get(), take, nullptr, &dropped) == S_FALSE);
    CHECK(dropped == 0);
}
