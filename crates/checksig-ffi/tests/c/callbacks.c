/* Callbacks that cancel, that use other handles, and that are slow; and runs that are asked for their events. */
#include "check.h"

struct calls {
    const char *top;
    uint64_t outcomes;
    uint64_t cancel_at;
    int over;
};

static int cancel_at(const checksig_event *event, void *user_data)
{
    struct calls *calls = user_data;
    CHECK(!calls->over);
    calls->outcomes += event->kind == CHECKSIG_EVENT_OUTCOME;
    calls->over = event->kind == CHECKSIG_EVENT_OUTCOME && calls->outcomes == calls->cancel_at;
    /* The end of a run that was cancelled is not told. */
    CHECK(calls->cancel_at > 300 || event->kind != CHECKSIG_EVENT_FINISHED);
    return calls->over ? -1 : 0;
}

static void one_that_cancels(const char *top)
{
    char *many = below(top, "many");
    static const uint64_t places[] = {1, 2, 150, 299};
    size_t i;
    for (i = 0; i < sizeof places / sizeof *places; i++) {
        struct calls calls = {NULL, 0, 0, 0};
        checksig_report *report = NULL;
        checksig_error *error = NULL;
        checksig_counts counts;
        calls.cancel_at = places[i];
        CHECK_STATUS(checksig_verify(many, NULL, cancel_at, &calls, &report, &error), CHECKSIG_CANCELLED);
        counts = counts_of(report);
        CHECK(error == NULL && calls.outcomes == places[i]);
        CHECK(!checksig_report_is_verified(report) && counts.verified == 0 && counts.complete == 0);
        CHECK(counts.entries == 300 && counts.ok + counts.not_run == 300);
        CHECK(strncmp(checksig_report_summary(report), "incomplete, not verified", 24) == 0);
        checksig_report_free(report);
    }
    free(many);
}

/* What it does takes much longer than the run, which waits for it. */
static int reenter(const checksig_event *event, void *user_data)
{
    struct calls *calls = user_data;
    if (event->kind == CHECKSIG_EVENT_OUTCOME && event->outcome->line % 50 == 1) {
        char *good = below(calls->top, "good"), *list = below(calls->top, "many/sha256sum.txt");
        char *text = checksig_outcome_text(event->outcome);
        checksig_report *report = NULL;
        checksig_manifest *manifest = NULL;
        checksig_outcomes *outcomes = NULL;
        const checksig_event *inner = NULL;
        checksig_checksum checksum;
        CHECK_STATUS(checksig_verify(good, NULL, NULL, NULL, &report, NULL), CHECKSIG_OK);
        CHECK(checksig_report_is_verified(report));
        CHECK_STATUS(checksig_manifest_read(list, NULL, &manifest, NULL), CHECKSIG_OK);
        CHECK_STATUS(checksig_outcomes_start_manifests(&manifest, 1, NULL, &outcomes, NULL), CHECKSIG_OK);
        CHECK_STATUS(checksig_outcomes_next(outcomes, &inner, NULL), CHECKSIG_OK);
        CHECK(inner->kind == CHECKSIG_EVENT_STARTED && inner->started->entries == 300);
        CHECK_STATUS(checksig_hash_file(list, CHECKSIG_ALGORITHM_SHA1, NULL, &checksum, NULL), CHECKSIG_OK);
        /* What was told is still what it was. */
        CHECK(event->outcome->path_len == 3 && strncmp(text, event->outcome->path, 3) == 0);
        checksig_outcomes_free(outcomes);
        checksig_manifest_free(manifest);
        checksig_report_free(report);
        checksig_string_free(text);
        free(good);
        free(list);
        calls->outcomes++;
    }
    return 0;
}

