/*
 * Prints lists in the words of vectors/manifests. Standard input has a line for each: the algorithm or `-`, the file name of
 * the list or `-`, the file, separated by tabs. After each list comes a line `end`.
 */
#include "check.h"

#include <inttypes.h>

static char *read_all(const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    char *bytes = malloc(1 << 20);
    CHECK(file != NULL && bytes != NULL);
    *len = fread(bytes, 1, 1 << 20, file);
    CHECK(*len < 1 << 20);
    fclose(file);
    return bytes;
}

static void print_entry(const checksig_entry *entry)
{
    char hex[CHECKSIG_HEX_SIZE];
    size_t i;
    CHECK_STATUS(checksig_checksum_hex(&entry->checksum, hex, sizeof hex), CHECKSIG_OK);
    printf("entry %" PRIu64 " %s %s %s ", entry->line, checksig_algorithm_name(entry->checksum.algorithm),
           entry->algorithm_assumed ? "assumed" : "given", hex);
    for (i = 0; i < entry->path_len; i++)
        printf("%02x", (unsigned char)entry->path[i]);
    printf("\n");
}

static void dump(const checksig_manifest *manifest)
{
    checksig_line_counts counts;
    checksig_entry entry;
    size_t entries = 0, malformed = 0;
    uint64_t line = 0;
    const char *reason = NULL;
    counts.size = sizeof counts;
    entry.size = sizeof entry;
    CHECK_STATUS(checksig_manifest_counts(manifest, &counts), CHECKSIG_OK);
    CHECK(counts.lines == counts.blank + counts.comments + counts.malformed + counts.entries);
    printf("lines %" PRIu64 " blank %" PRIu64 " comments %" PRIu64 "\n", counts.lines, counts.blank, counts.comments);
    for (;;) {
        int has_entry = checksig_manifest_entry(manifest, entries, &entry) == CHECKSIG_OK;
        int has_malformed = checksig_manifest_malformed(manifest, malformed, &line, &reason) == CHECKSIG_OK;
        if (has_entry && (!has_malformed || entry.line < line)) {
            print_entry(&entry);
            entries++;
        } else if (has_malformed) {
            printf("malformed %" PRIu64 " %s\n", line, reason);
            malformed++;
        } else {
            break;
        }
    }
    CHECK(entries == counts.entries && malformed == counts.malformed);
    printf("end\n");
}

int main(void)
{
    char request[4096];
    while (fgets(request, sizeof request, stdin) != NULL) {
        char *algorithm = strtok(request, "\t"), *name = strtok(NULL, "\t"), *file = strtok(NULL, "\n"), *bytes;
        checksig_options options = CHECKSIG_OPTIONS_INIT;
        checksig_manifest *manifest = NULL;
        size_t len;
        CHECK(file != NULL);
        if (strcmp(algorithm, "-") != 0)
            CHECK_STATUS(checksig_algorithm_from_name(algorithm, &options.algorithm, NULL), CHECKSIG_OK);
        if (strcmp(name, "-") == 0)
            name = NULL;
        bytes = read_all(file, &len);
        CHECK_STATUS(checksig_manifest_parse(bytes, len, name, &options, &manifest, NULL), CHECKSIG_OK);
        free(bytes);
        dump(manifest);
        checksig_manifest_free(manifest);
    }
    return end_of_test();
}
