/* Lists from memory and from files: names intact, lines counted, structs of other sizes, numbers that are none. */
#include "check.h"

#include <errno.h>

#define MD5_OF_NOTHING "d41d8cd98f00b204e9800998ecf8427e"

static checksig_manifest *parse(const char *bytes, size_t len, const char *name)
{
    checksig_manifest *manifest = NULL;
    CHECK_STATUS(checksig_manifest_parse(bytes, len, name, NULL, &manifest, NULL), CHECKSIG_OK);
    return manifest;
}

static void check_path(const checksig_manifest *manifest, size_t index, const char *path, size_t len)
{
    checksig_entry entry;
    entry.size = sizeof entry;
    CHECK_STATUS(checksig_manifest_entry(manifest, index, &entry), CHECKSIG_OK);
    CHECK(entry.path_len == len && memcmp(entry.path, path, len) == 0);
    CHECK(entry.size == sizeof entry);
}

/* Names that are not UTF-8, that act on terminals, that hold line ends; a NUL; a name as long as a line may be. */
static void names_are_intact(void)
{
    static const char list[] = "# names\n"
                               "\n" MD5_OF_NOTHING "  \xff\xfe not UTF-8\n"
                               MD5_OF_NOTHING "  \x1b[31mred\t\x07\n"
                               "\\" MD5_OF_NOTHING "  line\\nend\\\\\n"
                               MD5_OF_NOTHING "  nul\0byte\n"
                               "MD5 (tag (1).txt) = " MD5_OF_NOTHING "\n"
                               "not a checksum\n";
    checksig_manifest *manifest = parse(list, sizeof list - 1, NULL);
    checksig_line_counts counts;
    checksig_entry entry;
    uint64_t line = 0;
    const char *reason = NULL;
    char hex[CHECKSIG_HEX_SIZE];
    counts.size = sizeof counts;
    CHECK_STATUS(checksig_manifest_counts(manifest, &counts), CHECKSIG_OK);
    CHECK(counts.lines == 8 && counts.comments == 1 && counts.blank == 1);
    CHECK(counts.entries == 4 && counts.malformed == 2);
    check_path(manifest, 0, "\xff\xfe not UTF-8", 12);
    check_path(manifest, 1, "\x1b[31mred\t\x07", 10);
    check_path(manifest, 2, "line\nend\\", 9);
    check_path(manifest, 3, "tag (1).txt", 11);
    entry.size = sizeof entry;
    CHECK_STATUS(checksig_manifest_entry(manifest, 4, &entry), CHECKSIG_END);
    CHECK_STATUS(checksig_manifest_entry(manifest, SIZE_MAX, &entry), CHECKSIG_END);
    CHECK_STATUS(checksig_manifest_entry(manifest, 0, &entry), CHECKSIG_OK);
    CHECK(entry.line == 3 && entry.algorithm_assumed && entry.checksum.algorithm == CHECKSIG_ALGORITHM_MD5);
    CHECK_STATUS(checksig_checksum_hex(&entry.checksum, hex, sizeof hex), CHECKSIG_OK);
    CHECK(strcmp(hex, MD5_OF_NOTHING) == 0);
    CHECK_STATUS(checksig_manifest_entry(manifest, 3, &entry), CHECKSIG_OK);
    CHECK(!entry.algorithm_assumed);
    CHECK_STATUS(checksig_manifest_malformed(manifest, 0, &line, &reason), CHECKSIG_OK);
    CHECK(line == 6 && strcmp(reason, "nul") == 0);
    CHECK_STATUS(checksig_manifest_malformed(manifest, 1, &line, &reason), CHECKSIG_OK);
    CHECK(line == 8 && strcmp(reason, "bad-hex") == 0);
    CHECK_STATUS(checksig_manifest_malformed(manifest, 2, &line, &reason), CHECKSIG_END);
    checksig_manifest_free(manifest);
}

static void long_lines(void)
{
    const size_t longest = 65536, prefix = 34;
    char *line = malloc(longest + 2);
    checksig_manifest *manifest;
    uint64_t number;
    const char *reason;
    CHECK(line != NULL);
    memset(line, 'n', longest + 2);
    memcpy(line, MD5_OF_NOTHING "  ", prefix);
    line[longest] = '\n';
    manifest = parse(line, longest + 1, NULL);
    check_path(manifest, 0, line + prefix, longest - prefix);
    checksig_manifest_free(manifest);
    line[longest] = 'n';
    line[longest + 1] = '\n';
    manifest = parse(line, longest + 2, NULL);
    CHECK_STATUS(checksig_manifest_malformed(manifest, 0, &number, &reason), CHECKSIG_OK);
    CHECK(number == 1 && strcmp(reason, "too-long") == 0);
    checksig_manifest_free(manifest);
    free(line);
}

