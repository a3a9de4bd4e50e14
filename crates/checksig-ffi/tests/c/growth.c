/* Run after run in one process: memory does not grow. What is left of each run would be seen after a thousand. */
#include "check.h"

static long resident_pages(void)
{
    long size, resident;
    FILE *statm = fopen("/proc/self/statm", "r");
    CHECK(statm != NULL && fscanf(statm, "%ld %ld", &size, &resident) == 2);
    fclose(statm);
    return resident;
}

static void verify(const char *good, const char *bad, int rounds)
{
    for (; rounds > 0; rounds--) {
        checksig_report *report = NULL;
        checksig_outcomes *outcomes = NULL;
        CHECK_STATUS(checksig_verify(rounds % 2 ? good : bad, NULL, NULL, NULL, &report, NULL), CHECKSIG_OK);
        checksig_report_free(report);
        CHECK_STATUS(checksig_outcomes_start(bad, NULL, &outcomes, NULL), CHECKSIG_OK);
        checksig_outcomes_free(outcomes);
        checksig_string_free(checksig_check_signatures(bad));
    }
}

int main(int argc, char **argv)
{
    char *good = below(argv[1], "good"), *bad = below(argv[1], "bad");
    long before, growth;
    CHECK(argc == 2);
    verify(good, bad, 300);
    before = resident_pages();
    verify(good, bad, 1000);
    growth = resident_pages() - before;
    printf("%ld pages more\n", growth);
    /* 2 MiB; a kilobyte that each of the 3000 calls left would be more. */
    CHECK(growth < 512);
    free(good);
    free(bad);
    return end_of_test();
}
