/* cmd_ready.c - waits until an emulator answers, for scripts that have just started one.
 * SPDX-License-Identifier: MIT
 *
 * That nobody listens, or that somebody does not answer yet, is what this waits for. An address at
 * which nobody ever could is refused at once, and so is another emulator's token. */
#include "config.h"

#include "cli/command.h"

#include "base/clock.h"
#include "base/mem.h"
#include "cli/start.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define PAUSE_MS 20

static int64_t
left_ms(uint64_t until)
{
    uint64_t now = mono_ns();

    return now >= until ? 0 : (int64_t)((until - now) / 1000000);
}

static enum status
wait_for(const char *url, const struct settings *s, struct err *err)
{
    uint64_t until = mono_ns() + (uint64_t)settings_int(s, SET_WAIT) * 1000000;
    enum status st;

    for (;;) {
        int64_t pause_ms;

        st = start_probe(url, settings_text(s, SET_TOKEN), left_ms(until), err);
        pause_ms = left_ms(until) < PAUSE_MS ? left_ms(until) : PAUSE_MS;
        if (st == OK || st == E_USAGE || st == E_AUTH || pause_ms == 0)
            return st;
        nanosleep(&(struct timespec){ .tv_nsec = pause_ms * 1000000 }, NULL);
    }
}

int
cmd_ready(struct invocation *inv)
{
    const struct settings *s = inv->settings;
    const char *endpoint = settings_text(s, SET_ENDPOINT_URL);
    char *url =
        endpoint != NULL ? xstrdup(endpoint) : xasprintf("http://%s", settings_text(s, SET_LISTEN));
    struct err err = { 0 };
    enum status st = wait_for(url, s, &err);

    if (st == OK)
        puts(url);
    else if (st != E_USAGE && st != E_AUTH)
        err_context(&err, "no emulator answers at %s after %s", url, settings_text(s, SET_WAIT));
    free(url);
    return st == OK ? EXIT_OK : command_fail(&err);
}
