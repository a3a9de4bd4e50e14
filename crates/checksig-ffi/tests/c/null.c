/* Every pointer of every function given NULL: an answer, never a crash, and nothing written. */
#include "check.h"

#define NULL_ARGUMENT(call) CHECK_STATUS(call, CHECKSIG_NULL_ARGUMENT)

static int ignore(const checksig_event *event, void *user_data)
{
    CHECK(event != NULL && user_data == NULL);
    return 0;
}

int main(int argc, char **argv)
{
    char *good = below(argv[1], "good"), *list = below(argv[1], "good/sha256sum.txt");
    checksig_report *report = NULL;
    checksig_manifest *manifest = NULL, *none = NULL;
    checksig_outcomes *outcomes = NULL;
    checksig_cancel_token *token = NULL;
    checksig_error *error = NULL;
    const checksig_event *event = NULL;
    checksig_checksum checksum;
    checksig_line_counts lines;
    checksig_counts counts;
    checksig_outcome outcome;
    checksig_entry entry;
    uint64_t line;
    uint32_t algorithm = 77;
    const char *reason;
    char hex[CHECKSIG_HEX_SIZE];
    char *text;
    CHECK(argc == 2);
    memset(&checksum, 0, sizeof checksum);
    lines.size = sizeof lines;
    counts.size = sizeof counts;
    outcome.size = sizeof outcome;
    outcome.details = NULL;
    entry.size = sizeof entry;

    /* What may be NULL. */
    CHECK_STATUS(checksig_verify(good, NULL, NULL, NULL, &report, NULL), CHECKSIG_OK);
    CHECK_STATUS(checksig_manifest_read(list, NULL, &manifest, NULL), CHECKSIG_OK);
    CHECK_STATUS(checksig_outcomes_start(good, NULL, &outcomes, NULL), CHECKSIG_OK);
    CHECK_STATUS(checksig_outcomes_next(outcomes, &event, NULL), CHECKSIG_OK);
    CHECK_STATUS(checksig_hash_file(list, CHECKSIG_ALGORITHM_MD5, NULL, &checksum, NULL), CHECKSIG_OK);
    CHECK_STATUS(checksig_hash_bytes(NULL, 0, CHECKSIG_ALGORITHM_MD5, &checksum, NULL), CHECKSIG_OK);
    CHECK_STATUS(checksig_manifest_parse(NULL, 0, NULL, NULL, &none, NULL), CHECKSIG_OK);
    checksig_manifest_free(none);
    none = NULL;
    CHECK_STATUS(checksig_cancel_token_new(&token), CHECKSIG_OK);

    /* What may not. The error that is asked for says which it is. */
    NULL_ARGUMENT(checksig_verify(NULL, NULL, NULL, NULL, &report, &error));
    CHECK(strstr(checksig_error_message(error), "path") != NULL);
    CHECK(checksig_error_status(error) == CHECKSIG_NULL_ARGUMENT && checksig_error_os_error(error) == 0);
    checksig_error_free(error);
    error = NULL;
    NULL_ARGUMENT(checksig_verify(NULL, NULL, ignore, NULL, NULL, NULL));
    NULL_ARGUMENT(checksig_verify(good, NULL, NULL, NULL, NULL, NULL));
    NULL_ARGUMENT(checksig_verify_manifests(NULL, 1, NULL, NULL, NULL, &report, NULL));
    NULL_ARGUMENT(checksig_verify_manifests(NULL, 0, NULL, NULL, NULL, &report, NULL));
    NULL_ARGUMENT(checksig_verify_manifests(&none, 1, NULL, NULL, NULL, &report, NULL));
    NULL_ARGUMENT(checksig_verify_manifests(&manifest, 1, NULL, NULL, NULL, NULL, NULL));
    NULL_ARGUMENT(checksig_outcomes_start(NULL, NULL, &outcomes, NULL));
    NULL_ARGUMENT(checksig_outcomes_start(good, NULL, NULL, NULL));
    NULL_ARGUMENT(checksig_outcomes_start_manifests(NULL, 1, NULL, &outcomes, NULL));
    NULL_ARGUMENT(checksig_outcomes_start_manifests(&none, 1, NULL, &outcomes, NULL));
    NULL_ARGUMENT(checksig_outcomes_start_manifests(&manifest, 1, NULL, NULL, NULL));
    NULL_ARGUMENT(checksig_outcomes_next(NULL, &event, NULL));
    NULL_ARGUMENT(checksig_outcomes_next(outcomes, NULL, NULL));
    NULL_ARGUMENT(checksig_outcomes_cancel(NULL));
    NULL_ARGUMENT(checksig_outcomes_report(NULL, &report));
    NULL_ARGUMENT(checksig_outcomes_report(outcomes, NULL));
    NULL_ARGUMENT(checksig_report_counts(NULL, &counts));
    NULL_ARGUMENT(checksig_report_counts(report, NULL));
    NULL_ARGUMENT(checksig_report_outcome(NULL, 0, &outcome));
    NULL_ARGUMENT(checksig_report_outcome(report, 0, NULL));
    NULL_ARGUMENT(checksig_manifest_read(NULL, NULL, &none, NULL));
    NULL_ARGUMENT(checksig_manifest_read(list, NULL, NULL, NULL));
    NULL_ARGUMENT(checksig_manifest_parse(NULL, 1, NULL, NULL, &none, NULL));
    NULL_ARGUMENT(checksig_manifest_parse("", 0, NULL, NULL, NULL, NULL));
    NULL_ARGUMENT(checksig_manifest_counts(NULL, &lines));
    NULL_ARGUMENT(checksig_manifest_counts(manifest, NULL));
    NULL_ARGUMENT(checksig_manifest_entry(NULL, 0, &entry));
    NULL_ARGUMENT(checksig_manifest_entry(manifest, 0, NULL));
    NULL_ARGUMENT(checksig_manifest_malformed(NULL, 0, &line, &reason));
    NULL_ARGUMENT(checksig_manifest_malformed(manifest, 0, NULL, &reason));
    NULL_ARGUMENT(checksig_manifest_malformed(manifest, 0, &line, NULL));
    NULL_ARGUMENT(checksig_hash_file(NULL, CHECKSIG_ALGORITHM_MD5, NULL, &checksum, NULL));
    NULL_ARGUMENT(checksig_hash_file(list, CHECKSIG_ALGORITHM_MD5, NULL, NULL, NULL));
    NULL_ARGUMENT(checksig_hash_bytes(NULL, 1, CHECKSIG_ALGORITHM_MD5, &checksum, NULL));
    NULL_ARGUMENT(checksig_hash_bytes("", 0, CHECKSIG_ALGORITHM_MD5, NULL, NULL));
    NULL_ARGUMENT(checksig_checksum_hex(NULL, hex, sizeof hex));
    NULL_ARGUMENT(checksig_checksum_hex(&checksum, NULL, sizeof hex));
    NULL_ARGUMENT(checksig_algorithm_from_name(NULL, &algorithm, NULL));
    NULL_ARGUMENT(checksig_algorithm_from_name("md5", NULL, NULL));
    NULL_ARGUMENT(checksig_cancel_token_new(NULL));
    NULL_ARGUMENT(checksig_cancel(NULL));

    /* Functions that return no status. */
    CHECK(!checksig_cancel_token_is_set(NULL));
    CHECK(!checksig_report_is_verified(NULL));
    CHECK(checksig_report_summary(NULL) == NULL && checksig_report_note(NULL) == NULL);
    CHECK(checksig_outcome_text(NULL) == NULL);
    CHECK(checksig_outcome_text(&outcome) == NULL);
    CHECK(checksig_error_message(NULL) == NULL);
    CHECK(checksig_error_status(NULL) == CHECKSIG_NULL_ARGUMENT);
    CHECK(checksig_error_os_error(NULL) == 0);
    CHECK(checksig_quote(NULL, 1) == NULL);
    text = checksig_quote(NULL, 0);
    CHECK(strcmp(text, "''") == 0);
    checksig_string_free(text);
    text = checksig_check_signatures(NULL);
    CHECK(text != NULL && strstr(text, "NULL") != NULL);
    free(text);

    /* Functions without pointers: numbers that are none. */
    CHECK(checksig_status_name(13) == NULL && checksig_status_name(UINT32_MAX) == NULL);
    CHECK(checksig_outcome_status_name(10) == NULL);
    CHECK(checksig_algorithm_name(0) == NULL && checksig_algorithm_digest_len(0) == 0);
    CHECK(checksig_abi_version() == CHECKSIG_ABI_VERSION);
    CHECK(strcmp(checksig_version(), CHECKSIG_VERSION) == 0);

    /* Nothing was written. */
    CHECK(none == NULL && algorithm == 77 && error == NULL);

    checksig_string_free(NULL);
    checksig_error_free(NULL);
    checksig_report_free(NULL);
    checksig_manifest_free(NULL);
    checksig_outcomes_free(NULL);
    checksig_cancel_token_free(NULL);

    checksig_report_free(report);
    checksig_manifest_free(manifest);
    checksig_outcomes_free(outcomes);
    checksig_cancel_token_free(token);
    free(good);
    free(list);
    return end_of_test();
}
