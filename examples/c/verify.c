/*
 * Verifies a directory or a list: names what is not as it should be on standard output, shows progress on standard error.
 * Ctrl-C cancels.
 *
 *     cc verify.c $(pkg-config --cflags --libs checksig) -o verify && ./verify downloads
 */
#include <checksig.h>

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>

static checksig_cancel_token *cancel;

static void interrupted(int number)
{
    checksig_cancel(cancel);
    signal(number, SIG_DFL); /* a second Ctrl-C ends the program at once */
}

static int tell(const checksig_event *event, void *user_data)
{
    (void)user_data;
    switch (event->kind) {
    case CHECKSIG_EVENT_OUTCOME:
        if (event->outcome->status != CHECKSIG_OUTCOME_OK && event->outcome->status != CHECKSIG_OUTCOME_NOT_RUN) {
            char *text = checksig_outcome_text(event->outcome);
            printf("%s\n", text != NULL ? text : "out of memory");
            checksig_string_free(text);
        }
        break;
    case CHECKSIG_EVENT_MALFORMED:
        printf("line %" PRIu64 " is malformed: %s\n", event->malformed->line, event->malformed->text);
        break;
    case CHECKSIG_EVENT_UNREAD_LIST:
        printf("%s\n", checksig_error_message(event->unread_list));
        break;
    case CHECKSIG_EVENT_PROGRESS:
        fprintf(stderr, "\r%" PRIu64 " of about %" PRIu64 " MB ", event->progress->bytes / 1000000,
                event->progress->expected_bytes / 1000000);
        break;
    case CHECKSIG_EVENT_FINISHED:
        fprintf(stderr, "\r");
        break;
    }
    return 0; /* anything else would cancel */
}

int main(int argc, char **argv)
{
    checksig_options options = CHECKSIG_OPTIONS_INIT;
    checksig_report *report = NULL;
    checksig_error *error = NULL;
    int verified = 0;

    if (argc != 2 || checksig_cancel_token_new(&cancel) != CHECKSIG_OK) {
        fprintf(stderr, "usage: verify DIRECTORY-OR-LIST\n");
        return 2;
    }
    options.cancel = cancel;
    options.keep = CHECKSIG_KEEP_NOTHING;
    signal(SIGINT, interrupted);

    checksig_verify(argv[1], &options, tell, NULL, &report, &error);
    if (error != NULL)
        fprintf(stderr, "%s\n", checksig_error_message(error));
    if (report != NULL) { /* also of a run that was cancelled */
        printf("%s\n", checksig_report_summary(report));
        verified = checksig_report_is_verified(report);
    }
    signal(SIGINT, SIG_DFL);
    checksig_report_free(report);
    checksig_error_free(error);
    checksig_cancel_token_free(cancel);
    return verified ? 0 : 1;
}
