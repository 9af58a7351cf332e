/* machine.c - between the player of a recording and the screen.
 * SPDX-License-Identifier: MIT
 *
 * A collector remembers what it was told, and a Live Tail what it has shown: after a jump nothing
 * of that may be left. So each jump gets a collector of its own, which asks everything anew, and
 * the one before ends together with all it knew. */
#include "config.h"

#include "cli/replay/machine.h"

#include "base/mem.h"
#include "cli/command.h"
#include "cli/replay/playback.h"
#include "cli/replay/tape_scene.h"
#include "cli/watching.h"
#include "tui/collector.h"
#include "tui/gather.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BACKGROUND_MS 1000  /* what nobody looks at is asked so often: time may fly */
#define WAIT_MS       60000 /* --once: without any progress */

/* What is looked at, and through what. `gather` borrows the rest, and so does the collector. */
struct sight {
    struct past *past;
    struct aws_target target;
    struct umami_target umami;
    struct gather_options gather;
    struct collector *collector; /* of a screen; NULL: somebody asks once */
    char *paths;
};

struct machine {
    struct settings *settings;
    struct playback *playback;
    struct desk *desk; /* of it */
    char *page_start;
    struct tape *tape;   /* NULL: traffic, for an emulator */
    struct sight *sight; /* NULL: none yet */
    unsigned turns;      /* that were followed */
};

/* --- looking ----------------------------------------------------------------------------------
 */

static void
sight_free(struct sight *sight)
{
    if (sight == NULL)
        return;
    if (sight->collector != NULL)
        collector_stop(sight->collector);
    umami_target_fini(&sight->umami);
    aws_target_fini(&sight->target);
    free(sight->paths);
    free(sight);
}

static enum status
resolve(struct sight *sight, struct settings *s, struct err *err)
{
    const char *url = past_url(sight->past);
    enum status st;

    if (url == NULL) {
        st = past_target(sight->past, &sight->target, err);
        return st == OK ? watching_prices(&sight->target.listed, s, err) : st;
    }
    st = watching_target(&sight->target, s, url, err);
    if (st == OK)
        aws_target_rename(&sight->target, MACHINE_LABEL);
    return st;
}

/* Nothing of it is kept for other screens, and nothing comes from there. */
static enum status
sight_new(struct sight **out, struct settings *s, struct past *past, struct err *err)
{
    struct sight *sight = xcalloc(1, sizeof *sight);
    struct gather_options *gather = &sight->gather;
    enum status st;

    sight->past = past;
    st = resolve(sight, s, err);
    if (st != OK) {
        free(sight);
        return st;
    }
    watching_umami(&sight->umami, s, &sight->target);
    *gather = watching_gather(s, &sight->target, &sight->umami, past_clock(past), &sight->paths);
    gather->followed = NULL;
    gather->ledger_path = gather->cache_dir = NULL;
    *out = sight;
    return OK;
}

static enum status
sight_collect(struct sight *sight, struct err *err)
{
    struct gather_options *gather = &sight->gather;

    gather->background_ms = BACKGROUND_MS;
    gather->listens = true;
    past_equip(sight->past, gather);
    return collector_start(&sight->collector, gather, err);
}

/* --- the transport of the screen --------------------------------------------------------------
 */

static void
read_status(void *ctx, struct transport_status *out)
{
    const struct machine *m = ctx;

    desk_read(m->desk, out);
    out->turns -= m->turns;
}

static struct marker_list *
read_markers(void *ctx)
{
    return desk_markers(((struct machine *)ctx)->desk);
}

static void
order(void *ctx, const struct transport_order *order)
{
    desk_order(((struct machine *)ctx)->desk, order);
}

