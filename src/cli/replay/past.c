/* past.c - the events of a fixture, one after the other, into a scene.
 * SPDX-License-Identifier: MIT
 *
 * The next event is read ahead, so that it is known when it is due. Minutes are settled one by one,
 * since alarms are judged at their ends: whoever looks for an alarm can stop there. An hour in
 * which nothing happens is sixty such stops; a longer silence is crossed in one. */
#include "config.h"

#include "cli/replay/past.h"

#include <stdlib.h>

#include "base/mem.h"
#include "fixture/fixture.h"

#define MINUTE_MS  INT64_C(60000)
#define SILENCE_MS (60 * MINUTE_MS)

struct past {
    struct past_options options;
    struct scene scene;
    struct fixture *fixture;
    struct fixture_event next;
    bool has_next, is_over;
    int64_t start_ms, now_ms, last_ms;
    uint64_t events;
    bool turned; /* an alarm did, while turns were told */
};

enum status
past_open(struct past **out, const struct past_options *options, struct err *err)
{
    struct past *past = xcalloc(1, sizeof *past);
    enum status st = fixture_open(&past->fixture, options->path, err);

    past->options = *options;
    if (st == OK) {
        past->start_ms = past->now_ms = past->last_ms = fixture_start_ms(past->fixture);
        st = options->open(options->ctx, &past->scene, past->start_ms, err);
    }
    if (st != OK) {
        fixture_close(past->fixture);
        free(past);
        return st;
    }
    *out = past;
    return OK;
}

void
past_close(struct past *past)
{
    if (past == NULL)
        return;
    if (past->has_next)
        fixture_event_fini(&past->next);
    past->scene.door.close(past->scene.door.state);
    fixture_close(past->fixture);
    free(past);
}

int64_t
past_now_ms(const struct past *past)
{
    return past->now_ms;
}

int64_t
past_last_ms(const struct past *past)
{
    return past->last_ms;
}

uint64_t
past_events(const struct past *past)
{
    return past->events;
}

int64_t
past_told_length_ms(const struct past *past)
{
    return fixture_told_length_ms(past->fixture);
}

bool
past_is_over(const struct past *past)
{
    return past->is_over;
}

struct clock *
past_clock(const struct past *past)
{
    return past->scene.clock;
}

const char *
past_url(const struct past *past)
{
    return past->scene.url;
}

enum status
past_target(struct past *past, struct aws_target *out, struct err *err)
{
    return past->scene.target(past->scene.door.state, out, err);
}

void
past_equip(struct past *past, struct gather_options *gather)
{
    if (past->scene.equip != NULL)
        past->scene.equip(past->scene.door.state, gather);
}

/* --- alarms -----------------------------------------------------------------------------------
 */

static void
on_turn(void *arg, int64_t at_ms, const char *text)
{
    struct past *past = arg;

    past->turned = true;
    if (past->options.turned != NULL)
        past->options.turned(past->options.arg, at_ms, text);
}

static enum status
settle(struct past *past, int64_t at_ms, bool *turned, struct err *err)
{
    enum status st = past->scene.door.settle(past->scene.door.state, at_ms, err);

    *turned = false;
    if (st != OK)
        return st;
    past->now_ms = at_ms;
    if (past->scene.turns == NULL)
        return OK;
    past->turned = false;
    st = past->scene.turns(past->scene.door.state, on_turn, past, err);
    *turned = past->turned;
    return st;
}

/* The ends of minutes up to `at_ms`, until an alarm turns. */
static enum status
settle_minutes(struct past *past, int64_t at_ms, bool *turned, struct err *err)
{
    enum status st = OK;

    *turned = false;
    if (at_ms - past->now_ms > SILENCE_MS)
        return settle(past, at_ms - at_ms % MINUTE_MS, turned, err);
    while (st == OK && !*turned && at_ms / MINUTE_MS > past->now_ms / MINUTE_MS)
        st = settle(past, (past->now_ms / MINUTE_MS + 1) * MINUTE_MS, turned, err);
    return st;
}

/* --- events -----------------------------------------------------------------------------------
 */

enum status
past_next_ms(struct past *past, int64_t *at_ms, struct err *err)
{
    enum status st = OK;

    if (past->is_over)
        return err_set(err, E_NOTFOUND, "%s: no more events", past->options.path);
    if (!past->has_next) {
        do
            st = fixture_next(past->fixture, &past->next, err);
        while (st == E_INVALID);
        past->has_next = st == OK;
        past->is_over = st == E_NOTFOUND;
    }
    if (st == OK)
        *at_ms = past->start_ms + past->next.t_ms;
    return st;
}

void
past_look_ahead(struct past *past)
{
    int64_t at_ms;
    enum status st = past_next_ms(past, &at_ms, NULL);

    (void)st;
}

enum status
past_play(struct past *past, int64_t until_ms, bool *turned, struct err *err)
{
    int64_t at_ms;
    enum status st = past_next_ms(past, &at_ms, err);

    *turned = false;
    if (st == OK && at_ms > until_ms)
        return err_set(err, E_NOTFOUND, "nothing more happens until then");
    if (st == OK)
        st = settle_minutes(past, at_ms, turned, err);
    if (st != OK || *turned)
        return st;
    if (at_ms > past->now_ms)
        past->now_ms = at_ms;
    past->last_ms = at_ms;
    past->events++;
    past->has_next = false;
    return past->scene.door.play(past->scene.door.state, &past->next, at_ms, err);
}

enum status
past_settle(struct past *past, int64_t at_ms, bool *turned, struct err *err)
{
    enum status st;

    if (at_ms < past->now_ms)
        at_ms = past->now_ms;
    st = settle_minutes(past, at_ms, turned, err);
    if (st != OK || *turned)
        return st;
    return settle(past, at_ms, turned, err);
}
