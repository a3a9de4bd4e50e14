/* Cancelling from another thread and from a signal handler, in the middle of a file of 4 GiB. */
#include "check.h"

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <time.h>

static checksig_cancel_token *token;
static sem_t reading;
static pthread_t main_thread;
static volatile sig_atomic_t handled;

/* Tells the other thread that the file is being read. */
static int begun(const checksig_event *event, void *user_data)
{
    int *told = user_data;
    if (event->kind == CHECKSIG_EVENT_PROGRESS && event->progress->bytes > 0 && !*told) {
        CHECK(event->progress->bytes < event->progress->expected_bytes);
        *told = 1;
        CHECK(sem_post(&reading) == 0);
    }
    return 0;
}

static struct timespec cancelled_at;

static void *cancel_from_a_thread(void *argument)
{
    (void)argument;
    CHECK(sem_wait(&reading) == 0);
    clock_gettime(CLOCK_MONOTONIC, &cancelled_at);
    CHECK_STATUS(checksig_cancel(token), CHECKSIG_OK);
    return NULL;
}

static void handler(int signal)
{
    (void)signal;
    CHECK(!checksig_cancel_token_is_set(token));
    checksig_cancel(token);
    handled = checksig_cancel_token_is_set(token);
}

static void *cancel_by_a_signal(void *argument)
{
    (void)argument;
    CHECK(sem_wait(&reading) == 0);
    clock_gettime(CLOCK_MONOTONIC, &cancelled_at);
    CHECK(pthread_kill(main_thread, SIGUSR1) == 0);
    return NULL;
}

static void verify_and(void *(*cancel)(void *), const char *directory)
{
    checksig_options options = CHECKSIG_OPTIONS_INIT;
    checksig_report *report = NULL;
    checksig_counts counts;
    struct timespec now;
    pthread_t thread;
    int told = 0;
    CHECK_STATUS(checksig_cancel_token_new(&token), CHECKSIG_OK);
    options.cancel = token;
    CHECK(pthread_create(&thread, NULL, cancel, NULL) == 0);
    CHECK_STATUS(checksig_verify(directory, &options, begun, &told, &report, NULL), CHECKSIG_CANCELLED);
    clock_gettime(CLOCK_MONOTONIC, &now);
    CHECK(pthread_join(thread, NULL) == 0);
    printf("cancelled after %.1f ms\n", 1e3 * (double)(now.tv_sec - cancelled_at.tv_sec) +
                                            1e-6 * (double)(now.tv_nsec - cancelled_at.tv_nsec));
    counts = counts_of(report);
    CHECK(counts.complete == 0 && counts.verified == 0 && counts.entries == 1 && counts.not_run == 1);
    CHECK(strncmp(checksig_report_summary(report), "incomplete, not verified", 24) == 0);
    checksig_report_free(report);

    /* It stays set: the next run ends at once. The token may be freed while a run has it. */
    CHECK_STATUS(checksig_verify(directory, &options, NULL, NULL, &report, NULL), CHECKSIG_CANCELLED);
    checksig_report_free(report);
    checksig_cancel_token_free(token);
    token = NULL;
}

static void a_token_freed_while_a_run_has_it(const char *directory)
{
    checksig_options options = CHECKSIG_OPTIONS_INIT;
    checksig_outcomes *outcomes = NULL;
    const checksig_event *event = NULL;
    CHECK_STATUS(checksig_cancel_token_new(&token), CHECKSIG_OK);
    options.cancel = token;
    CHECK_STATUS(checksig_outcomes_start(directory, &options, &outcomes, NULL), CHECKSIG_OK);
    CHECK_STATUS(checksig_cancel(token), CHECKSIG_OK);
    checksig_cancel_token_free(token);
    token = NULL;
    do
        CHECK_STATUS(checksig_outcomes_next(outcomes, &event, NULL), CHECKSIG_OK);
    while (event->kind != CHECKSIG_EVENT_FINISHED);
    CHECK(counts_of(event->report).complete == 0);
    checksig_outcomes_free(outcomes);
}

static void *cancel_soon(void *argument)
{
    (void)argument;
    CHECK_STATUS(checksig_cancel(token), CHECKSIG_OK);
    return NULL;
}

static void hashing(const char *file)
{
    checksig_checksum checksum;
    checksig_error *error = NULL;
    pthread_t thread;
    memset(&checksum, 7, sizeof checksum);
    CHECK_STATUS(checksig_cancel_token_new(&token), CHECKSIG_OK);
    CHECK(pthread_create(&thread, NULL, cancel_soon, NULL) == 0);
    CHECK_STATUS(checksig_hash_file(file, CHECKSIG_ALGORITHM_SHA3_512, token, &checksum, &error), CHECKSIG_CANCELLED);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK(error == NULL && checksum.digest[0] == 7);
    checksig_cancel_token_free(token);
    token = NULL;
}

int main(int argc, char **argv)
{
    char *huge = below(argv[1], "huge"), *file = below(argv[1], "huge/zeros");
    struct sigaction action;
    CHECK(argc == 2 && sem_init(&reading, 0, 0) == 0);
    main_thread = pthread_self();
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
    verify_and(cancel_from_a_thread, huge);
    verify_and(cancel_by_a_signal, huge);
    CHECK(handled);
    a_token_freed_while_a_run_has_it(huge);
    hashing(file);
    free(huge);
    free(file);
    return end_of_test();
}
