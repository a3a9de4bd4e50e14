/**
 * @file checksig.hpp
 *
 * checksig for C++17: everything in checksig.h, as objects that free themselves. Header only; link as for C.
 *
 *     checksig::report report = checksig::verify("downloads");
 *     if (!report)
 *         std::cerr << report.summary() << '\n';
 *
 *     for (const checksig::outcome &outcome : checksig::outcomes("downloads"))
 *         std::cout << outcome.text() << '\n';
 *
 * # Conventions
 *
 * Errors. Each function that can fail exists twice, as in std::filesystem: without a std::error_code it throws
 * checksig::error; with one, as the last parameter, it sets that, or clears it. Both compare with checksig::errc. That
 * files are not what a list says is no error: see checksig::report. A run that was cancelled gives a report that is not
 * complete().
 *
 * Names. Paths and names from lists are std::string_view of bytes in no encoding, and may hold terminal escapes and worse:
 * print them through checksig::quote() or outcome::text().
 *
 * Lifetimes. What is called a view below (outcome, entry, malformed_line, event) lives as long as the object that it came
 * from, or until the next event; copy what you want to keep. Objects that own something can be moved, not copied; but for
 * assigning to it, one that was moved from must not be used.
 *
 * Threads. A manifest and a report may be used by any number of threads at once, outcomes by one at a time. Callbacks run
 * on the calling thread; one may throw: the run is then cancelled and the exception goes on to the caller.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#ifndef CHECKSIG_HPP
#define CHECKSIG_HPP

#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#include "checksig.h"

namespace checksig {

/** Why a function failed: the numbers of checksig_status. */
enum class errc {
    cancelled = CHECKSIG_CANCELLED,
    null_argument = CHECKSIG_NULL_ARGUMENT,
    invalid_argument = CHECKSIG_INVALID_ARGUMENT,
    unknown_algorithm = CHECKSIG_UNKNOWN_ALGORITHM,
    unreadable_list = CHECKSIG_UNREADABLE_LIST,
    no_list = CHECKSIG_NO_LIST,
    unreadable_root = CHECKSIG_UNREADABLE_ROOT,
    unreadable_file = CHECKSIG_UNREADABLE_FILE,
    no_threads = CHECKSIG_NO_THREADS,
    panic = CHECKSIG_PANIC,
    no_io_uring = CHECKSIG_NO_IO_URING,
};

} // namespace checksig

template <> struct std::is_error_code_enum<checksig::errc> : std::true_type {};

