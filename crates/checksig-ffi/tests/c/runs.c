/* Whole runs: what is told and in which order, what the report says, what the options change, what cannot be run. */
#include "check.h"

#include <errno.h>
#include <pthread.h>

struct told {
    char kinds[64]; /* one letter an event, progress left out */
    char paths[256];
    uint64_t line;
    pthread_t thread;
    const checksig_report *report;
};

static int tell(const checksig_event *event, void *user_data)
{
    struct told *told = user_data;
    size_t count = strlen(told->kinds);
    int set = (event->started != NULL) + (event->malformed != NULL) + (event->outcome != NULL) +
              (event->progress != NULL) + (event->report != NULL) + (event->unread_list != NULL);
    CHECK(set == 1 && event->size == sizeof *event && count + 1 < sizeof told->kinds);
    CHECK(pthread_equal(pthread_self(), told->thread));
    switch (event->kind) {
    case CHECKSIG_EVENT_STARTED:
        CHECK(event->started->size == sizeof *event->started);
        CHECK(event->started->lists == 1 && event->started->entries >= event->started->files);
        told->kinds[count] = 'S';
        break;
    case CHECKSIG_EVENT_MALFORMED:
        CHECK(event->malformed->size == sizeof *event->malformed && event->malformed->line > told->line);
        CHECK(strcmp(event->malformed->reason, "bad-hex") == 0 && strlen(event->malformed->text) > 0);
        told->line = event->malformed->line;
        told->kinds[count] = 'M';
        break;
    case CHECKSIG_EVENT_OUTCOME:
        CHECK(event->outcome->size == sizeof *event->outcome && event->outcome->line > told->line);
        told->line = event->outcome->line;
        strncat(told->paths, event->outcome->path, event->outcome->path_len);
        strcat(told->paths, ",");
        told->kinds[count] = (char)('0' + event->outcome->status);
        break;
    case CHECKSIG_EVENT_PROGRESS:
        CHECK(event->progress->size == sizeof *event->progress);
        break;
    case CHECKSIG_EVENT_FINISHED:
        told->report = event->report;
        CHECK(counts_of(event->report).complete == 1);
        told->kinds[count] = 'F';
        break;
    case CHECKSIG_EVENT_UNREAD_LIST:
        CHECK(checksig_error_status(event->unread_list) == CHECKSIG_UNREADABLE_LIST);
        CHECK(strstr(checksig_error_message(event->unread_list), "md5sum.txt") != NULL);
        told->kinds[count] = 'U';
        break;
    default:
        CHECK(!"a kind of event that this test does not know");
    }
    return 0;
}

static checksig_report *verify(const char *path, const checksig_options *options, struct told *told)
{
    checksig_report *report = NULL;
    memset(told, 0, sizeof *told);
    told->thread = pthread_self();
    CHECK_STATUS(checksig_verify(path, options, tell, told, &report, NULL), CHECKSIG_OK);
    return report;
}

