/* cmd_start.c - the emulator and its screen in one process, or the screen of one that runs already.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/mem.h"
#include "cli/command.h"
#include "cli/signals.h"
#include "cli/start.h"
#include "cli/watching.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define GONE_LOOKS 10
#define GONE_MS    20

/* Who has just hung up, as we do ourselves after sending something again, counts until the server
 * has seen it; only who stays is a reason to ask. */
static const char *
others_are_connected(void *emulator)
{
    const struct timespec pause = { .tv_nsec = GONE_MS * 1000000L };

    for (unsigned i = 0; i < GONE_LOOKS; i++) {
        if (emulator_other_clients(emulator) == 0)
            return NULL;
        nanosleep(&pause, NULL);
    }
    return "other programs are connected to the emulator inside; q again ends it";
}

/* The line that says how data gets here; the caller's. */
static char *
how_to_send(const struct emulator *em, bool is_demo)
{
    const char *emf = emulator_emf_address(em);

    return xasprintf("%s <script async src=\"%s/obsview.js\"></script>%s%s",
                     is_demo ? "demo; your own:" : "send data:", emulator_url(em),
                     emf == NULL ? "" : "   EMF: ", emf == NULL ? "" : emf);
}

static int
attach(struct invocation *inv, const char *url, int signals)
{
    struct aws_target target;
    struct clock *clock;
    struct err err = { 0 };
    int code;

    if (watching_target(&target, inv->settings, url, &err) != OK)
        return command_fail(&err);
    clock = watching_clock(&target);
    code = watching_run(inv->settings, &target, clock, signals, NULL, NULL, NULL, NULL);
    clock_free(clock);
    aws_target_fini(&target);
    return code;
}

static void
sign_as_screen(struct aws_target *target, const struct started *started)
{
    aws_credentials_fini(&target->credentials);
    aws_credentials_set(&target->credentials, SCREEN_KEY, started->screen_secret, NULL, "emulator");
}

int
cmd_start(struct invocation *inv)
{
    struct started started;
    struct aws_target target;
    struct err err = { 0 };
    char *url = NULL, *word;
    int signals, code;
    enum status st;

    if (settings_text(inv->settings, SET_FIXTURE) != NULL)
        return cmd_watch(inv);
    st = signals_open(&signals, &err);
    if (st == OK)
        st = start_find_running(&url, inv->settings, &err);
    if (st == OK) {
        code = attach(inv, url, signals);
        free(url);
        close(signals);
        return code;
    }
    if (st != E_NOTFOUND || start_emulator(&started, inv->settings, &err) != OK)
        return command_fail(&err);
    st = watching_target(&target, inv->settings, emulator_url(started.emulator), &err);
    if (st == OK) {
        if (started.screen_secret[0] != '\0')
            sign_as_screen(&target, &started);
        word = how_to_send(started.emulator, settings_bool(inv->settings, SET_DEMO));
        code = watching_run(inv->settings, &target, started.clock, signals, word,
                            others_are_connected, started.emulator, NULL);
        free(word);
        aws_target_fini(&target);
    } else {
        code = command_fail(&err);
    }
    if (!start_stop(&started) && code == EXIT_OK)
        code = EXIT_UNREACHABLE;
    close(signals);
    return code;
}