namespace checksig {

/** The category of the error codes of this library. */
inline const std::error_category &category() noexcept
{
    class checksig_category final : public std::error_category {
        const char *name() const noexcept override { return "checksig"; }
        std::string message(int code) const override
        {
            const char *name = checksig_status_name(static_cast<std::uint32_t>(code));
            return name != nullptr ? name : "unknown";
        }
    };
    static const checksig_category instance;
    return instance;
}

inline std::error_code make_error_code(errc code) noexcept { return {static_cast<int>(code), category()}; }

/** What functions throw. what() is a sentence for the user, safe to print; code() compares with errc. */
class error : public std::runtime_error {
public:
    error(errc code, const std::string &message, int os_error = 0)
        : std::runtime_error(message), code_(make_error_code(code)), os_error_(os_error)
    {
    }
    const std::error_code &code() const noexcept { return code_; }
    /** The operating system's error number (errno) behind it, or 0. */
    int os_error() const noexcept { return os_error_; }

private:
    std::error_code code_;
    int os_error_;
};

namespace detail {

template <auto Free> struct freed_by {
    template <typename T> void operator()(T *pointer) const noexcept { Free(pointer); }
};
template <typename T, auto Free> using owned = std::unique_ptr<T, freed_by<Free>>;

using owned_error = owned<checksig_error, checksig_error_free>;
using owned_string = owned<char, checksig_string_free>;

/** Turns a failure into a std::error_code, or into an exception where the caller wants none. */
inline void check(checksig_status status, owned_error failure, std::error_code *code)
{
    if (status == CHECKSIG_OK || status == CHECKSIG_END) {
        if (code != nullptr)
            code->clear();
    } else if (code != nullptr) {
        *code = make_error_code(static_cast<errc>(status));
    } else {
        const char *message = failure ? checksig_error_message(failure.get()) : checksig_status_name(status);
        throw error(static_cast<errc>(status), message, checksig_error_os_error(failure.get()));
    }
}

/** Calls a C function whose last parameter is a checksig_error **. */
template <typename Function, typename... Arguments>
checksig_status call(std::error_code *code, Function function, Arguments... arguments)
{
    checksig_error *failure = nullptr;
    const checksig_status status = function(arguments..., &failure);
    check(status, owned_error(failure), code);
    return status;
}

inline std::string take(char *text)
{
    if (text == nullptr)
        throw std::bad_alloc();
    return owned_string(text).get();
}

} // namespace detail

/** A hash function. BLAKE2b has one for each length of its digest: blake2b(32). */
enum class algorithm : std::uint32_t {
    none = CHECKSIG_ALGORITHM_NONE,
    md5 = CHECKSIG_ALGORITHM_MD5,
    sha1 = CHECKSIG_ALGORITHM_SHA1,
    sha224 = CHECKSIG_ALGORITHM_SHA224,
    sha256 = CHECKSIG_ALGORITHM_SHA256,
    sha384 = CHECKSIG_ALGORITHM_SHA384,
    sha512 = CHECKSIG_ALGORITHM_SHA512,
    sha512_256 = CHECKSIG_ALGORITHM_SHA512_256,
    sha3_224 = CHECKSIG_ALGORITHM_SHA3_224,
    sha3_256 = CHECKSIG_ALGORITHM_SHA3_256,
    sha3_384 = CHECKSIG_ALGORITHM_SHA3_384,
    sha3_512 = CHECKSIG_ALGORITHM_SHA3_512,
    blake3 = CHECKSIG_ALGORITHM_BLAKE3,
    blake2b = CHECKSIG_ALGORITHM_BLAKE2B,
};

/** The BLAKE2b with a digest of this many bytes, 1 to 64; of any other length it is no algorithm. */
constexpr algorithm blake2b(std::uint32_t bytes) { return static_cast<algorithm>(CHECKSIG_BLAKE2B_OF(bytes)); }

/** `sha256`; empty for algorithm::none and numbers that are none. */
inline std::string_view name(algorithm algorithm) noexcept
{
    const char *name = checksig_algorithm_name(static_cast<std::uint32_t>(algorithm));
    return name != nullptr ? name : "";
}

inline algorithm algorithm_from_name(const std::string &name, std::error_code *code)
{
    std::uint32_t number = CHECKSIG_ALGORITHM_NONE;
    detail::call(code, checksig_algorithm_from_name, name.c_str(), &number);
    return static_cast<algorithm>(number);
}

/** The algorithm of a name that users write: `SHA-256`, `b3`, `blake2b-256`. */
inline algorithm algorithm_from_name(const std::string &name) { return algorithm_from_name(name, nullptr); }
inline algorithm algorithm_from_name(const std::string &name, std::error_code &code)
{
    return algorithm_from_name(name, &code);
}

/** A name in a form that is safe to print, whatever its bytes. */
inline std::string quote(std::string_view name) { return detail::take(checksig_quote(name.data(), name.size())); }

/** A digest and its algorithm. */
class checksum {
public:
    checksum() noexcept : raw_() {}
    explicit checksum(const checksig_checksum &raw) noexcept : raw_(raw) {}

