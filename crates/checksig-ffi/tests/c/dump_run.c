/*
 * Verifies what the arguments say, which are those of `checksig verify` that vectors/trees uses, and prints outcomes and
 * malformed lines in the words of vectors/README.md (names always in hex), and last the exit code of the program.
 */
#include "check.h"

#include <inttypes.h>

static void print_hex(const char *bytes, size_t len)
{
    printf("hex:");
    while (len-- > 0)
        printf("%02x", (unsigned char)*bytes++);
}

static int tell(const checksig_event *event, void *user_data)
{
    (void)user_data;
    if (event->kind == CHECKSIG_EVENT_OUTCOME) {
        printf("outcome %s ", checksig_outcome_status_name(event->outcome->status));
        print_hex(event->outcome->path, event->outcome->path_len);
        printf("\n");
    } else if (event->kind == CHECKSIG_EVENT_MALFORMED) {
        printf("malformed %.*s %" PRIu64 " %s\n", (int)event->malformed->list_len, event->malformed->list,
               event->malformed->line, event->malformed->reason);
    }
    return 0;
}

static int cannot_run(checksig_error *error)
{
    fprintf(stderr, "%s\n", checksig_error_message(error));
    checksig_error_free(error);
    printf("exit 2\n");
    return end_of_test();
}

int main(int argc, char **argv)
{
    checksig_options options = CHECKSIG_OPTIONS_INIT;
    checksig_manifest *lists[8];
    size_t count = 0, i;
    int unread = 0, code;
    checksig_report *report = NULL;
    checksig_error *error = NULL;
    checksig_counts counts;
    checksig_status status;
    for (argv++; argc > 1 && strncmp(*argv, "--", 2) == 0; argv++) {
        if (strcmp(*argv, "--ignore-missing") == 0)
            options.flags |= CHECKSIG_IGNORE_MISSING;
        else if (strcmp(*argv, "--allow-malformed") == 0)
            options.flags |= CHECKSIG_ALLOW_MALFORMED;
        else if (strcmp(*argv, "--detect-collisions") == 0)
            options.flags |= CHECKSIG_DETECT_COLLISIONS;
        else if (strcmp(*argv, "--root") == 0)
            options.root = *++argv;
        else if (strcmp(*argv, "--threads") == 0)
            options.threads = (uint32_t)atoi(*++argv);
        else if (checksig_algorithm_from_name(*++argv, &options.algorithm, &error) != CHECKSIG_OK)
            return cannot_run(error);
    }
    if (argv[1] == NULL) {
        status = checksig_verify(argv[0], &options, tell, NULL, &report, &error);
    } else {
        /* Several lists: each is checked, though another cannot be read. */
        for (; *argv != NULL; argv++) {
            CHECK(count < sizeof lists / sizeof *lists);
            if (checksig_manifest_read(*argv, &options, &lists[count], NULL) == CHECKSIG_OK)
                count++;
            else
                unread = 1;
        }
        status = checksig_verify_manifests(lists, count, &options, tell, NULL, &report, &error);
        for (i = 0; i < count; i++)
            checksig_manifest_free(lists[i]);
    }
    if (status != CHECKSIG_OK)
        return cannot_run(error);
    counts = counts_of(report);
    CHECK(counts.entries == counts.ok + counts.mismatch + counts.missing + counts.unreadable + counts.not_a_file +
                                counts.unsafe_path + counts.changed + counts.conflict + counts.collision + counts.not_run);
    code = counts.verified ? 0 : 1;
    if (unread || counts.unread_lists > 0 || counts.empty_lists > 0)
        code = 2;
    printf("exit %d\n", code);
    checksig_report_free(report);
    return end_of_test();
}
