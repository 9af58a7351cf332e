/* cmd_sessions.c - recorded sessions, as the recordings bucket has them.
 * SPDX-License-Identifier: MIT
 *
 * Everything is read over S3, so the same words work on an emulator and on a bucket of AWS. A verb
 * is a sessions_*.c. */
#include "config.h"

#include "cli/sessions/sessions_own.h"

#include <string.h>

static const struct {
    const char *verb;
    bool takes_id;
    enum status (*run)(struct sessions *a, const char *id, struct err *err);
} verbs[] = {
    { "ls", false, sessions_ls },
    { "show", true, sessions_show },
    { "export", true, sessions_export },
    { "rm", true, sessions_rm },
};

int
cmd_sessions(struct invocation *inv)
{
    const char *verb = inv->argument_count > 0 ? inv->arguments[0] : "";
    const char *id = inv->argument_count > 1 ? inv->arguments[1] : NULL;
    struct err err = { 0 };
    struct sessions a;
    enum status st;
    size_t i = 0;

    while (i < sizeof verbs / sizeof verbs[0] && strcmp(verbs[i].verb, verb) != 0)
        i++;
    if (i == sizeof verbs / sizeof verbs[0])
        err_set(&err, E_USAGE, "sessions: expected ls, show, export or rm, got \"%s\"", verb);
    else if (verbs[i].takes_id != (id != NULL))
        err_set(&err, E_USAGE,
                verbs[i].takes_id ? "sessions %s: which session? see obsview sessions ls"
                                  : "sessions %s takes no session",
                verb);
    if (err.code != OK)
        return command_fail(&err);
    st = sessions_init(&a, inv->settings, &err);
    if (st != OK)
        return command_fail(&err);
    st = verbs[i].run(&a, id, &err);
    sessions_fini(&a);
    return st == OK ? EXIT_OK : command_fail(&err);
}
