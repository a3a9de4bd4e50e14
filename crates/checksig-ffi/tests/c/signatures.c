/* checksig_check_signatures: NULL for verified, else a message from the C allocator. */
#include "check.h"

static void check(const char *top, const char *name, const char *expected)
{
    char *directory = below(top, name);
    char *message = checksig_check_signatures(directory);
    if (expected == NULL) {
        CHECK(message == NULL);
    } else {
        CHECK(message != NULL);
        if (strstr(message, expected) == NULL) {
            fprintf(stderr, "not in it: %s\n%s\n", expected, message);
            exit(1);
        }
    }
    free(message); /* the C library's: from malloc, as promised */
    free(directory);
}

int main(int argc, char **argv)
{
    char *directory = below(argv[1], "twenty"), *message = checksig_check_signatures(directory);
    const char *line = message;
    int lines = 0;
    CHECK(argc == 2);
    check(argv[1], "signed", NULL);
    check(argv[1], "good", "sha1sum.txt"); /* it has another list: that one alone is read */
    check(argv[1], "nothing", "nothing");
    check(argv[1], "empty", "sha1sum.txt");
    check(argv[1], "twenty", "\n  gone-19: missing\n  and 5 more");
    check(argv[1], "long", "and 1 more"); /* twenty names of 250 bytes that no shell would read unquoted */

    /* Twenty names and no more. */
    CHECK(strstr(message, "gone-20") == NULL);
    while ((line = strchr(line, '\n')) != NULL)
        line++, lines++;
    CHECK(lines == 21);
    checksig_string_free(message);
    free(directory);
    return end_of_test();
}
