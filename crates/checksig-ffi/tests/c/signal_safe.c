/*
 * Cancelling in a signal handler, wherever the signal comes: in the middle of malloc, of a read, of a callback, in threads of
 * the library too. All allocations of the process pass through this program, which fails if one is made in the handler;
 * and no run minds being interrupted.
 */
#include "check.h"

#include <errno.h>
#include <signal.h>
#include <sys/time.h>

/* Those of the C library, by the names that it keeps for who replaces them. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *memory);

static __thread int in_handler;
static int signals, forbidden, wrong;
static checksig_cancel_token *token;

static void add(int *count, int more) { __atomic_add_fetch(count, more, __ATOMIC_RELAXED); }
static int value(int *count) { return __atomic_load_n(count, __ATOMIC_RELAXED); }

static void passes(void)
{
    add(&forbidden, in_handler);
}

void *malloc(size_t size)
{
    passes();
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    passes();
    return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    passes();
    return __libc_realloc(memory, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size)
{
    passes();
    *memory = __libc_memalign(alignment, size);
    return *memory != NULL ? 0 : ENOMEM;
}

void free(void *memory)
{
    passes();
    __libc_free(memory);
}

static void handler(int signal)
{
    int before = errno;
    (void)signal;
    in_handler = 1;
    if (checksig_cancel(token) != CHECKSIG_OK || !checksig_cancel_token_is_set(token))
        add(&wrong, 1);
    if (checksig_cancel(NULL) != CHECKSIG_NULL_ARGUMENT || errno != before)
        add(&wrong, 1);
    in_handler = 0;
    add(&signals, 1);
}

int main(int argc, char **argv)
{
    char *good = below(argv[1], "good"), *many = below(argv[1], "many");
    const struct itimerval often = {{0, 200}, {0, 200}}, never = {{0, 0}, {0, 0}};
    checksig_options options = CHECKSIG_OPTIONS_INIT;
    checksig_report *report = NULL;
    struct sigaction action;
    int runs;
    CHECK(argc == 2);
    CHECK_STATUS(checksig_cancel_token_new(&token), CHECKSIG_OK);
    memset(&action, 0, sizeof action);
    action.sa_handler = handler; /* without SA_RESTART: reads are broken off */
    CHECK(sigaction(SIGALRM, &action, NULL) == 0);
    CHECK(setitimer(ITIMER_REAL, &often, NULL) == 0);
    for (runs = 0; value(&signals) < 1000; runs++) {
        char *text = checksig_quote("a\n", 2);
        CHECK(text != NULL && strcmp(text, "$'a\\n'") == 0);
        free(text);
        CHECK_STATUS(checksig_verify(runs % 2 ? good : many, NULL, NULL, NULL, &report, NULL), CHECKSIG_OK);
        CHECK(checksig_report_is_verified(report));
        checksig_report_free(report);
    }
    CHECK(setitimer(ITIMER_REAL, &never, NULL) == 0);
    CHECK(value(&forbidden) == 0 && value(&wrong) == 0);

    /* It did cancel. */
    options.cancel = token;
    CHECK_STATUS(checksig_verify(many, &options, NULL, NULL, &report, NULL), CHECKSIG_CANCELLED);
    checksig_report_free(report);

    /* And the trap works: what allocates is caught. */
    in_handler = 1;
    free(checksig_quote("a", 1));
    in_handler = 0;
    CHECK(value(&forbidden) > 0);

    checksig_cancel_token_free(token);
    free(good);
    free(many);
    return end_of_test();
}