static void a_good_directory(const char *top)
{
    char *good = below(top, "good"), *list = below(top, "good/sha256sum.txt");
    struct told told;
    checksig_report *report = verify(good, NULL, &told);
    checksig_counts counts = counts_of(report);
    checksig_outcome outcome;
    checksig_options options = CHECKSIG_OPTIONS_INIT;
    CHECK(strcmp(told.kinds, "S00F") == 0 && strcmp(told.paths, "a,b,") == 0);
    CHECK(checksig_report_is_verified(report) && counts.verified == 1 && counts.complete == 1);
    CHECK(counts.entries == 2 && counts.ok == 2 && counts.files == 2 && counts.verified_files == 2);
    CHECK(counts.lists == 1 && counts.bytes == 10 && counts.kept == 0 && counts.malformed == 0);
    CHECK(strcmp(checksig_report_summary(report), "verified 2 of 2 listed files (10 bytes)") == 0);
    CHECK(checksig_report_note(report) == NULL);
    outcome.size = sizeof outcome;
    CHECK_STATUS(checksig_report_outcome(report, 0, &outcome), CHECKSIG_END);
    checksig_report_free(report);

    /* The list itself, all outcomes kept, with one thread and with many. */
    options.keep = CHECKSIG_KEEP_ALL;
    for (options.threads = 0; options.threads < 5; options.threads++) {
        options.reads = 4 - options.threads;
        report = verify(list, &options, &told);
        CHECK(strcmp(told.kinds, "S00F") == 0 && counts_of(report).kept == 2);
        CHECK_STATUS(checksig_report_outcome(report, 1, &outcome), CHECKSIG_OK);
        CHECK(outcome.path_len == 1 && *outcome.path == 'b' && outcome.line == 2 && outcome.os_error == 0);
        CHECK(outcome.list_len == strlen(list) && memcmp(outcome.list, list, outcome.list_len) == 0);
        CHECK(outcome.offset == UINT64_MAX && outcome.actual.algorithm == CHECKSIG_ALGORITHM_NONE);
        checksig_report_free(report);
    }
    free(good);
    free(list);
}

static void a_weak_algorithm(const char *top)
{
    char *list = below(top, "signed");
    struct told told;
    checksig_report *report = verify(list, NULL, &told);
    CHECK(checksig_report_is_verified(report));
    CHECK(strcmp(checksig_report_note(report), "sha1 does not protect against deliberate change") == 0);
    checksig_report_free(report);
    free(list);
}

static void a_bad_directory(const char *top)
{
    char *bad = below(top, "bad");
    struct told told;
    checksig_report *report = verify(bad, NULL, &told);
    checksig_counts counts = counts_of(report);
    checksig_outcome outcome;
    char hex[CHECKSIG_HEX_SIZE];
    char *text;
    CHECK(strcmp(told.kinds, "S0M1245F") == 0);
    CHECK(strcmp(told.paths, "ok,changed,gone,dir,../good/a,") == 0);
    CHECK(!checksig_report_is_verified(report) && counts.verified == 0 && counts.complete == 1);
    CHECK(counts.entries == 5 && counts.ok == 1 && counts.mismatch == 1 && counts.missing == 1);
    CHECK(counts.not_a_file == 1 && counts.unsafe_path == 1 && counts.malformed == 1 && counts.kept == 4);
    CHECK(strncmp(checksig_report_summary(report), "not verified: 1 mismatch", 24) == 0);
    outcome.size = sizeof outcome;
    CHECK_STATUS(checksig_report_outcome(report, 0, &outcome), CHECKSIG_OK);
    CHECK(outcome.status == CHECKSIG_OUTCOME_MISMATCH && outcome.line == 3);
    CHECK(outcome.expected.algorithm == CHECKSIG_ALGORITHM_SHA256 && outcome.expected.digest_len == 32);
    CHECK_STATUS(checksig_checksum_hex(&outcome.actual, hex, sizeof hex), CHECKSIG_OK);
    CHECK(strcmp(hex, "486ea46224d1bb4fb680f34f7c9ad96a8f24ec88be73ea8e5a6c65260e9cb8a7") == 0);
    text = checksig_outcome_text(&outcome);
    CHECK(strncmp(text, "changed: mismatch: expected sha256 2cf24dba", 43) == 0);
    checksig_string_free(text);
    CHECK_STATUS(checksig_report_outcome(report, 4, &outcome), CHECKSIG_END);
    checksig_report_free(report);
    free(bad);
}