/* A name says the algorithm, or the file of a bare digest; an option says it louder. */
static void what_is_known_about_a_list(void)
{
    static const char bare[] = MD5_OF_NOTHING "\n";
    static const char plain[] = MD5_OF_NOTHING "  x\n";
    static const uint32_t no_length[] = {0, 65, 128, 256, 512};
    size_t wrong;
    checksig_options options = CHECKSIG_OPTIONS_INIT;
    checksig_manifest *manifest = parse(bare, sizeof bare - 1, "x.iso.md5");
    checksig_entry entry;
    check_path(manifest, 0, "x.iso", 5);
    checksig_manifest_free(manifest);

    entry.size = sizeof entry;
    manifest = parse(plain, sizeof plain - 1, "md5sum.txt");
    CHECK_STATUS(checksig_manifest_entry(manifest, 0, &entry), CHECKSIG_OK);
    CHECK(!entry.algorithm_assumed);
    checksig_manifest_free(manifest);

    options.algorithm = CHECKSIG_BLAKE2B_OF(16);
    CHECK_STATUS(checksig_manifest_parse(plain, sizeof plain - 1, "md5sum.txt", &options, &manifest, NULL), CHECKSIG_OK);
    CHECK_STATUS(checksig_manifest_entry(manifest, 0, &entry), CHECKSIG_OK);
    CHECK(entry.checksum.algorithm == CHECKSIG_BLAKE2B_OF(16) && entry.checksum.digest_len == 16);
    CHECK(strcmp(checksig_algorithm_name(entry.checksum.algorithm), "blake2b-128") == 0);
    checksig_manifest_free(manifest);

    /* Who means bits, or is one off, must not get a digest of another length. */
    for (wrong = 0; wrong < sizeof no_length / sizeof *no_length; wrong++) {
        options.algorithm = CHECKSIG_BLAKE2B_OF(no_length[wrong]);
        CHECK(checksig_algorithm_name(options.algorithm) == NULL);
        CHECK_STATUS(checksig_manifest_parse(plain, sizeof plain - 1, NULL, &options, &manifest, NULL),
                     CHECKSIG_UNKNOWN_ALGORITHM);
    }
}

/* A struct of a program that is newer than the library. */
struct newer_options {
    checksig_options known;
    uint64_t unknown;
};
struct newer_entry {
    checksig_entry known;
    uint64_t unknown;
};

static void structs_of_other_sizes(void)
{
    static const char list[] = MD5_OF_NOTHING "  x\n";
    checksig_options options = CHECKSIG_OPTIONS_INIT;
    struct newer_options newer;
    struct newer_entry entry;
    checksig_manifest *manifest = NULL;
    checksig_error *error = NULL;

    memset(&newer, 0, sizeof newer);
    newer.known.size = sizeof newer;
    newer.known.algorithm = CHECKSIG_ALGORITHM_MD5;
    CHECK_STATUS(checksig_manifest_parse(list, sizeof list - 1, NULL, &newer.known, &manifest, NULL), CHECKSIG_OK);
    memset(&entry, 0xaa, sizeof entry);
    entry.known.size = sizeof entry;
    CHECK_STATUS(checksig_manifest_entry(manifest, 0, &entry.known), CHECKSIG_OK);
    CHECK(entry.known.size == sizeof entry && entry.unknown == 0 && !entry.known.algorithm_assumed);
    entry.known.size = 0;
    CHECK_STATUS(checksig_manifest_entry(manifest, 0, &entry.known), CHECKSIG_INVALID_ARGUMENT);
    entry.known.size = sizeof(checksig_entry) - 1;
    CHECK_STATUS(checksig_manifest_entry(manifest, 0, &entry.known), CHECKSIG_INVALID_ARGUMENT);
    checksig_manifest_free(manifest);
    manifest = NULL;

    newer.unknown = 1;
    CHECK_STATUS(checksig_manifest_parse(list, 1, NULL, &newer.known, &manifest, NULL), CHECKSIG_INVALID_ARGUMENT);
    options.size = 8;
    CHECK_STATUS(checksig_manifest_parse(list, 1, NULL, &options, &manifest, &error), CHECKSIG_INVALID_ARGUMENT);
    CHECK(strstr(checksig_error_message(error), "sizeof(checksig_options)") != NULL);
    checksig_error_free(error);
    CHECK(manifest == NULL);
}

