/* commands.c - the table of commands.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/command.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"

#define LINE_MOST ((size_t)1 << 20) /* bytes of what is said */

/* clang-format off */
const struct command commands[] = {
    { "", "", "start the emulator and the screen",
      "Starts the emulator and shows its screen, in one process. When an obsview listens at the\n"
      "address already, the screen attaches to that one instead.",
      FOR_EMULATE | FOR_WATCH, 0, cmd_start },
    { "emulate", "", "run the emulator without a screen",
      "Emulates the web-vitals and error endpoints, the EMF sink and the CloudWatch APIs over\n"
      "them until it is interrupted. Prints one line with the addresses when it is ready.\n"
      "Everything that was answered with success is on disk before the process ends.",
      FOR_EMULATE, 0, cmd_emulate },
    { "watch", "", "show the screen of an emulator or an AWS account",
      "Shows live vitals, errors, functions and logs. Without --endpoint-url, --profile or --env\n"
      "it watches the local emulator, so nobody is billed by accident.",
      FOR_WATCH, 0, cmd_watch },
    { "report", "VIEW", "print a view as text, JSON, CSV or Markdown",
      "Asks once for what the view shows and prints it. The views are those of the screen.",
      FOR_REPORT, 1, cmd_report },
    { "alarms", "rehearse", "play alarms over the past: fired, flapped, blind",
      "Asks for the alarms that are defined and for what each has measured, and says of each when it\n"
      "would have fired, how often it would have flapped and how long it would have been blind for\n"
      "want of data. Nothing is changed anywhere.",
      FOR_ALARMS, 1, cmd_alarms },
    { "check", "CHECK [FILE...]", "judge an account, an emulator or files by rules, for people and CI",
      "CHECK is tags, budget, aurora, pii, emf, vitals, errors, contract, cardinality, naming or logs.\n"
      "Asks for what the rules are about, or reads it from files (\"-\" is standard input; all but the\n"
      "first three), and prints what breaks one, with evidence and what to do.\n"
      "Exit code 0: all is well; 1: something was found; 3: something could not be judged.\n"
      "obsview help checks lists the rules.",
      FOR_CHECK, 64, cmd_check },
    { "await", "vital|error|hit|metric|request", "wait until something has arrived at an emulator",
      "For tests: ends with 0 once there is enough of it, and prints the newest that match, a line of\n"
      "JSON each, ten or as many as --count asks for; ends with 1 when the time is over, and says\n"
      "what came instead. What arrived before counts, so nothing is missed.",
      FOR_AWAIT, 1, cmd_await },
    { "ready", "", "wait until an emulator answers",
      "Prints its address and ends with 0 as soon as the emulator answers; 3 when the time is over.",
      FOR_READY, 0, cmd_ready },
    { "why", "ID|NAMESPACE/NAME[,DIMENSION=VALUE...]", "follow one id or metric through every door",
      "Says in words what became of an error, a session, a visit, a recording, a request or a\n"
      "metric: when and by which route it came in, what was refused and by which rule, as what it\n"
      "is stored, which series it feeds, which log lines and alarms there are, which other ids\n"
      "belong to it and what personal data was found. Exit code 0: something is known; 1: nothing,\n"
      "and it says where it looked.",
      FOR_WHY, 1, cmd_why },
    { "sessions", "ls|show ID|export ID|rm ID", "recorded sessions: list, tell, copy and remove them",
      "Reads the bucket of session recordings over S3, the emulator's or a real one: \"ls\" lists the\n"
      "sessions, \"show\" tells one line by line, \"export\" copies its files, \"rm\" removes one from an\n"
      "emulator. What was typed is shown as its shape unless --reveal is given.",
      FOR_SESSIONS, 2, cmd_sessions },
    { "emit", "metric|log|vital|error|event ...", "write or send a metric, log line, web vital, error or event",
      "For scripts, cron jobs and smoke tests. What is written has been read first as its receiver\n"
      "would, so it is never dropped there:\n\n"
      "  obsview emit metric NAME VALUE    a document in Embedded Metric Format\n"
      "  obsview emit log LEVEL MESSAGE    a structured log line\n"
      "  obsview emit vital NAME VALUE     a web vital, such as LCP 2500\n"
      "  obsview emit error MESSAGE        an error of a page\n"
      "  obsview emit event [NAME]         an event of an Umami website, or a page view",
      FOR_EMIT, 3, cmd_emit },
    { "fixture", "stat|verify FILE...|redact IN OUT", "look into recorded traffic, search it for secrets, take them out",
      "With \"stat\", says what is in each file. With \"verify\", reads each line, and searches it for\n"
      "secrets and personal data: exit code 1 when a line is broken or still holds some. With\n"
      "\"redact\", writes a copy in which pseudonyms stand for them: of the same shape, and the same\n"
      "for the same value. A file that is - is standard input, and the copy standard output.",
      FOR_FIXTURE, 64, cmd_fixture },
    { "replay", "FILE...", "play recorded traffic, and compare the answers",
      "Plays fixtures into an emulator of its own, which begins with an empty store and whose clock\n"
      "is the recording's: two replays of the same file leave the same behind, byte for byte. With\n"
      "--to, sends them to a server instead, moved to its time. With --expect, exit code 1 when an\n"
      "answer is not what the fixture expects; 3 when a file could not be read, or nobody answered.\n"
      "A FILE that is - is standard input.",
      FOR_REPLAY, 64, cmd_replay },
    { "diff", "A B", "compare two recordings or stores, for a pull request",
      "Says what a change did to the telemetry: new and gone error groups, vitals that are slower\n"
      "beyond chance, metrics and dimensions that were lost and the alarms that miss them, log fields,\n"
      "pages and events, personal data, and what a month costs. A and B are fixtures, which are\n"
      "replayed, databases of obsview emulate --db, or addresses of emulators that run, such as\n"
      "http://127.0.0.1:6270. Writes Markdown for a comment, or text on a terminal. Exit code 0:\n"
      "nothing is worse; 1: something is; 3: something could not be judged.",
      FOR_DIFF, 2, cmd_diff },
    { "run", "[--] COMMAND [ARGUMENT...]", "run a command and publish how it went",
      "Runs the command, with its input, output and exit status as they are, and then publishes\n"
      "Duration, Errors and Invocations, with the exit status beside them. Options of obsview stand\n"
      "before the command, with a -- between them where that begins with one itself.",
      FOR_RUN, 1024, cmd_run },
    { "pii-seed", "", "make up people, to fill forms with in tests of masking",
      "Prints fake personal data and secrets, always the same for the same --seed: e-mail addresses,\n"
      "telephone numbers, card numbers and more that belong to nobody, and that the rules find. Fill\n"
      "a form with them, and ask check pii whether any left the browser in clear. With --rules, exit\n"
      "code 1 when those do not find one.",
      FOR_SEED, 0, cmd_pii_seed },
    { "stack", "check FILE|print", "check a stack file, or print the built-in one",
      "A stack file describes the account to emulate: obsview emulate --stack FILE. With \"check\",\n"
      "says all that is wrong with one, each with its place as a JSON pointer; with \"print\",\n"
      "prints the built-in one, to begin one's own with.",
      0, 2, cmd_stack },
    { "doctor", "", "check configuration, keys, account, clock and permissions",
      "Goes through all that must be right before a screen can show an account, or the local\n"
      "emulator, and says of each what to do next. What it asks is the cheapest there is: an\n"
      "account pays less than 0.0001 USD for it, and the sum is printed.",
      FOR_DOCTOR, 0, cmd_doctor },
    { "iam-policy", "[VIEW...]", "print the smallest IAM policy under which the views work",
      "Prints a read-only policy for all views, or for those named. Log groups of the setting\n"
      "log-groups are its resources; why others cannot be named is said on standard error.",
      FOR_POLICY, 16, cmd_iam_policy },
    { "config", "", "print every setting and where its value came from",
      "Prints the effective settings, one a line, each with its origin: flag, variable, file or\n"
      "default.",
      FOR_EMULATE | FOR_WATCH | FOR_REPORT | FOR_DOCTOR | FOR_POLICY | FOR_ALARMS | FOR_CHECK |
          FOR_EMIT | FOR_RUN | FOR_FIXTURE | FOR_WAITING | FOR_SESSIONS | FOR_REPLAY | FOR_WHY | FOR_SEED | FOR_DIFF, 0, cmd_config },
    { "help", "[COMMAND|TOPIC]", "explain a command; topics: \"aws\", \"checks\"",
      "Without an argument, lists the commands. The topic \"aws\" lists the AWS operations the\n"
      "emulator answers, the topic \"checks\" the rules of obsview check.",
      0, 1, cmd_help },
    { "completion", "bash|zsh|fish", "print the completion script of a shell",
      "For example: obsview completion bash > ~/.local/share/bash-completion/completions/obsview",
      0, 1, cmd_completion },
    { "version", "", "print the version",
      "Prints the version and those of the libraries it runs with.",
      0, 0, cmd_version },
    { NULL, NULL, NULL, NULL, 0, 0, NULL },
};
/* clang-format on */

const struct command *
command_find(const char *name)
{
    for (const struct command *c = commands; c->name != NULL; c++) {
        if (strcmp(c->name, name) == 0)
            return c;
    }
    return NULL;
}

void
command_say(FILE *to, const char *fmt, ...)
{
    struct buf b;
    va_list ap;

    buf_init(&b, LINE_MOST);
    va_start(ap, fmt);
    buf_addv(&b, fmt, ap);
    va_end(ap);
    if (b.len > 0)
        text_defuse(b.data);
    fprintf(to, "%s\n", b.data);
    buf_fini(&b);
}

int
command_fail(const struct err *err)
{
    command_say(stderr, "obsview: %s", err->text);
    return err->code == E_USAGE ? EXIT_USAGE : EXIT_UNREACHABLE;
}