/* A file name that is no text goes from the list to the file and to the caller as it is, and is quoted for people. */
static void odd_names(const char *top)
{
    static const char name[] = "\xff\n\x1b[31m\\";
    char *names = below(top, "names");
    checksig_options options = CHECKSIG_OPTIONS_INIT;
    checksig_report *report = NULL;
    checksig_outcome outcome;
    char *text;
    options.keep = CHECKSIG_KEEP_ALL;
    CHECK_STATUS(checksig_verify(names, &options, NULL, NULL, &report, NULL), CHECKSIG_OK);
    CHECK(checksig_report_is_verified(report));
    outcome.size = sizeof outcome;
    CHECK_STATUS(checksig_report_outcome(report, 0, &outcome), CHECKSIG_OK);
    CHECK(outcome.path_len == sizeof name - 1 && memcmp(outcome.path, name, sizeof name - 1) == 0);
    text = checksig_outcome_text(&outcome);
    CHECK(strcmp(text, "$'\\xff\\n\\x1b[31m\\\\': ok") == 0);
    free(text);
    text = checksig_quote(outcome.path, outcome.path_len);
    CHECK(strcmp(text, "$'\\xff\\n\\x1b[31m\\\\'") == 0);
    checksig_string_free(text);
    checksig_report_free(report);
    free(names);
}

static void what_flags_forgive(const char *top)
{
    char *gone = below(top, "gone"), *garbage = below(top, "garbage");
    checksig_options options = CHECKSIG_OPTIONS_INIT;
    struct told told;
    checksig_report *report = verify(gone, NULL, &told);
    CHECK(!checksig_report_is_verified(report) && strcmp(told.kinds, "S02F") == 0);
    checksig_report_free(report);
    options.flags = CHECKSIG_IGNORE_MISSING;
    report = verify(gone, &options, &told);
    CHECK(checksig_report_is_verified(report) && counts_of(report).missing == 1 && counts_of(report).kept == 1);
    checksig_report_free(report);
    report = verify(garbage, &options, &told);
    CHECK(!checksig_report_is_verified(report));
    checksig_report_free(report);
    options.flags = CHECKSIG_ALLOW_MALFORMED;
    options.keep = CHECKSIG_KEEP_NOTHING;
    report = verify(garbage, &options, &told);
    CHECK(checksig_report_is_verified(report) && counts_of(report).malformed == 1);
    CHECK(strcmp(told.kinds, "S0MF") == 0);
    checksig_report_free(report);

    options.flags = 8;
    CHECK_STATUS(checksig_verify(gone, &options, NULL, NULL, &report, NULL), CHECKSIG_INVALID_ARGUMENT);
    options.flags = 0;
    options.keep = 3;
    CHECK_STATUS(checksig_verify(gone, &options, NULL, NULL, &report, NULL), CHECKSIG_INVALID_ARGUMENT);
    options.keep = 0;
    options.io = 3;
    CHECK_STATUS(checksig_verify(gone, &options, NULL, NULL, &report, NULL), CHECKSIG_INVALID_ARGUMENT);
    free(gone);
    free(garbage);
}

static void ways_to_wait(const char *top)
{
    char *bad = below(top, "bad");
    checksig_options options = CHECKSIG_OPTIONS_INIT;
    struct told told;
    checksig_report *report = verify(bad, NULL, &told), *untouched = NULL;
    char *summary = strdup(checksig_report_summary(report));
    checksig_error *error = NULL;
    checksig_report_free(report);
    for (options.io = CHECKSIG_IO_AUTO; options.io <= CHECKSIG_IO_BLOCKING; options.io++) {
        checksig_status status = checksig_verify(bad, &options, NULL, NULL, &report, NULL);
        /* Not every kernel and not every sandbox has a ring. */
        if (status == CHECKSIG_NO_IO_URING && options.io == CHECKSIG_IO_URING)
            continue;
        CHECK_STATUS(status, CHECKSIG_OK);
        CHECK(strcmp(checksig_report_summary(report), summary) == 0);
        checksig_report_free(report);
    }
    /* One file at a time is nothing for a ring, whatever the kernel has. */
    options.io = CHECKSIG_IO_URING;
    options.reads = 1;
    CHECK_STATUS(checksig_verify(bad, &options, NULL, NULL, &untouched, &error), CHECKSIG_NO_IO_URING);
    CHECK(untouched == NULL && strstr(checksig_error_message(error), "io_uring") != NULL);
    CHECK(strcmp(checksig_status_name(checksig_error_status(error)), "no_io_uring") == 0);
    checksig_error_free(error);
    free(summary);
    free(bad);
}

