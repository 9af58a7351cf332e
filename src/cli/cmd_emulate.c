/* cmd_emulate.c - the emulator alone, until it is told to stop.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/command.h"
#include "cli/signals.h"
#include "cli/start.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* With --emf-stdin standard output carries the function's own lines, and nothing else. */
static void
say_ready(const struct started *started, const struct settings *s)
{
    const char *url = emulator_url(started->emulator);
    const char *emf = emulator_emf_address(started->emulator);
    FILE *to = settings_bool(s, SET_EMF_STDIN) ? stderr : stdout;

    if (settings_bool(s, SET_PRINT_PORT))
        fprintf(to, "%s\n", strrchr(url, ':') + 1);
    command_say(to, "obsview ready %s emf %s db %s", url, emf == NULL ? "off" : emf, started->db);
    fflush(to);
}

int
cmd_emulate(struct invocation *inv)
{
    struct started started;
    struct err err = { 0 };
    int signals, parent = -1;
    bool is_whole;

    if (settings_bool(inv->settings, SET_EXIT_WITH_PARENT) &&
        signals_open_parent(&parent, &err) != OK)
        return command_fail(&err);
    if (signals_open(&signals, &err) != OK || start_emulator(&started, inv->settings, &err) != OK)
        return command_fail(&err);
    say_ready(&started, inv->settings);
    signals_wait(signals, parent);
    is_whole = start_stop(&started);
    close(signals);
    if (parent >= 0)
        close(parent);
    return is_whole ? EXIT_OK : EXIT_UNREACHABLE;
}
