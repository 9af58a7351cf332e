/* cmd_ready.c - waits until an emulator answers, for scripts that have just started one.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/command.h"

#include "base/clock.h"
#include "base/mem.h"
#include "cli/start.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define PAUSE_MS 20

int
cmd_ready(struct invocation *inv)
{
    const struct settings *s = inv->settings;
    const char *endpoint = settings_text(s, SET_ENDPOINT_URL), *token = settings_text(s, SET_TOKEN);
    uint64_t until = mono_ns() + (uint64_t)settings_int(s, SET_WAIT) * 1000000;
    const struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000L };
    char *url =
        endpoint != NULL ? xstrdup(endpoint) : xasprintf("http://%s", settings_text(s, SET_LISTEN));
    bool is_ready;

    while (!(is_ready = start_is_obsview(url, token)) && mono_ns() < until)
        nanosleep(&pause, NULL);
    if (is_ready)
        puts(url);
    else
        fprintf(stderr, "obsview: no emulator answers at %s after %s\n", url,
                settings_text(s, SET_WAIT));
    free(url);
    return is_ready ? EXIT_OK : EXIT_UNREACHABLE;
}