    checksig::algorithm algorithm() const noexcept { return static_cast<checksig::algorithm>(raw_.algorithm); }
    const std::uint8_t *data() const noexcept { return raw_.digest; }
    std::size_t size() const noexcept { return raw_.digest_len; }
    /** The digest in lower-case hex; empty for a checksum that is none. */
    std::string hex() const
    {
        std::array<char, CHECKSIG_HEX_SIZE> text{};
        return checksig_checksum_hex(&raw_, text.data(), text.size()) == CHECKSIG_OK ? text.data() : "";
    }
    friend bool operator==(const checksum &a, const checksum &b) noexcept
    {
        return a.raw_.algorithm == b.raw_.algorithm &&
               std::string_view(reinterpret_cast<const char *>(a.data()), a.size()) ==
                   std::string_view(reinterpret_cast<const char *>(b.data()), b.size());
    }
    friend bool operator!=(const checksum &a, const checksum &b) noexcept { return !(a == b); }
    friend std::ostream &operator<<(std::ostream &out, const checksum &sum) { return out << sum.hex(); }

private:
    checksig_checksum raw_;
};

/** What became of an entry: the numbers of checksig_outcome_status. */
enum class status : std::uint32_t {
    ok = CHECKSIG_OUTCOME_OK,
    mismatch = CHECKSIG_OUTCOME_MISMATCH,
    missing = CHECKSIG_OUTCOME_MISSING,
    unreadable = CHECKSIG_OUTCOME_UNREADABLE,
    not_a_file = CHECKSIG_OUTCOME_NOT_A_FILE,
    unsafe_path = CHECKSIG_OUTCOME_UNSAFE_PATH,
    changed = CHECKSIG_OUTCOME_CHANGED,
    conflict = CHECKSIG_OUTCOME_CONFLICT,
    collision = CHECKSIG_OUTCOME_COLLISION,
    not_run = CHECKSIG_OUTCOME_NOT_RUN,
};

/** `not_a_file`; empty for numbers that are none. */
inline std::string_view name(status status) noexcept
{
    const char *name = checksig_outcome_status_name(static_cast<std::uint32_t>(status));
    return name != nullptr ? name : "";
}
inline std::ostream &operator<<(std::ostream &out, status status) { return out << name(status); }

/** What became of one entry. A view: see Lifetimes. */
class outcome {
public:
    explicit outcome(const checksig_outcome &raw) noexcept : raw_(raw) {}

    checksig::status status() const noexcept { return static_cast<checksig::status>(raw_.status); }
    bool ok() const noexcept { return status() == checksig::status::ok; }
    /** The path as the list has it. */
    std::string_view path() const noexcept { return {raw_.path, raw_.path_len}; }
    /** The name of the list, as it was given, and the number of the line. */
    std::string_view list() const noexcept { return {raw_.list, raw_.list_len}; }
    std::uint64_t line() const noexcept { return raw_.line; }
    checksum expected() const noexcept { return checksum(raw_.expected); }
    /** The checksum that the file has: for a mismatch or a collision. */
    std::optional<checksum> actual() const noexcept
    {
        if (raw_.actual.algorithm == CHECKSIG_ALGORITHM_NONE)
            return std::nullopt;
        return checksum(raw_.actual);
    }
    bool algorithm_assumed() const noexcept { return raw_.algorithm_assumed; }
    /** errno of an unreadable file, else 0; and how many bytes could be read before. */
    int os_error() const noexcept { return raw_.os_error; }
    std::optional<std::uint64_t> offset() const noexcept
    {
        if (raw_.offset == UINT64_MAX)
            return std::nullopt;
        return raw_.offset;
    }
    /** One line for people, safe to print. */
    std::string text() const { return detail::take(checksig_outcome_text(&raw_)); }

private:
    checksig_outcome raw_;
};

/** A line that is not an entry. A view: see Lifetimes. */
struct malformed_line {
    /** The name of the list; empty where a manifest was asked. */
    std::string_view list;
    std::uint64_t line;
    /** Why, as a word that never changes. */
    std::string_view reason;
};

/** Numbers of a report: see checksig_counts. */
using counts = checksig_counts;

/** What a run adds up to. True in a condition: verified. */
class report {
public:
    explicit report(checksig_report *raw) noexcept : raw_(raw) {}