static void numbers_that_are_none(void)
{
    static const uint32_t none[] = {14, 255, CHECKSIG_ALGORITHM_SHA1 | 20 << 8, CHECKSIG_ALGORITHM_BLAKE2B | 65 << 8, UINT32_MAX};
    checksig_manifest *manifest = NULL;
    checksig_checksum checksum;
    uint32_t algorithm = 0;
    checksig_error *error = NULL;
    char hex[CHECKSIG_HEX_SIZE];
    size_t i;
    for (i = 0; i < sizeof none / sizeof *none; i++) {
        checksig_options options = CHECKSIG_OPTIONS_INIT;
        options.algorithm = none[i];
        CHECK_STATUS(checksig_manifest_parse("", 0, NULL, &options, &manifest, NULL), CHECKSIG_UNKNOWN_ALGORITHM);
        CHECK_STATUS(checksig_hash_bytes("", 0, none[i], &checksum, NULL), CHECKSIG_UNKNOWN_ALGORITHM);
    }
    CHECK_STATUS(checksig_hash_bytes("", 0, CHECKSIG_ALGORITHM_NONE, &checksum, NULL), CHECKSIG_UNKNOWN_ALGORITHM);
    CHECK_STATUS(checksig_algorithm_from_name("sha-257", &algorithm, &error), CHECKSIG_UNKNOWN_ALGORITHM);
    CHECK(strstr(checksig_error_message(error), "sha256") != NULL);
    checksig_error_free(error);
    CHECK_STATUS(checksig_algorithm_from_name("SHA-256", &algorithm, NULL), CHECKSIG_OK);
    CHECK(algorithm == CHECKSIG_ALGORITHM_SHA256 && checksig_algorithm_digest_len(algorithm) == 32);
    CHECK_STATUS(checksig_algorithm_from_name("\xff", &algorithm, NULL), CHECKSIG_UNKNOWN_ALGORITHM);

    CHECK_STATUS(checksig_hash_bytes("abc", 3, CHECKSIG_ALGORITHM_MD5, &checksum, NULL), CHECKSIG_OK);
    memset(hex, 'x', sizeof hex);
    CHECK_STATUS(checksig_checksum_hex(&checksum, hex, 32), CHECKSIG_INVALID_ARGUMENT);
    CHECK(hex[0] == 'x');
    CHECK_STATUS(checksig_checksum_hex(&checksum, hex, 33), CHECKSIG_OK);
    CHECK(strcmp(hex, "900150983cd24fb0d6963f7d28e17f72") == 0 && hex[33] == 'x');
    checksum.digest_len = 65;
    CHECK_STATUS(checksig_checksum_hex(&checksum, hex, sizeof hex), CHECKSIG_INVALID_ARGUMENT);
    checksum.algorithm = CHECKSIG_ALGORITHM_NONE;
    CHECK_STATUS(checksig_checksum_hex(&checksum, hex, sizeof hex), CHECKSIG_INVALID_ARGUMENT);
    CHECK(manifest == NULL);
}

static void files_that_cannot_be_read(const char *directory)
{
    char *nothing = below(directory, "nothing\n");
    checksig_manifest *manifest = NULL;
    checksig_error *error = NULL;
    checksig_checksum checksum;
    CHECK_STATUS(checksig_manifest_read(nothing, NULL, &manifest, &error), CHECKSIG_UNREADABLE_LIST);
    CHECK(checksig_error_os_error(error) == ENOENT && checksig_error_status(error) == CHECKSIG_UNREADABLE_LIST);
    CHECK(strchr(checksig_error_message(error), '\n') == NULL);
    checksig_error_free(error);
    CHECK_STATUS(checksig_hash_file(directory, CHECKSIG_ALGORITHM_MD5, NULL, &checksum, &error), CHECKSIG_UNREADABLE_FILE);
    CHECK(checksig_error_os_error(error) == EISDIR);
    checksig_error_free(error);
    CHECK(manifest == NULL);
    free(nothing);
}

int main(int argc, char **argv)
{
    CHECK(argc == 2);
    names_are_intact();
    long_lines();
    what_is_known_about_a_list();
    structs_of_other_sizes();
    numbers_that_are_none();
    files_that_cannot_be_read(argv[1]);
    return end_of_test();
}