static bool
turn(void *ctx, struct feed *feed, const struct clock **clock)
{
    struct machine *m = ctx;
    unsigned turns;
    struct past *offered = desk_borrow(m->desk, &turns);
    struct sight *before = m->sight, *sight;
    struct err err = { 0 };

    if (sight_new(&sight, m->settings, offered != NULL ? offered : before->past, &err) != OK)
        return false;
    if (sight_collect(sight, &err) != OK) {
        sight_free(sight);
        return false;
    }
    m->sight = sight;
    m->turns = turns;
    if (before != NULL && offered != NULL) {
        struct past *past = before->past;

        sight_free(before);
        desk_let_go(m->desk, past);
    } else
        sight_free(before);
    *feed = collector_feed(sight->collector);
    *clock = past_clock(sight->past);
    return true;
}

/* --- settings ---------------------------------------------------------------------------------
 */

static enum status
check_settings(const struct settings *s, struct err *err)
{
    static const struct {
        enum setting which;
        const char *name;
    } others[] = { { SET_ENDPOINT_URL, "endpoint-url" },
                   { SET_PROFILE, "profile" },
                   { SET_ENV, "env" } };

    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (strcmp(settings_origin(s, others[i].which), "flag") == 0)
            return err_set(err, E_USAGE,
                           "--%s asks a server, and --fixture shows what was recorded: give one of "
                           "them",
                           others[i].name);
    }
    if (fixture_would_stream(settings_text(s, SET_FIXTURE)))
        return err_set(err, E_USAGE,
                       "--fixture %s: a pipe cannot be gone back in; write it to a file first",
                       settings_text(s, SET_FIXTURE));
    return OK;
}

/* --at, in the time of a recording whose end is not known yet. */
static enum status
read_at(int64_t *at_ms, const char *text, struct fixture *f, struct err *err)
{
    struct recorded_time time = { .start_ms = fixture_start_ms(f), .is_end_known = true };
    enum status st;

    *at_ms = text == NULL ? INT64_MIN : INT64_MAX;
    if (text == NULL || strcmp(text, "end") == 0)
        return OK;
    time.now_ms = time.start_ms;
    time.end_ms = time.start_ms + fixture_length_ms(f);
    st = moment_parse(at_ms, text, &time, err);
    if (st != OK)
        err_context(err, "--at");
    return st;
}

/* What the recording itself says of how it is shown. */
static enum status
read_fixture(struct playback_options *options, struct settings *s, struct err *err)
{
    struct fixture *f;
    enum status st = fixture_open(&f, options->path, err);

    if (st != OK)
        return st;
    st = replay_apply_settings(s, f, options->path, err);
    if (st == OK)
        st = read_at(&options->at_ms, settings_text(s, SET_AT), f, err);
    fixture_close(f);
    return st;
}

static enum status
read_options(struct playback_options *out, struct settings *s, struct err *err)
{
    const char *speed = settings_text(s, SET_SPEED);
    enum status st = check_settings(s, err);

    *out = (struct playback_options){ .path = settings_text(s, SET_FIXTURE),
                                      .open = scene_open_stage,
                                      .ctx = s,
                                      .speed = 1,
                                      .is_paused = settings_bool(s, SET_PAUSED) ||
                                                   settings_bool(s, SET_ONCE) };
    if (st == OK && speed != NULL && !speed_parse(&out->speed, speed))
        st = err_set(err, E_USAGE,
                     "--speed %s: expected how many times as fast, from 0.1 on, such as 10, or max",
                     speed);
    return st == OK ? read_fixture(out, s, err) : st;
}

/* --- all --------------------------------------------------------------------------------------
 */

/* --once: until it stands where it should, and the markers are known. */
static enum status
await_arrival(struct machine *m, struct err *err)
{
    struct pollfd ready = { .fd = desk_fd(m->desk), .events = POLLIN };
    struct transport_status status;
    struct marker_list *markers;
    bool is_whole;

    for (;;) {
        desk_read(m->desk, &status);
        markers = desk_markers(m->desk);
        is_whole = markers->is_whole;
        marker_list_unref(markers);
        if (status.failures > 0)
            return err_set(err, E_IO, "%s", status.failure);
        if (status.state != TRANSPORT_SEEKING && is_whole)
            return OK;
        if (poll(&ready, 1, WAIT_MS) == 0)
            return err_set(err, E_BUSY, "the recording did not come any further for %d s",
                           WAIT_MS / 1000);
    }
}