static void a_list_that_cannot_be_read(const char *top)
{
    char *two = below(top, "two");
    struct told told;
    checksig_report *report = verify(two, NULL, &told);
    checksig_counts counts = counts_of(report);
    CHECK(strcmp(told.kinds, "US0F") == 0);
    CHECK(!checksig_report_is_verified(report) && counts.unread_lists == 1 && counts.lists == 1 && counts.ok == 1);
    checksig_report_free(report);
    free(two);
}

static void what_cannot_be_run(const char *top)
{
    char *nothing = below(top, "nothing"), *empty = below(top, "empty");
    checksig_report *report = NULL;
    checksig_error *error = NULL;
    CHECK_STATUS(checksig_verify(nothing, NULL, NULL, NULL, &report, &error), CHECKSIG_UNREADABLE_LIST);
    CHECK(checksig_error_os_error(error) == ENOENT);
    checksig_error_free(error);
    CHECK_STATUS(checksig_verify(empty, NULL, NULL, NULL, &report, &error), CHECKSIG_NO_LIST);
    CHECK(strstr(checksig_error_message(error), "sha256sum.txt") != NULL);
    checksig_error_free(error);
    CHECK(report == NULL);
    free(nothing);
    free(empty);
}

/* Lists from memory with a root; several at once; one again and again. */
static void manifests(const char *top)
{
    static const char list[] = "5d41402abc4b2a76b9719d911017c592  a\n7d793037a0760186574b0282f2f435e7  b\n";
    char *good = below(top, "good"), *file = below(top, "good/sha256sum.txt");
    checksig_options options = CHECKSIG_OPTIONS_INIT;
    checksig_manifest *lists[2] = {NULL, NULL};
    checksig_manifest *rootless = NULL;
    checksig_report *report = NULL;
    checksig_error *error = NULL;
    checksig_counts counts;
    int round;
    options.root = good;
    CHECK_STATUS(checksig_manifest_parse(list, sizeof list - 1, "md5", &options, &lists[0], NULL), CHECKSIG_OK);
    CHECK_STATUS(checksig_manifest_read(file, NULL, &lists[1], NULL), CHECKSIG_OK);
    for (round = 0; round < 3; round++) {
        CHECK_STATUS(checksig_verify_manifests(lists, 2, NULL, NULL, NULL, &report, NULL), CHECKSIG_OK);
        counts = counts_of(report);
        CHECK(counts.verified == 1 && counts.lists == 2 && counts.entries == 4 && counts.files == 2);
        checksig_report_free(report);
    }
    CHECK_STATUS(checksig_manifest_parse(list, sizeof list - 1, NULL, NULL, &rootless, NULL), CHECKSIG_OK);
    report = NULL;
    CHECK_STATUS(checksig_verify_manifests(&rootless, 1, NULL, NULL, NULL, &report, &error), CHECKSIG_INVALID_ARGUMENT);
    CHECK(strstr(checksig_error_message(error), "root") != NULL);
    checksig_error_free(error);
    CHECK_STATUS(checksig_verify_manifests(lists, 0, NULL, NULL, NULL, &report, NULL), CHECKSIG_INVALID_ARGUMENT);
    CHECK(report == NULL);
    checksig_manifest_free(lists[0]);
    checksig_manifest_free(lists[1]);
    checksig_manifest_free(rootless);
    free(good);
    free(file);
}

int main(int argc, char **argv)
{
    CHECK(argc == 2);
    a_good_directory(argv[1]);
    a_weak_algorithm(argv[1]);
    a_bad_directory(argv[1]);
    odd_names(argv[1]);
    ways_to_wait(argv[1]);
    what_flags_forgive(argv[1]);
    a_list_that_cannot_be_read(argv[1]);
    what_cannot_be_run(argv[1]);
    manifests(argv[1]);
    return end_of_test();
}
