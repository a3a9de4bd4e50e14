/* What the C tests share: a check that says where it failed, and an end that leaves no thread behind. */
#ifndef CHECK_H
#define CHECK_H

#include <checksig.h>

#include <dirent.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                                            \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)

/* Checks a status and says which it was instead. */
#define CHECK_STATUS(call, expected)                                                                                   \
    do {                                                                                                               \
        checksig_status status_ = (call);                                                                              \
        if (status_ != (expected)) {                                                                                   \
            fprintf(stderr, "%s:%d: %s is %s\n", __FILE__, __LINE__, #call, checksig_status_name(status_));            \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)

static inline int threads_alive(void)
{
    int count = 0;
    struct dirent *entry;
    DIR *tasks = opendir("/proc/self/task");
    CHECK(tasks != NULL);
    while ((entry = readdir(tasks)) != NULL)
        count += entry->d_name[0] != '.';
    closedir(tasks);
    return count;
}

/* The threads of a run end soon after it. If one did not, the test would not end, and be killed. */
static inline int end_of_test(void)
{
    while (threads_alive() > 1)
        sched_yield();
    return 0;
}

/* A path below a directory, to be freed. */
static inline char *below(const char *directory, const char *name)
{
    size_t size = strlen(directory) + strlen(name) + 2;
    char *path = malloc(size);
    CHECK(path != NULL);
    snprintf(path, size, "%s/%s", directory, name);
    return path;
}

/* What a report has counted. */
static inline checksig_counts counts_of(const checksig_report *report)
{
    checksig_counts counts;
    counts.size = sizeof counts;
    CHECK_STATUS(checksig_report_counts(report, &counts), CHECKSIG_OK);
    return counts;
}

#endif
