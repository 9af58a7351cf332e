/* stack_file.c - from a path to a stack, or to a sentence why not.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "emulator/stack_file.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "emulator/alarm_definition.h"
#include "emulator/aws_call.h"
#include "wire/service.h"

bool
stack_file_alarm_is_good(const cJSON *input, struct err *err)
{
    struct arena *arena = arena_new();
    struct wire_error error = { 0 };
    const struct awsvalue in = { .object = input,
                                 .service = service_by_name("monitoring"),
                                 .error = &error };
    struct alarm_definition def;
    enum status st = aws_only(&in, alarm_definition_members);

    if (st == OK)
        st = alarm_definition_read_metric(&def, arena, &in);
    if (st != OK)
        err_set(err, E_INVALID, "%s", error.message);
    arena_free(arena);
    return st == OK;
}

static enum status
refuse(const char *path, const struct stack_faults *faults, struct err *err)
{
    const struct stack_fault *first = &faults->items[0];
    char more[80] = "";

    if (faults->count > 1)
        snprintf(more, sizeof more, " (and %zu more: obsview stack check FILE tells all)",
                 faults->count - 1);
    return err_set(err, E_USAGE, "--stack %.100s: %.80s%s%.120s%s", path, first->pointer,
                   *first->pointer == '\0' ? "" : ": ", first->text, more);
}

/* The file may be a pipe that nobody writes to. The signals that end a program are blocked by now,
 * to be read one day by a loop that has not begun: here they end it as they do any other. */
static enum status
read_file(struct buf *text, const char *path, struct err *err)
{
    sigset_t ends, before;
    enum status st;

    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGHUP);
    pthread_sigmask(SIG_UNBLOCK, &ends, &before);
    st = buf_read_file(text, path, err);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return st;
}

enum status
stack_file_read(struct stack **out, const struct emulator_options *options, struct err *err)
{
    const struct stack_world world = { .account = AWS_ACCOUNT,
                                       .region = options->region,
                                       .environment = options->environment,
                                       .start_ms = clock_now_ms(options->clock),
                                       .alarm_is_good = stack_file_alarm_is_good };
    const char *path = options->stack_path;
    struct stack_faults *faults;
    enum status st = OK;
    struct buf text;

    *out = NULL;
    if (path != NULL && strcmp(path, "off") == 0)
        return OK;
    buf_init(&text, STACK_BYTES_MAX);
    faults = xcalloc(1, sizeof *faults);
    if (path == NULL)
        buf_adds(&text, stack_builtin_text());
    else
        st = read_file(&text, path, err);
    if (st != OK)
        err_context(err, "--stack");
    else if (stack_read(out, text.data, text.len, &world, faults) != OK)
        st = refuse(path == NULL ? "(built in)" : path, faults, err);
    free(faults);
    buf_fini(&text);
    return st;
}
