/* cmd_emulate.c - the emulator alone, until it is told to stop.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/command.h"
#include "cli/signals.h"
#include "cli/start.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

int
cmd_emulate(struct invocation *inv)
{
    bool piped = settings_bool(inv->settings, SET_EMF_STDIN);
    struct started started;
    struct err err = { 0 };
    int signals;

    if (signals_open(&signals, &err) != OK || start_emulator(&started, inv->settings, &err) != OK)
        return command_fail(&err);
    if (settings_bool(inv->settings, SET_PRINT_PORT))
        fprintf(piped ? stderr : stdout, "%s\n", strrchr(emulator_url(started.emulator), ':') + 1);
    /* with --emf-stdin standard output carries the function's own lines, and nothing else */
    fprintf(piped ? stderr : stdout, "obsview ready %s emf %s db %s\n",
            emulator_url(started.emulator),
            emulator_emf_address(started.emulator) == NULL ? "off"
                                                           : emulator_emf_address(started.emulator),
            started.db);
    fflush(piped ? stderr : stdout);
    signals_wait(signals);
    start_stop(&started);
    close(signals);
    return EXIT_OK;
}
