/* command.h - a command is one row; help, completions and man pages are made from it.
 * SPDX-License-Identifier: MIT */
#ifndef OV_CLI_COMMAND_H
#define OV_CLI_COMMAND_H

#include "cli/settings.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* What a shell sees. */
enum exit_code {
    EXIT_OK = 0,
    EXIT_FINDING = 1,    /* it worked, and something was found */
    EXIT_USAGE = 2,      /* the command line or the configuration is wrong */
    EXIT_UNREACHABLE = 3 /* something could not be reached, read or written */
};

struct invocation {
    struct settings *settings; /* resolved */
    const char **arguments;    /* what is neither option nor command name */
    size_t argument_count;
    bool ignores_pipes, ignores_sizes; /* SIGPIPE, SIGXFSZ: whoever started us had them ignored */
};

struct command {
    const char *name;      /* "" is the program without a command */
    const char *arguments; /* "VIEW", "[COMMAND]" or "" */
    const char *help;      /* one line */
    const char *about;     /* a paragraph or two for `obsview help NAME` */
    unsigned settings;     /* FOR_* of the settings it takes */
    size_t max_arguments;
    int (*run)(struct invocation *inv);
};

/* Ends with a row whose name is NULL. */
extern const struct command commands[];
const struct command *command_find(const char *name); /* NULL when unknown */

int cmd_start(struct invocation *inv);
int cmd_emulate(struct invocation *inv);
int cmd_watch(struct invocation *inv);
int cmd_report(struct invocation *inv);
int cmd_alarms(struct invocation *inv);
int cmd_check(struct invocation *inv);
int cmd_sessions(struct invocation *inv);
int cmd_pii_seed(struct invocation *inv);
int cmd_stack(struct invocation *inv);
int cmd_await(struct invocation *inv);
int cmd_ready(struct invocation *inv);
int cmd_replay(struct invocation *inv);
int cmd_why(struct invocation *inv);
int cmd_emit(struct invocation *inv);
int cmd_fixture(struct invocation *inv);
int cmd_run(struct invocation *inv);
int cmd_config(struct invocation *inv);
int cmd_diff(struct invocation *inv);
int cmd_doctor(struct invocation *inv);
int cmd_help(struct invocation *inv);
int cmd_iam_policy(struct invocation *inv);
int cmd_completion(struct invocation *inv);
int cmd_version(struct invocation *inv);

/* A line, with a newline behind it. Names of files, words of the command line and what came over
 * the network may stand in it: no control character of theirs reaches the terminal. */
void command_say(FILE *to, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* "obsview: <sentence>" on standard error, and the exit code that fits the status. */
int command_fail(const struct err *err);

#endif