    bool verified() const noexcept { return checksig_report_is_verified(raw_.get()); }
    explicit operator bool() const noexcept { return verified(); }
    /** Whether the run went to its end; false if it was cancelled. */
    bool complete() const noexcept { return counts().complete != 0; }
    /** One line that states verdict and coverage, safe to print. */
    std::string_view summary() const noexcept { return raw_ ? checksig_report_summary(raw_.get()) : ""; }
    /** One line that belongs under the summary, if there is one: that an algorithm is weak. Safe to print. */
    std::optional<std::string_view> note() const noexcept
    {
        const char *note = checksig_report_note(raw_.get());
        return note != nullptr ? std::optional<std::string_view>(note) : std::nullopt;
    }
    checksig::counts counts() const noexcept
    {
        checksig::counts counts{};
        counts.size = sizeof counts;
        checksig_report_counts(raw_.get(), &counts);
        return counts;
    }
    /** The outcomes that it keeps (see options::keep), views into the report. */
    std::vector<outcome> outcomes() const
    {
        std::vector<outcome> all;
        checksig_outcome raw{};
        raw.size = sizeof raw;
        while (checksig_report_outcome(raw_.get(), all.size(), &raw) == CHECKSIG_OK)
            all.emplace_back(raw);
        return all;
    }
    const checksig_report *get() const noexcept { return raw_.get(); }

private:
    detail::owned<checksig_report, checksig_report_free> raw_;
};

/** Stops runs from other threads, and from signal handlers. It stays set. */
class cancel_token {
public:
    cancel_token()
    {
        checksig_cancel_token *raw = nullptr;
        detail::check(checksig_cancel_token_new(&raw), nullptr, nullptr);
        raw_.reset(raw);
    }
    /** From any thread and from a signal handler. */
    void cancel() const noexcept { checksig_cancel(raw_.get()); }
    bool is_set() const noexcept { return checksig_cancel_token_is_set(raw_.get()); }
    const checksig_cancel_token *get() const noexcept { return raw_.get(); }

private:
    detail::owned<checksig_cancel_token, checksig_cancel_token_free> raw_;
};

enum class keep : std::uint32_t {
    failures = CHECKSIG_KEEP_FAILURES,
    all = CHECKSIG_KEEP_ALL,
    nothing = CHECKSIG_KEEP_NOTHING,
};

/** How files that are not in memory are waited for: see checksig_io. */
enum class io : std::uint32_t {
    automatic = CHECKSIG_IO_AUTO,
    uring = CHECKSIG_IO_URING,
    blocking = CHECKSIG_IO_BLOCKING,
};

/** How lists are read and runs are run: see checksig_options. */
struct options {
    /** The directory that paths begin at, instead of the list's own. */
    std::optional<std::filesystem::path> root{};
    checksig::algorithm algorithm = checksig::algorithm::none;
    bool ignore_missing = false;
    bool allow_malformed = false;
    /** A file that carries a known collision attack on SHA-1 fails, whatever its digest. Slow. */
    bool detect_collisions = false;
    checksig::keep keep = checksig::keep::failures;
    unsigned threads = 0;
    unsigned reads = 0;
    checksig::io io = checksig::io::automatic;
    /** Stops the run; may be null. */
    const cancel_token *cancel = nullptr;