static void one_that_is_slow_and_uses_other_handles(const char *top)
{
    char *many = below(top, "many");
    struct calls calls = {NULL, 0, 0, 0};
    checksig_report *report = NULL;
    calls.top = top;
    CHECK_STATUS(checksig_verify(many, NULL, reenter, &calls, &report, NULL), CHECKSIG_OK);
    CHECK(checksig_report_is_verified(report) && calls.outcomes == 6);
    checksig_report_free(report);
    free(many);
}

static void asked_for_events(const char *top)
{
    char *many = below(top, "many"), *nothing = below(top, "nothing");
    checksig_outcomes *outcomes = NULL;
    checksig_report *report = NULL;
    const checksig_event *event = NULL;
    checksig_error *error = NULL;
    uint64_t line = 0;
    CHECK_STATUS(checksig_outcomes_start(many, NULL, &outcomes, NULL), CHECKSIG_OK);
    CHECK_STATUS(checksig_outcomes_report(outcomes, &report), CHECKSIG_INVALID_ARGUMENT);
    CHECK(report == NULL);
    do {
        CHECK_STATUS(checksig_outcomes_next(outcomes, &event, NULL), CHECKSIG_OK);
        if (event->kind == CHECKSIG_EVENT_OUTCOME)
            CHECK(event->outcome->line == ++line && event->outcome->status == CHECKSIG_OUTCOME_OK);
    } while (event->kind != CHECKSIG_EVENT_FINISHED);
    CHECK(line == 300 && checksig_report_is_verified(event->report));
    CHECK_STATUS(checksig_outcomes_next(outcomes, &event, &error), CHECKSIG_END);
    CHECK_STATUS(checksig_outcomes_next(outcomes, &event, &error), CHECKSIG_END);
    CHECK(error == NULL);
    CHECK_STATUS(checksig_outcomes_report(outcomes, &report), CHECKSIG_OK);
    checksig_outcomes_free(outcomes);
    CHECK(checksig_report_is_verified(report)); /* it lives longer than the run */
    checksig_report_free(report);

    /* Cancelled in the middle: the rest is told as not run. */
    outcomes = NULL;
    CHECK_STATUS(checksig_outcomes_start(many, NULL, &outcomes, NULL), CHECKSIG_OK);
    CHECK_STATUS(checksig_outcomes_next(outcomes, &event, NULL), CHECKSIG_OK);
    CHECK_STATUS(checksig_outcomes_cancel(outcomes), CHECKSIG_OK);
    for (line = 0; event->kind != CHECKSIG_EVENT_FINISHED; line += event->kind == CHECKSIG_EVENT_OUTCOME)
        CHECK_STATUS(checksig_outcomes_next(outcomes, &event, NULL), CHECKSIG_OK);
    CHECK(line == 300 && counts_of(event->report).complete == 0);
    CHECK_STATUS(checksig_outcomes_cancel(outcomes), CHECKSIG_OK); /* too late, and no harm */
    checksig_outcomes_free(outcomes);

    /* Given up at once, and in the middle. */
    CHECK_STATUS(checksig_outcomes_start(many, NULL, &outcomes, NULL), CHECKSIG_OK);
    checksig_outcomes_free(outcomes);
    CHECK_STATUS(checksig_outcomes_start(many, NULL, &outcomes, NULL), CHECKSIG_OK);
    for (line = 0; line < 20; line++)
        CHECK_STATUS(checksig_outcomes_next(outcomes, &event, NULL), CHECKSIG_OK);
    checksig_outcomes_free(outcomes);

    outcomes = NULL;
    CHECK_STATUS(checksig_outcomes_start(nothing, NULL, &outcomes, &error), CHECKSIG_UNREADABLE_LIST);
    CHECK(outcomes == NULL && error != NULL);
    checksig_error_free(error);
    free(many);
    free(nothing);
}

int main(int argc, char **argv)
{
    CHECK(argc == 2);
    one_that_cancels(argv[1]);
    one_that_is_slow_and_uses_other_handles(argv[1]);
    asked_for_events(argv[1]);
    return end_of_test();
}
