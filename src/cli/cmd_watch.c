/* cmd_watch.c - the screen alone.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/command.h"
#include "cli/signals.h"
#include "cli/watching.h"

#include <unistd.h>

int
cmd_watch(struct invocation *inv)
{
    struct aws_target target;
    struct clock *clock;
    struct err err = { 0 };
    int signals, code;

    if (signals_open(&signals, &err) != OK ||
        watching_target(&target, inv->settings, NULL, &err) != OK)
        return command_fail(&err);
    clock = clock_new_real();
    code = watching_run(inv->settings, &target, clock, signals, NULL, NULL, NULL);
    clock_free(clock);
    aws_target_fini(&target);
    close(signals);
    return code;
}