    /** For the C functions. Lives no longer than this object. */
    checksig_options raw() const noexcept
    {
        checksig_options raw = CHECKSIG_OPTIONS_INIT;
        raw.root = root ? root->c_str() : nullptr;
        raw.algorithm = static_cast<std::uint32_t>(algorithm);
        raw.flags = (ignore_missing ? CHECKSIG_IGNORE_MISSING : 0u) | (allow_malformed ? CHECKSIG_ALLOW_MALFORMED : 0u) |
                    (detect_collisions ? CHECKSIG_DETECT_COLLISIONS : 0u);
        raw.keep = static_cast<std::uint32_t>(keep);
        raw.threads = threads;
        raw.reads = reads;
        raw.io = static_cast<std::uint32_t>(io);
        raw.cancel = cancel != nullptr ? cancel->get() : nullptr;
        return raw;
    }
};

/** One expectation of a list. A view: see Lifetimes. */
struct entry {
    std::string_view path;
    checksig::checksum checksum;
    bool algorithm_assumed;
    std::uint64_t line;
};

/** A list that has been read. */
class manifest {
public:
    /** Reads a list from a file. */
    explicit manifest(const std::filesystem::path &file, const options &options = {}) { read(file, options, nullptr); }
    manifest(const std::filesystem::path &file, const options &options, std::error_code &code)
    {
        read(file, options, &code);
    }

    /** Parses a list from memory. `name` may say the algorithm; options.root must be set if it is to be verified. */
    static manifest parse(std::string_view bytes, const std::string &name = {}, const options &options = {})
    {
        const checksig_options raw_options = options.raw();
        checksig_manifest *raw = nullptr;
        detail::call(nullptr, checksig_manifest_parse, static_cast<const void *>(bytes.data()), bytes.size(),
                     name.empty() ? nullptr : name.c_str(), &raw_options, &raw);
        return manifest(raw);
    }

    /** How many lines are what: see checksig_line_counts. */
    checksig_line_counts counts() const noexcept
    {
        checksig_line_counts counts{};
        counts.size = sizeof counts;
        checksig_manifest_counts(raw_.get(), &counts);
        return counts;
    }

    /** How many entries there are, and one of them, by its index from 0. Throws std::out_of_range. */
    std::size_t size() const noexcept { return static_cast<std::size_t>(counts().entries); }
    entry operator[](std::size_t index) const
    {
        checksig_entry raw{};
        raw.size = sizeof raw;
        if (checksig_manifest_entry(raw_.get(), index, &raw) != CHECKSIG_OK)
            throw std::out_of_range("checksig::manifest: there are not so many entries");
        return {{raw.path, raw.path_len}, checksum(raw.checksum), raw.algorithm_assumed, raw.line};
    }

    /** The entries, for range-for. */
    class iterator {
    public:
        using iterator_category = std::input_iterator_tag;
        using value_type = entry;
        using difference_type = std::ptrdiff_t;
        using pointer = void;
        using reference = entry;

        iterator(const manifest *manifest, std::size_t index) noexcept : manifest_(manifest), index_(index) {}
        entry operator*() const { return (*manifest_)[index_]; }
        iterator &operator++() noexcept
        {
            ++index_;
            return *this;
        }
        iterator operator++(int) noexcept { return {manifest_, index_++}; }
        friend bool operator==(const iterator &a, const iterator &b) noexcept { return a.index_ == b.index_; }
        friend bool operator!=(const iterator &a, const iterator &b) noexcept { return a.index_ != b.index_; }

    private:
        const manifest *manifest_;
        std::size_t index_;
    };
    iterator begin() const noexcept { return {this, 0}; }
    iterator end() const noexcept { return {this, size()}; }

    /** The lines that are not entries. */
    std::vector<malformed_line> malformed() const
    {
        std::vector<malformed_line> all;
        std::uint64_t line = 0;
        const char *reason = nullptr;
        while (checksig_manifest_malformed(raw_.get(), all.size(), &line, &reason) == CHECKSIG_OK)
            all.push_back({{}, line, reason});
        return all;
    }
    checksig_manifest *get() const noexcept { return raw_.get(); }

private:
    explicit manifest(checksig_manifest *raw) noexcept : raw_(raw) {}
    void read(const std::filesystem::path &file, const options &options, std::error_code *code)
    {
        const checksig_options raw_options = options.raw();
        checksig_manifest *raw = nullptr;
        detail::call(code, checksig_manifest_read, file.c_str(), &raw_options, &raw);
        raw_.reset(raw);
    }

