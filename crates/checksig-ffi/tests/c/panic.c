/* Linked with a library in which every function panics on demand: each comes back, says so, and has written nothing. */
#include "check.h"

#define PANICS(call) CHECK_STATUS(call, CHECKSIG_PANIC)

static int never(const checksig_event *event, void *user_data)
{
    (void)event;
    (void)user_data;
    CHECK(!"called");
    return 1;
}

int main(int argc, char **argv)
{
    char *good = below(argv[1], "good"), *list = below(argv[1], "good/sha256sum.txt");
    checksig_manifest *manifest = NULL, *no_manifest = NULL;
    checksig_outcomes *outcomes = NULL, *no_outcomes = NULL;
    checksig_report *report = NULL, *no_report = NULL;
    checksig_cancel_token *token = NULL, *no_token = NULL;
    checksig_error *error = NULL;
    const checksig_event *event = NULL;
    checksig_checksum checksum;
    checksig_line_counts lines;
    checksig_counts counts;
    checksig_outcome outcome;
    checksig_entry entry;
    uint64_t line = 77;
    uint32_t algorithm = 77;
    const char *reason = NULL;
    char hex[CHECKSIG_HEX_SIZE] = "untouched";
    char *text;
    CHECK(argc == 2);
    lines.size = sizeof lines;
    counts.size = sizeof counts;
    outcome.size = sizeof outcome;
    entry.size = sizeof entry;
    outcome.details = NULL;
    memset(&checksum, 7, sizeof checksum);

    CHECK_STATUS(checksig_verify(good, NULL, NULL, NULL, &report, NULL), CHECKSIG_OK);
    CHECK_STATUS(checksig_manifest_read(list, NULL, &manifest, NULL), CHECKSIG_OK);
    CHECK_STATUS(checksig_outcomes_start(good, NULL, &outcomes, NULL), CHECKSIG_OK);
    CHECK_STATUS(checksig_cancel_token_new(&token), CHECKSIG_OK);

    CHECK(setenv("CHECKSIG_PROVOKE_PANIC", "1", 1) == 0);
    PANICS(checksig_verify(good, NULL, never, NULL, &no_report, &error));
    PANICS(checksig_verify_manifests(&manifest, 1, NULL, never, NULL, &no_report, NULL));
    PANICS(checksig_outcomes_start(good, NULL, &no_outcomes, NULL));
    PANICS(checksig_outcomes_start_manifests(&manifest, 1, NULL, &no_outcomes, NULL));
    PANICS(checksig_outcomes_next(outcomes, &event, NULL));
    PANICS(checksig_outcomes_cancel(outcomes));
    PANICS(checksig_outcomes_report(outcomes, &no_report));
    PANICS(checksig_report_counts(report, &counts));
    PANICS(checksig_report_outcome(report, 0, &outcome));
    PANICS(checksig_manifest_read(list, NULL, &no_manifest, NULL));
    PANICS(checksig_manifest_parse("", 0, NULL, NULL, &no_manifest, NULL));
    PANICS(checksig_manifest_counts(manifest, &lines));
    PANICS(checksig_manifest_entry(manifest, 0, &entry));
    PANICS(checksig_manifest_malformed(manifest, 0, &line, &reason));
    PANICS(checksig_hash_file(list, CHECKSIG_ALGORITHM_MD5, NULL, &checksum, NULL));
    PANICS(checksig_hash_bytes("", 0, CHECKSIG_ALGORITHM_MD5, &checksum, NULL));
    PANICS(checksig_checksum_hex(&checksum, hex, sizeof hex));
    PANICS(checksig_algorithm_from_name("md5", &algorithm, NULL));
    PANICS(checksig_cancel_token_new(&no_token));
    PANICS(checksig_cancel(token));
    PANICS(checksig_error_status(error));
    CHECK(!checksig_cancel_token_is_set(token) && !checksig_report_is_verified(report));
    CHECK(checksig_report_summary(report) == NULL && checksig_report_note(report) == NULL);
    CHECK(checksig_error_message(error) == NULL);
    CHECK(checksig_status_name(0) == NULL && checksig_outcome_status_name(0) == NULL);
    CHECK(checksig_algorithm_name(1) == NULL && checksig_algorithm_digest_len(1) == 0);
    CHECK(checksig_quote("", 0) == NULL && checksig_outcome_text(&outcome) == NULL);
    CHECK(checksig_error_os_error(error) == 0 && checksig_version() == NULL);
    CHECK(checksig_abi_version() == CHECKSIG_ABI_VERSION);
    /* Never "verified". */
    text = checksig_check_signatures(good);
    CHECK(text != NULL && strstr(text, "panicked") != NULL);
    /* A free that panics has freed nothing, and has not crashed. */
    checksig_string_free(text);
    checksig_report_free(report);
    checksig_manifest_free(manifest);
    checksig_outcomes_free(outcomes);
    checksig_cancel_token_free(token);
    checksig_error_free(error);
    CHECK(unsetenv("CHECKSIG_PROVOKE_PANIC") == 0);

    CHECK(no_report == NULL && no_manifest == NULL && no_outcomes == NULL && no_token == NULL && event == NULL);
    CHECK(line == 77 && algorithm == 77 && reason == NULL && checksum.digest[0] == 7 && strcmp(hex, "untouched") == 0);
    CHECK(strstr(checksig_error_message(error), "bug") != NULL && checksig_error_status(error) == CHECKSIG_PANIC);

    checksig_string_free(text);
    checksig_error_free(error);
    checksig_report_free(report);
    checksig_manifest_free(manifest);
    checksig_outcomes_free(outcomes);
    checksig_cancel_token_free(token);
    free(good);
    free(list);
    return end_of_test();
}
