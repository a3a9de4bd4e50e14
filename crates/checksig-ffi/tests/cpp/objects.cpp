// checksig.hpp: everything in it once, errors as exceptions and as codes, ranges, moves, callbacks that throw.
#include <checksig.hpp>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <thread>

namespace fs = std::filesystem;

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            std::fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                                       \
            std::exit(1);                                                                                              \
        }                                                                                                              \
    } while (0)

// Runs something that must throw checksig::error and gives it.
template <typename Function> checksig::error thrown_by(Function function)
{
    try {
        function();
    } catch (const checksig::error &error) {
        return error;
    }
    CHECK(!"nothing was thrown");
    std::abort();
}

static void whole_runs(const fs::path &top)
{
    const checksig::report good = checksig::verify(top / "good");
    CHECK(good && good.verified() && good.complete() && good.summary() == "verified 2 of 2 listed files (10 bytes)");
    CHECK(good.counts().ok == 2 && good.outcomes().empty() && !good.note());

    checksig::options options;
    options.keep = checksig::keep::all;
    options.threads = 2;
    options.reads = 1;
    options.io = checksig::io::blocking;
    checksig::report bad = checksig::verify(top / "bad", options);
    CHECK(!bad && bad.complete() && bad.counts().malformed == 1);
    const std::vector<checksig::outcome> outcomes = bad.outcomes();
    CHECK(outcomes.size() == 5 && outcomes[0].ok() && !outcomes[0].actual());
    const checksig::outcome &changed = outcomes[1];
    CHECK(changed.status() == checksig::status::mismatch && changed.path() == "changed" && changed.line() == 3);
    CHECK(changed.list() == (top / "bad/SHA256SUMS").native());
    CHECK(changed.actual() && *changed.actual() != changed.expected() && !changed.algorithm_assumed());
    CHECK(*changed.actual() == checksig::hash_bytes("world", checksig::algorithm::sha256));
    CHECK(changed.text().rfind("changed: mismatch: expected sha256 2cf24dba", 0) == 0);
    CHECK(changed.os_error() == 0 && !changed.offset());
    std::ostringstream printed;
    printed << outcomes[2].status() << ' ' << changed.expected();
    CHECK(printed.str() == "missing 2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
    checksig::report moved = std::move(bad);
    CHECK(moved.outcomes().size() == 5 && moved.get() != nullptr);

    options = {};
    options.detect_collisions = true;
    CHECK((options.raw().flags & CHECKSIG_DETECT_COLLISIONS) != 0);
    const checksig::report weak = checksig::verify(top / "signed", options);
    CHECK(weak && weak.note() == "sha1 does not protect against deliberate change");

    options = {};
    options.ignore_missing = true;
    CHECK(checksig::verify(top / "gone", options));
    options = {};
    options.allow_malformed = true;
    CHECK(checksig::verify(top / "garbage", options) && !checksig::verify(top / "gone", options));
}

static void errors(const fs::path &top)
{
    const checksig::error error = thrown_by([&] { checksig::verify(top / "nothing"); });
    CHECK(error.code() == checksig::errc::unreadable_list && error.os_error() == ENOENT);
    CHECK(std::string(error.what()).find("nothing") != std::string::npos);
    CHECK(error.code().category() == checksig::category() && error.code().message() == "unreadable_list");

    std::error_code code = checksig::errc::panic;
    CHECK(checksig::verify(top / "good", {}, {}, code) && !code);
    const checksig::report none = checksig::verify(top / "empty", {}, {}, code);
    CHECK(code == checksig::errc::no_list && !none && !none.complete() && none.summary().empty());
    CHECK(none.outcomes().empty() && none.counts().entries == 0);
    const checksig::manifest unread(top / "nothing", {}, code);
    CHECK(code == checksig::errc::unreadable_list && unread.size() == 0 && unread.begin() == unread.end());
    checksig::outcomes not_started(top / "nothing", {}, code);
    CHECK(code == checksig::errc::unreadable_list);
    CHECK(thrown_by([&] { not_started.next_event(); }).code() == checksig::errc::null_argument);
    CHECK(!checksig::hash_file(top, checksig::algorithm::md5, nullptr, code).size() && code == checksig::errc::unreadable_file);
    checksig::algorithm_from_name("sha257", code);
    CHECK(code == checksig::errc::unknown_algorithm);
    CHECK(thrown_by([] { checksig::algorithm_from_name("sha257"); }).code() == checksig::errc::unknown_algorithm);
    CHECK(thrown_by([] { checksig::hash_bytes("", checksig::algorithm::none); }).code() == code);
    CHECK(thrown_by([] { checksig::verify(std::vector<const checksig::manifest *>{}); }).code() == checksig::errc::invalid_argument);
}

static void ranges(const fs::path &top)
{
    checksig::outcomes outcomes(top / "many");
    std::uint64_t line = 0;
    for (const checksig::outcome &outcome : outcomes)
        CHECK(outcome.ok() && outcome.line() == ++line);
    CHECK(line == 300 && outcomes.report() && outcomes.next_event() == nullptr);

    // A loop that is left; the report goes through the rest.
    checksig::outcomes again(top / "many");
    for (const checksig::outcome &outcome : again)
        if (outcome.line() == 7)
            break;
    CHECK(again.report().counts().ok == 300);

    checksig::outcomes cancelled(top / "many");
    cancelled.cancel();
    CHECK(std::distance(cancelled.begin(), cancelled.end()) == 300);
    CHECK(!cancelled.report() && !cancelled.report().complete());

    // Given up in the middle, by a move and by an exception.
    checksig::outcomes given_up(top / "many");
    CHECK(given_up.begin()->path() == "000");
    given_up = checksig::outcomes(top / "good");
    CHECK(given_up.begin()->path() == "a");
    try {
        for (const checksig::outcome &outcome : checksig::outcomes(top / "many"))
            if (outcome.line() == 3)
                throw 3;
        CHECK(!"not thrown");
    } catch (int number) {
        CHECK(number == 3);
    }
}

static void callbacks(const fs::path &top)
{
    int started = 0, finished = 0;
    std::string paths;
    const checksig::report report = checksig::verify(top / "good", {}, [&](const checksig::event &event) {
        started += event.started != nullptr;
        finished += event.report != nullptr;
        if (event.outcome != nullptr)
            paths += checksig::outcome(*event.outcome).path();
        return true;
    });
    CHECK(report && started == 1 && finished == 1 && paths == "ab");

    std::error_code code;
    CHECK(!checksig::verify(top / "good", {}, [](const checksig::event &) { return false; }, code).complete());
    CHECK(!code);
    try {
        checksig::verify(top / "many", {}, [](const checksig::event &event) -> bool {
            if (event.outcome != nullptr && event.outcome->line == 5)
                throw std::string("five");
            return true;
        });
        CHECK(!"not thrown");
    } catch (const std::string &text) {
        CHECK(text == "five");
    }
}

static void manifests(const fs::path &top)
{
    checksig::options options;
    options.root = top / "good";
    const std::string list = "5d41402abc4b2a76b9719d911017c592  a\n# comment\nx\n7d793037a0760186574b0282f2f435e7  b\n";
    checksig::manifest parsed = checksig::manifest::parse(list, "md5sum.txt", options);
    CHECK(parsed.size() == 2 && parsed.counts().comments == 1 && parsed.counts().lines == 4);
    std::string paths;
    for (const checksig::entry &entry : parsed) {
        paths += entry.path;
        CHECK(entry.checksum.algorithm() == checksig::algorithm::md5 && !entry.algorithm_assumed);
    }
    CHECK(paths == "ab" && parsed[1].line == 4);
    CHECK(parsed.malformed().size() == 1 && parsed.malformed()[0].line == 3 && parsed.malformed()[0].reason == "bad-hex");
    try {
        parsed[2];
        CHECK(!"not thrown");
    } catch (const std::out_of_range &) {
    }
    const checksig::manifest read(top / "good/sha256sum.txt");
    CHECK(checksig::verify({&read}));
    const checksig::report both = checksig::verify({&parsed, &read});
    CHECK(!both && both.counts().malformed == 1 && both.counts().ok == 4 && both.counts().files == 2);
    std::error_code code;
    CHECK(checksig::verify({&read, &read}, {}, {}, code) && !code);
    checksig::outcomes outcomes(read);
    CHECK(std::distance(outcomes.begin(), outcomes.end()) == 2);

    // Without a root, and from nothing.
    const checksig::manifest rootless = checksig::manifest::parse(list);
    CHECK(rootless[0].algorithm_assumed);
    CHECK(thrown_by([&] { checksig::verify({&rootless}); }).code() == checksig::errc::invalid_argument);
    CHECK(checksig::manifest::parse({}).size() == 0);
}

static void cancelling(const fs::path &top)
{
    const checksig::cancel_token token;
    checksig::options options;
    options.cancel = &token;
    std::atomic<bool> reading{false};
    std::thread other([&] {
        while (!reading)
            std::this_thread::yield();
        token.cancel();
    });
    const checksig::report report = checksig::verify(top / "huge", options, [&](const checksig::event &event) {
        reading = reading || (event.progress != nullptr && event.progress->bytes > 0);
        return true;
    });
    other.join();
    CHECK(token.is_set() && !report && !report.complete() && report.counts().not_run == 1);
    std::error_code code;
    checksig::hash_file(top / "huge/zeros", checksig::algorithm::sha256, &token, code);
    CHECK(code == checksig::errc::cancelled);
}

static void names_and_checksums(const fs::path &top)
{
    CHECK(checksig::name(checksig::algorithm::sha512_256) == "sha512/256" && checksig::name(checksig::algorithm::none).empty());
    for (unsigned bytes : {0u, 65u, 128u, 256u, 512u})
        CHECK(checksig::name(checksig::blake2b(bytes)).empty());
    CHECK(checksig::name(checksig::blake2b(32)) == "blake2b-256" && checksig::blake2b(64) == checksig::algorithm::blake2b);
    CHECK(checksig::algorithm_from_name("SHA-256") == checksig::algorithm::sha256);
    CHECK(checksig::name(checksig::status::unsafe_path) == "unsafe_path");
    CHECK(checksig::quote("a\nb") == "$'a\\nb'" && checksig::quote({}) == "''");
    const checksig::checksum sum = checksig::hash_file(top / "good/a", checksig::algorithm::md5);
    CHECK(sum.hex() == "5d41402abc4b2a76b9719d911017c592" && sum.size() == 16 && sum.data()[0] == 0x5d);
    CHECK(sum == checksig::hash_bytes("hello", checksig::algorithm::md5) && sum != checksig::checksum());
    CHECK(checksig::checksum().hex().empty());
    CHECK(!checksig::check_signatures(top / "signed"));
    CHECK(checksig::check_signatures(top / "twenty").value().find("and 5 more") != std::string::npos);
}

int main(int argc, char **argv)
{
    CHECK(argc == 2);
    const fs::path top = argv[1];
    whole_runs(top);
    errors(top);
    ranges(top);
    callbacks(top);
    manifests(top);
    cancelling(top);
    names_and_checksums(top);
    // The threads of a run end soon after it.
    while (std::distance(fs::directory_iterator("/proc/self/task"), {}) > 1)
        std::this_thread::yield();
    return 0;
}