    detail::owned<checksig_manifest, checksig_manifest_free> raw_;
};

/** Something that happened in a run: one of these pointers is set. A view: see Lifetimes. */
using event = checksig_event;

/** Is told what happens; false cancels the run. */
using callback = std::function<bool(const event &)>;

namespace detail {

/** A callback on its way through C: what it throws must not pass there. */
struct trampoline {
    const callback &told;
    std::exception_ptr thrown{};

    static int run(const checksig_event *happened, void *user_data) noexcept
    {
        auto &self = *static_cast<trampoline *>(user_data);
        try {
            return self.told(*happened) ? 0 : 1;
        } catch (...) {
            self.thrown = std::current_exception();
            return 1;
        }
    }
};

template <typename Verify> report verify(const callback &told, std::error_code *code, Verify verify)
{
    trampoline trampoline{told};
    checksig_report *raw = nullptr;
    checksig_error *failure = nullptr;
    const checksig_status status = verify(told ? trampoline::run : nullptr, static_cast<void *>(&trampoline), &raw, &failure);
    report found(raw);
    owned_error owned(failure);
    if (trampoline.thrown)
        std::rethrow_exception(trampoline.thrown);
    // Cancelled is no failure: the report says it.
    check(status == CHECKSIG_CANCELLED ? CHECKSIG_OK : status, std::move(owned), code);
    return found;
}

inline report verify_path(const std::filesystem::path &path, const options &options, const callback &told,
                          std::error_code *code)
{
    const checksig_options raw = options.raw();
    return verify(told, code, [&](auto... rest) { return checksig_verify(path.c_str(), &raw, rest...); });
}

inline report verify_manifests(const std::vector<const manifest *> &manifests, const options &options,
                               const callback &told, std::error_code *code)
{
    const checksig_options raw = options.raw();
    std::vector<checksig_manifest *> all;
    for (const manifest *manifest : manifests)
        all.push_back(manifest != nullptr ? manifest->get() : nullptr);
    // An empty vector may have no memory at all, which C would take for a forgotten argument.
    all.reserve(1);
    return verify(told, code,
                  [&](auto... rest) { return checksig_verify_manifests(all.data(), all.size(), &raw, rest...); });
}

} // namespace detail

/** Verifies a list, or a directory by every list in it. */
inline report verify(const std::filesystem::path &path, const options &options = {}, const callback &told = {})
{
    return detail::verify_path(path, options, told, nullptr);
}
/** With an error the report is an empty one, which is not verified. */
inline report verify(const std::filesystem::path &path, const options &options, const callback &told, std::error_code &code)
{
    return detail::verify_path(path, options, told, &code);
}

/** Verifies lists that were read before, in this order. */
inline report verify(const std::vector<const manifest *> &manifests, const options &options = {},
                     const callback &told = {})
{
    return detail::verify_manifests(manifests, options, told, nullptr);
}
inline report verify(const std::vector<const manifest *> &manifests, const options &options, const callback &told,
                     std::error_code &code)
{
    return detail::verify_manifests(manifests, options, told, &code);
}

/**
 * A run under way, a range of its outcomes in the order of the lists. It can be gone through once; leaving the loop and
 * dropping the object cancels the run. report() has what it adds up to.
 */
class outcomes {
public:
    explicit outcomes(const std::filesystem::path &path, const options &options = {}) { start(path, options, nullptr); }
    outcomes(const std::filesystem::path &path, const options &options, std::error_code &code)
    {
        start(path, options, &code);
    }
    explicit outcomes(const manifest &manifest, const options &options = {})
    {
        const checksig_options raw_options = options.raw();
        checksig_manifest *list = manifest.get();
        checksig_outcomes *raw = nullptr;
        detail::call(nullptr, checksig_outcomes_start_manifests, &list, std::size_t{1}, &raw_options, &raw);
        raw_.reset(raw);
    }