static int
show(struct machine *m, int signals)
{
    const struct transport transport = { .ctx = m,
                                         .fd = desk_fd(m->desk),
                                         .read = read_status,
                                         .markers = read_markers,
                                         .order = order,
                                         .turn = turn };
    struct watching_source source = { .transport = &transport,
                                      .trend_steps = m->tape == NULL ? 0 : WATCHING_TREND_STEPS };
    struct price_list prices;
    struct err err = { 0 };
    enum status st = watching_prices(&prices, m->settings, &err);

    source.prices = &prices;
    if (st == OK && settings_bool(m->settings, SET_ONCE))
        st = await_arrival(m, &err);
    if (st == OK && !turn(m, &source.feed, &source.clock))
        st = err_set(&err, E_IO, "the recording cannot be looked at");
    return st == OK ? watching_show(m->settings, &source, signals) : command_fail(&err);
}

/* `ends`: where the recording ends, unless --at says where to be. */
static enum status
start(struct machine *m, bool ends, struct err *err)
{
    struct settings *s = m->settings;
    struct playback_options options;
    enum status st = read_options(&options, s, err);

    if (st != OK)
        return st;
    m->page_start = xasprintf("%s/v1/web/start", settings_text(s, SET_OPENREPLAY_PREFIX));
    options.page_start = m->page_start;
    options.is_paused |= ends;
    st = tape_scene_read(&m->tape, options.path, err);
    if (m->tape != NULL) {
        options.open = scene_open_tape;
        options.ctx = m->tape;
    }
    if (ends && options.at_ms == INT64_MIN)
        options.at_ms = INT64_MAX;
    if (st == OK)
        st = playback_start(&m->playback, &options, err);
    if (st == OK)
        m->desk = playback_desk(m->playback);
    return st;
}

/* What was left out is named when nobody's screen is torn by it. */
static void
stop(struct machine *m)
{
    char *broken = m->desk == NULL ? NULL : desk_broken(m->desk);

    sight_free(m->sight);
    playback_stop(m->playback);
    tape_close(m->tape);
    free(m->page_start);
    if (broken != NULL)
        fputs(broken, stderr);
    free(broken);
}

static int
begin(struct machine *m, bool ends)
{
    struct err err = { 0 };

    return start(m, ends, &err) == OK ? EXIT_OK : command_fail(&err);
}

int
machine_run(struct settings *s, int signals)
{
    struct machine m = { .settings = s };
    int code = begin(&m, false);

    if (code == EXIT_OK)
        code = show(&m, signals);
    stop(&m);
    return code;
}

static enum status
hold(struct machine *m, struct err *err)
{
    enum status st = await_arrival(m, err);

    if (st == OK)
        st = sight_new(&m->sight, m->settings, desk_borrow(m->desk, &m->turns), err);
    if (st == OK)
        past_equip(m->sight->past, &m->sight->gather);
    return st;
}

int
machine_open(struct machine **out, struct settings *s)
{
    struct machine *m = xcalloc(1, sizeof *m);
    struct err err = { 0 };
    int code;

    m->settings = s;
    code = begin(m, true);
    if (code == EXIT_OK && hold(m, &err) != OK)
        code = command_fail(&err);
    if (code == EXIT_OK)
        *out = m;
    else
        machine_close(m);
    return code;
}

const struct gather_options *
machine_source(const struct machine *m)
{
    return &m->sight->gather;
}

void
machine_close(struct machine *m)
{
    if (m == NULL)
        return;
    stop(m);
    free(m);
}
