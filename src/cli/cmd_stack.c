/* cmd_stack.c - stack files outside the emulator: checked, and the built-in one printed.
 * SPDX-License-Identifier: MIT
 *
 * A file is checked in the world of a default emulator: what is wrong with it does not depend on
 * the region, the environment or the time. */
#include "config.h"

#include "cli/command.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "domain/stack.h"
#include "emulator/aws_call.h"
#include "emulator/stack_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
print_faults(const char *path, const struct stack_faults *faults)
{
    for (size_t i = 0; i < faults->count && i < STACK_FAULTS_MAX; i++) {
        const struct stack_fault *fault = &faults->items[i];

        command_say(stdout, "%s: %s%s%s", path, fault->pointer, *fault->pointer == '\0' ? "" : ": ",
                    fault->text);
    }
    if (faults->count > STACK_FAULTS_MAX)
        command_say(stdout, "%s: and %zu more", path, faults->count - STACK_FAULTS_MAX);
}

static void
print_summary(const char *path, const struct stack *stack)
{
    size_t listed = 0;
    int alarms;

    for (size_t i = 0; i < stack->resource_count; i++)
        listed += stack->resources[i].is_listed;
    alarms = cJSON_GetArraySize(stack->alarms);
    command_say(stdout,
                "%s: %zu resource%s (%zu listed with tags), %zu budget%s, %d alarm%s, %zu "
                "incident%s",
                path, stack->resource_count, text_s(stack->resource_count), listed,
                stack->budget_count, text_s(stack->budget_count), alarms, text_s((uint64_t)alarms),
                stack->incident_count, text_s(stack->incident_count));
}

static int
check(const char *path)
{
    const struct stack_world world = { .account = AWS_ACCOUNT,
                                       .region = "us-east-1",
                                       .environment = "dev",
                                       .alarm_is_good = stack_file_alarm_is_good };
    struct stack_faults *faults;
    struct stack *stack = NULL;
    struct err err = { 0 };
    struct buf text;
    int code = EXIT_OK;

    buf_init(&text, STACK_BYTES_MAX);
    faults = xcalloc(1, sizeof *faults);
    if (buf_read_file(&text, path, &err) != OK) {
        code = command_fail(&err);
    } else if (stack_read(&stack, text.data, text.len, &world, faults) != OK) {
        print_faults(path, faults);
        code = EXIT_FINDING;
    } else {
        print_summary(path, stack);
    }
    stack_free(stack);
    free(faults);
    buf_fini(&text);
    return code;
}

int
cmd_stack(struct invocation *inv)
{
    const char *verb = inv->argument_count > 0 ? inv->arguments[0] : "";
    struct err err = { 0 };

    if (strcmp(verb, "check") == 0 && inv->argument_count == 2)
        return check(inv->arguments[1]);
    if (strcmp(verb, "print") == 0 && inv->argument_count == 1) {
        fputs(stack_builtin_text(), stdout);
        return EXIT_OK;
    }
    if (strcmp(verb, "check") == 0)
        err_set(&err, E_USAGE, "stack check needs a file: obsview stack check FILE");
    else if (strcmp(verb, "print") == 0)
        err_set(&err, E_USAGE, "stack print takes no argument \"%.80s\"", inv->arguments[1]);
    else
        err_set(
            &err, E_USAGE,
            "stack: expected \"check FILE\" or \"print\", got \"%.80s\"; see obsview help stack",
            verb);
    return command_fail(&err);
}
