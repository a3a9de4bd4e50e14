/* 32 threads verify at once: one directory, and two lists that they share. */
#include "check.h"

#include <pthread.h>

enum { THREADS = 32 };

struct shared {
    const char *bad;
    checksig_manifest *lists[2]; /* a long one for every fourth thread */
    uint64_t entries[2];
    checksig_cancel_token *token; /* never set */
    int started;
};

static int count(const checksig_event *event, void *user_data)
{
    *(uint64_t *)user_data += event->kind == CHECKSIG_EVENT_OUTCOME;
    return 0;
}

static void *verify(void *argument)
{
    struct shared *shared = argument;
    checksig_options options = CHECKSIG_OPTIONS_INIT;
    checksig_report *report = NULL;
    checksig_counts counts;
    uint64_t outcomes = 0;
    int which = __atomic_fetch_add(&shared->started, 1, __ATOMIC_RELAXED) % 4 == 0;
    options.cancel = shared->token;
    options.threads = 2;
    options.reads = 2;
    CHECK_STATUS(checksig_verify_manifests(&shared->lists[which], 1, &options, count, &outcomes, &report, NULL), CHECKSIG_OK);
    CHECK(checksig_report_is_verified(report) && outcomes == shared->entries[which]);
    checksig_report_free(report);
    CHECK_STATUS(checksig_verify(shared->bad, &options, NULL, NULL, &report, NULL), CHECKSIG_OK);
    counts = counts_of(report);
    CHECK(counts.ok == 1 && counts.mismatch == 1 && counts.missing == 1 && counts.verified == 0);
    checksig_report_free(report);
    return NULL;
}

int main(int argc, char **argv)
{
    char *bad = below(argv[1], "bad"), *good = below(argv[1], "good/sha256sum.txt");
    char *many = below(argv[1], "many/sha256sum.txt");
    struct shared shared = {NULL, {NULL, NULL}, {2, 300}, NULL, 0};
    pthread_t threads[THREADS];
    int i;
    CHECK(argc == 2);
    shared.bad = bad;
    CHECK_STATUS(checksig_manifest_read(good, NULL, &shared.lists[0], NULL), CHECKSIG_OK);
    CHECK_STATUS(checksig_manifest_read(many, NULL, &shared.lists[1], NULL), CHECKSIG_OK);
    CHECK_STATUS(checksig_cancel_token_new(&shared.token), CHECKSIG_OK);
    for (i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, verify, &shared) == 0);
    for (i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    checksig_manifest_free(shared.lists[0]);
    checksig_manifest_free(shared.lists[1]);
    checksig_cancel_token_free(shared.token);
    free(bad);
    free(good);
    free(many);
    return end_of_test();
}
