/* cmd_watch.c - the screen alone, of one environment after another.
 * SPDX-License-Identifier: MIT
 *
 * Choosing another environment on the screen makes settings, target and collector anew and shows
 * the same view and range of it. When that fails, one is back where one was, with the reason. */
#include "config.h"

#include "cli/command.h"
#include "cli/replay/answer_recorder.h"
#include "cli/replay/machine.h"
#include "cli/signals.h"
#include "cli/watching.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* While the screen is between two frames nobody could read a warning. */
static void
no_warning(const char *sentence)
{
    (void)sentence;
}

struct watched {
    struct settings *settings;
    struct aws_target target;
    char *word; /* why the last switch failed; NULL: it did not */
};

/* Takes over settings and target of `env`, or says why it cannot. */
static void
switch_to(struct watched *watched, const char *env)
{
    struct settings *settings = NULL;
    struct aws_target target;
    struct err err = { 0 };
    enum status st = settings_switch(&settings, watched->settings, env, no_warning, &err);

    free(watched->word);
    watched->word = NULL;
    if (st == OK)
        st = watching_target(&target, settings, NULL, &err);
    if (st != OK) {
        watched->word = xasprintf("env %s cannot be shown: %s", env, err.text);
        settings_free(settings);
        return;
    }
    settings_free(watched->settings);
    aws_target_fini(&watched->target);
    watched->settings = settings;
    watched->target = target;
}

static int
watch(struct invocation *inv, struct watched *watched, struct answer_recorder *recorder,
      int signals)
{
    struct watching_turn turn = { .environments = settings_environments(inv->settings),
                                  .recorder = recorder };
    int code;

    for (;;) {
        struct clock *clock = watching_clock(&watched->target);

        answer_recorder_follow(recorder, clock);
        code = watching_run(watched->settings, &watched->target, clock, signals, watched->word,
                            NULL, NULL, &turn);
        clock_free(clock);
        if (turn.next == NULL)
            break;
        switch_to(watched, turn.next);
    }
    settings_environments_free(turn.environments);
    return code;
}

static enum status
open_recorder(struct answer_recorder **out, const struct watched *watched, struct err *err)
{
    struct clock *clock = watching_clock(&watched->target);
    enum status st = answer_recorder_new(out, watched->settings, clock, err);

    clock_free(clock);
    return st;
}

static int
watch_server(struct invocation *inv, int signals)
{
    struct watched watched = { .settings = inv->settings };
    struct answer_recorder *recorder = NULL;
    struct err err = { 0 };
    int code;

    if (watching_target(&watched.target, inv->settings, NULL, &err) != OK)
        return command_fail(&err);
    if (open_recorder(&recorder, &watched, &err) == OK)
        code = watch(inv, &watched, recorder, signals);
    else
        code = command_fail(&err);
    if (!answer_recorder_close(recorder) && code == EXIT_OK)
        code = EXIT_UNREACHABLE;
    inv->settings = watched.settings;
    aws_target_fini(&watched.target);
    free(watched.word);
    return code;
}

int
cmd_watch(struct invocation *inv)
{
    struct err err = { 0 };
    int signals, code;

    if (signals_open(&signals, &err) != OK)
        return command_fail(&err);
    code = settings_text(inv->settings, SET_FIXTURE) != NULL ? machine_run(inv->settings, signals)
                                                             : watch_server(inv, signals);
    close(signals);
    return code;
}
