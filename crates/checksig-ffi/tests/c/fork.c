/* A child of fork() uses the library: after its parent did, and while a run of its parent's is under way. */
#include "check.h"

#include <sys/wait.h>
#include <unistd.h>

static void verify(const char *good)
{
    checksig_report *report = NULL;
    CHECK_STATUS(checksig_verify(good, NULL, NULL, NULL, &report, NULL), CHECKSIG_OK);
    CHECK(checksig_report_is_verified(report));
    checksig_report_free(report);
}

static void in_a_child(const char *good)
{
    int status;
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        verify(good);
        _exit(end_of_test());
    }
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(int argc, char **argv)
{
    char *good = below(argv[1], "good"), *huge = below(argv[1], "huge");
    checksig_outcomes *outcomes = NULL;
    const checksig_event *event = NULL;
    int round;
    CHECK(argc == 2);
    in_a_child(good);
    verify(good);
    in_a_child(good);
    /* The threads of the parent's runs are somewhere else each time. */
    for (round = 0; round < 20; round++) {
        CHECK_STATUS(checksig_outcomes_start(round % 2 ? good : huge, NULL, &outcomes, NULL), CHECKSIG_OK);
        if (round % 4 > 1)
            CHECK_STATUS(checksig_outcomes_next(outcomes, &event, NULL), CHECKSIG_OK);
        in_a_child(good);
        checksig_outcomes_free(outcomes);
    }
    verify(good);
    free(good);
    free(huge);
    return end_of_test();
}
