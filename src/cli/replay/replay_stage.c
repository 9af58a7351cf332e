/* replay_stage.c - a fixture in an emulator of its own.
 * SPDX-License-Identifier: MIT
 *
 * The clock goes from event to event; where a minute ends between two of them, and every so many
 * events, everything that is due is done before it goes on. */
#include "config.h"

#include "cli/replay/replay.h"
#include "cli/replay/scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/start.h"
#include "emulator/performer.h"
#include "store/store.h"

#define STEP_EVENTS 256 /* texts to be searched wait in bounded room */
#define MINUTE_MS   60000
#define TURNS_MAX   1000 /* told at a time */

struct stage {
    struct started started;
    struct performer *performer;
    struct replay_tally *tally; /* NULL: nobody counts */
    unsigned since_step;
    /* of a scene */
    struct replay_tally kept; /* counts for nobody: what answers give to later requests */
    struct store_reader *reader;
    uint64_t generation; /* of the alarms that were told of */
    int64_t told_ms;     /* turns up to here were */
};

static void
on_answer(void *arg, const struct fixture_event *event, const struct fixture_answer *answer)
{
    struct stage *stage = arg;

    if (stage->tally != NULL)
        replay_judge(stage->tally, event, answer);
}

static void
await(void *state)
{
    struct stage *stage = state;

    performer_drain(stage->performer);
}

static enum status
settle(void *state, int64_t at_ms, struct err *err)
{
    struct stage *stage = state;

    performer_drain(stage->performer);
    stage->since_step = 0;
    return emulator_step(stage->started.emulator, at_ms, err);
}

static enum status
play(void *state, struct fixture_event *event, int64_t at_ms, struct err *err)
{
    struct stage *stage = state;
    const int64_t now_ms = clock_now_ms(stage->started.clock);
    enum status st = OK;

    if (at_ms / MINUTE_MS > now_ms / MINUTE_MS || stage->since_step >= STEP_EVENTS)
        st = settle(state, at_ms, err);
    else
        clock_set(stage->started.clock, at_ms);
    if (st != OK) {
        fixture_event_fini(event);
        return st;
    }
    stage->since_step++;
    performer_play(stage->performer, event, at_ms, 0, 0);
    return OK;
}

static enum status
rest(void *state, struct err *err)
{
    struct stage *stage = state;

    performer_free(stage->performer);
    stage->performer = NULL;
    return store_fold(emulator_store(stage->started.emulator), err);
}

static void
close_stage(void *state)
{
    struct stage *stage = state;

    performer_free(stage->performer);
    store_reader_close(stage->reader);
    start_stop(&stage->started);
    kept_free(stage->kept.kept);
    free(stage);
}

static enum status
open_stage(struct stage **out, struct settings *s, struct replay_tally *tally, const char *db,
           int64_t start_ms, struct err *err)
{
    struct stage *stage = xcalloc(1, sizeof *stage);
    enum status st = start_stage(&stage->started, s, db, start_ms, err);

    stage->tally = tally;
    if (st == OK)
        st = performer_new(&stage->performer,
                           &(struct performer_options){ .em = stage->started.emulator,
                                                        .is_exact = true,
                                                        .answered = on_answer,
                                                        .arg = stage },
                           err);
    if (st != OK) {
        if (stage->started.emulator != NULL)
            start_stop(&stage->started);
        free(stage);
        return st;
    }
    *out = stage;
    return OK;
}

enum status
replay_open_stage(struct replay_door *out, struct settings *s, struct replay_tally *tally,
                  int64_t start_ms, char **url, struct err *err)
{
    struct stage *stage;
    enum status st = open_stage(&stage, s, tally, settings_text(s, SET_DB), start_ms, err);

    if (st != OK)
        return st;
    *url = xstrdup(emulator_url(stage->started.emulator));
    *out = (struct replay_door){ stage, play, await, settle, rest, close_stage };
    return OK;
}

struct store *
replay_stage_store(const struct replay_door *door)
{
    const struct stage *stage = door->state;

    return emulator_store(stage->started.emulator);
}

/* --- to be looked at --------------------------------------------------------------------------
 */

/* "alarm X turned ALARM"; a turn that neither comes from there nor goes there is none of note. */
static void
tell_turn(const struct alarm_event *event, scene_turned *turned, void *arg)
{
    cJSON *data = NULL;
    const char *from, *to;
    char text[320];

    if (json_parse(&data, event->data, strlen(event->data), NULL) != OK)
        return;
    from = json_get_string(json_get(data, "oldState"), "stateValue", "");
    to = json_get_string(json_get(data, "newState"), "stateValue", "");
    if (strcmp(from, "ALARM") == 0 || strcmp(to, "ALARM") == 0) {
        snprintf(text, sizeof text, "alarm %.255s turned %s", event->name, to);
        turned(arg, event->time_ms, text);
    }
    cJSON_Delete(data);
}

static enum status
turns(void *state, scene_turned *turned, void *arg, struct err *err)
{
    struct stage *stage = state;
    const uint64_t generation = store_alarm_generation(emulator_store(stage->started.emulator));
    struct alarm_event_query query = { .metric = true,
                                       .composite = true,
                                       .kinds = 1u << ALARM_EVENT_STATE,
                                       .start_ms = stage->told_ms + 1,
                                       .end_ms = clock_now_ms(stage->started.clock),
                                       .ascending = true,
                                       .limit = TURNS_MAX };
    struct alarm_event_page page;
    struct arena *arena;
    enum status st;

    if (generation == stage->generation)
        return OK;
    arena = arena_new();
    st = store_read_alarm_events(stage->reader, arena, &query, &page, err);
    if (st == OK) {
        stage->generation = generation;
        stage->told_ms = query.end_ms;
    }
    for (size_t i = 0; st == OK && i < page.count; i++)
        tell_turn(&page.events[i], turned, arg);
    arena_free(arena);
    return st;
}

/* A line that is broken by the values it is given is left out, as a replay leaves it out. */
static enum status
play_scene(void *state, struct fixture_event *event, int64_t at_ms, struct err *err)
{
    struct stage *stage = state;
    const struct replay_door door = { .state = state, .await = await };
    struct err broken = { 0 };

    if (replay_prepare(&stage->kept, &door, event, &broken) == OK)
        return play(state, event, at_ms, err);
    fixture_event_fini(event);
    return OK;
}

enum status
scene_open_stage(void *settings, struct scene *out, int64_t start_ms, struct err *err)
{
    struct stage *stage;
    enum status st = open_stage(&stage, settings, NULL, ":memory:", start_ms, err);

    if (st != OK)
        return st;
    st = store_reader_open(&stage->reader, emulator_store(stage->started.emulator), err);
    if (st != OK) {
        close_stage(stage);
        return st;
    }
    stage->kept.kept = kept_new();
    stage->tally = &stage->kept;
    stage->told_ms = start_ms - 1;
    *out = (struct scene){ .door = { stage, play_scene, await, settle, rest, close_stage },
                           .clock = stage->started.clock,
                           .turns = turns,
                           .url = emulator_url(stage->started.emulator) };
    return OK;
}