    /** The next event, of whatever kind; null after the last. It lives until the next call. */
    const event *next_event()
    {
        const checksig_event *next = nullptr;
        detail::call(nullptr, checksig_outcomes_next, raw_.get(), &next);
        return next;
    }
    /** Cancels this run alone: what was not run is told as that. */
    void cancel() noexcept { checksig_outcomes_cancel(raw_.get()); }
    /** What it adds up to; goes through what is left first. */
    checksig::report report()
    {
        while (next_event() != nullptr) {
        }
        checksig_report *raw = nullptr;
        detail::check(checksig_outcomes_report(raw_.get(), &raw), nullptr, nullptr);
        return checksig::report(raw);
    }

    class iterator {
    public:
        using iterator_category = std::input_iterator_tag;
        using value_type = outcome;
        using difference_type = std::ptrdiff_t;
        using pointer = const outcome *;
        using reference = const outcome &;

        iterator() noexcept = default;
        explicit iterator(outcomes *run) : run_(run) { ++*this; }
        const outcome &operator*() const noexcept { return *current_; }
        const outcome *operator->() const noexcept { return &*current_; }
        iterator &operator++()
        {
            current_.reset();
            while (const event *next = run_->next_event()) {
                if (next->outcome != nullptr) {
                    current_.emplace(*next->outcome);
                    return *this;
                }
            }
            run_ = nullptr;
            return *this;
        }
        void operator++(int) { ++*this; }
        friend bool operator==(const iterator &a, const iterator &b) noexcept { return a.run_ == b.run_; }
        friend bool operator!=(const iterator &a, const iterator &b) noexcept { return a.run_ != b.run_; }

    private:
        outcomes *run_ = nullptr;
        std::optional<outcome> current_{};
    };
    /** Goes on where the run is. */
    iterator begin() { return iterator(this); }
    iterator end() noexcept { return {}; }

private:
    void start(const std::filesystem::path &path, const options &options, std::error_code *code)
    {
        const checksig_options raw_options = options.raw();
        checksig_outcomes *raw = nullptr;
        detail::call(code, checksig_outcomes_start, path.c_str(), &raw_options, &raw);
        raw_.reset(raw);
    }

    detail::owned<checksig_outcomes, checksig_outcomes_free> raw_;
};

namespace detail {

inline checksum hash_file(const std::filesystem::path &path, algorithm algorithm, const cancel_token *cancel,
                          std::error_code *code)
{
    checksig_checksum raw{};
    call(code, checksig_hash_file, path.c_str(), static_cast<std::uint32_t>(algorithm),
         cancel != nullptr ? cancel->get() : nullptr, &raw);
    return checksum(raw);
}

} // namespace detail

/** The checksum of a file. Cancelled through the token, it fails with errc::cancelled. */
inline checksum hash_file(const std::filesystem::path &path, algorithm algorithm, const cancel_token *cancel = nullptr)
{
    return detail::hash_file(path, algorithm, cancel, nullptr);
}
inline checksum hash_file(const std::filesystem::path &path, algorithm algorithm, const cancel_token *cancel,
                          std::error_code &code)
{
    return detail::hash_file(path, algorithm, cancel, &code);
}

/** The checksum of bytes in memory. */
inline checksum hash_bytes(std::string_view data, algorithm algorithm)
{
    checksig_checksum raw{};
    detail::call(nullptr, checksig_hash_bytes, static_cast<const void *>(data.data()), data.size(),
                 static_cast<std::uint32_t>(algorithm), &raw);
    return checksum(raw);
}

/** Verifies a directory against its sha1sum.txt: nothing if it is verified, else a message for people. */
inline std::optional<std::string> check_signatures(const std::filesystem::path &root)
{
    const detail::owned_string message(checksig_check_signatures(root.c_str()));
    if (!message)
        return std::nullopt;
    return message.get();
}

} // namespace checksig

#endif // CHECKSIG_HPP
