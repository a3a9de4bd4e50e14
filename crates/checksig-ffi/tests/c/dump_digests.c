/* Hashes files: standard input has a line for each, the algorithm and the file. Once as a file, once from memory. */
#include "check.h"

int main(void)
{
    static char bytes[4 << 20];
    char request[4096];
    while (fgets(request, sizeof request, stdin) != NULL) {
        char *name = strtok(request, " "), *path = strtok(NULL, "\n"), hex[CHECKSIG_HEX_SIZE];
        checksig_checksum of_file, of_bytes;
        uint32_t algorithm = CHECKSIG_ALGORITHM_NONE;
        size_t len;
        FILE *file;
        CHECK(path != NULL && (file = fopen(path, "rb")) != NULL);
        len = fread(bytes, 1, sizeof bytes, file);
        CHECK(len < sizeof bytes);
        fclose(file);
        CHECK_STATUS(checksig_algorithm_from_name(name, &algorithm, NULL), CHECKSIG_OK);
        CHECK_STATUS(checksig_hash_file(path, algorithm, NULL, &of_file, NULL), CHECKSIG_OK);
        CHECK_STATUS(checksig_hash_bytes(bytes, len, algorithm, &of_bytes, NULL), CHECKSIG_OK);
        CHECK(memcmp(&of_file, &of_bytes, sizeof of_file) == 0);
        CHECK(of_file.digest_len == checksig_algorithm_digest_len(algorithm));
        CHECK_STATUS(checksig_checksum_hex(&of_file, hex, sizeof hex), CHECKSIG_OK);
        printf("%s\n", hex);
    }
    return end_of_test();
}
