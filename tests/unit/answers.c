/* answers.c - snapshots by hand.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "answers.h"
#include "base/json.h"
#include "base/mem.h"

void
stage_open(struct stage *stage)
{
    *stage = (struct stage){ .arena = arena_new() };
    stage->q = (struct view_query){ .now_ms = ANSWERS_NOW,
                                    .range = { .span_ms = 3600000 },
                                    .key = "",
                                    .cursor = "",
                                    .filter = "",
                                    .steps = 30 };
}

static void
drop_shown(struct stage *stage)
{
    union {
        const struct snapshot *shown;
        struct snapshot *counted;
    } snapshot = { .shown = stage->q.snapshot };

    snapshot_unref(snapshot.counted);
    stage->q.snapshot = NULL;
    ask_list_free(stage->asks);
    stage->asks = NULL;
}

void
stage_close(struct stage *stage)
{
    drop_shown(stage);
    for (size_t i = 0; i < stage->count; i++)
        answer_unref(stage->list[i]);
    arena_free(stage->arena);
}

static struct answer *
add(struct stage *stage, const char *key, enum ask_kind kind)
{
    struct answer *answer = answer_new(key, kind);

    answer->got_ms = ANSWERS_NOW - 400;
    answer->pace_ms = 1000;
    answer->from_ms = ANSWERS_NOW - 86400000;
    answer->to_ms = ANSWERS_NOW;
    stage->list[stage->count++] = answer;
    return answer;
}

static cJSON *
parse(const char *json)
{
    cJSON *value = NULL;
    struct err err;

    if (json_parse(&value, json, strlen(json), &err) != OK)
        fail_msg("the test's own JSON is wrong: %s", err.text);
    return value;
}

static const char *
text_at(struct arena *arena, const cJSON *list, int index)
{
    return arena_strdup(arena, cJSON_GetStringValue(cJSON_GetArrayItem(list, index)));
}

void
stage_names(struct stage *stage, const char *key, const char *namespace_name, const char *json)
{
    struct answer *a = add(stage, key, ASK_METRIC_NAMES);
    cJSON *list = parse(json), *item;
    struct series_key *names =
        arena_alloc(a->arena, ((size_t)cJSON_GetArraySize(list) + 1) * sizeof *names);

    cJSON_ArrayForEach(item, list)
    {
        size_t dims = (size_t)cJSON_GetArraySize(item) / 2;
        struct dimension *d = arena_alloc(a->arena, (dims + 1) * sizeof *d);

        for (size_t i = 0; i < dims; i++)
            d[i] = (struct dimension){ text_at(a->arena, item, (int)(1 + 2 * i)),
                                       text_at(a->arena, item, (int)(2 + 2 * i)) };
        names[a->name_count++] =
            (struct series_key){ .namespace_name = arena_strdup(a->arena, namespace_name),
                                 .metric = text_at(a->arena, item, 0),
                                 .dims = { .dims = d, .count = dims } };
    }
    a->names = names;
    cJSON_Delete(list);
}

static void
read_points(struct arena *arena, const cJSON *item, struct metric_points *out)
{
    size_t count = cJSON_IsNumber(item) ? 1 : (size_t)cJSON_GetArraySize(item);
    int64_t *times = arena_alloc(arena, (count + 1) * sizeof *times);
    double *values = arena_alloc(arena, (count + 1) * sizeof *values);

    for (size_t i = 0; i < count; i++) {
        const cJSON *pair = cJSON_GetArrayItem(item, (int)i);

        times[i] = ANSWERS_NOW;
        values[i] = item->valuedouble;
        if (cJSON_IsNumber(item))
            continue;
        times[i] = ANSWERS_NOW - (int64_t)cJSON_GetArrayItem(pair, 0)->valuedouble;
        values[i] = cJSON_GetArrayItem(pair, 1)->valuedouble;
    }
    *out = (struct metric_points){
        .id = arena_strdup(arena, item->string), .times_ms = times, .values = values, .count = count
    };
}

void
stage_points(struct stage *stage, const char *key, const char *json)
{
    struct answer *a = add(stage, key, ASK_METRICS);
    cJSON *all = parse(json), *item;
    struct metric_points *points =
        arena_alloc(a->arena, ((size_t)cJSON_GetArraySize(all) + 1) * sizeof *points);

    cJSON_ArrayForEach(item, all)
    {
        read_points(a->arena, item, &points[a->point_count++]);
    }
    a->points = points;
    cJSON_Delete(all);
}

void
stage_groups(struct stage *stage, const char *key, const char *json)
{
    struct answer *a = add(stage, key, ASK_LOG_GROUPS);
    cJSON *list = parse(json);
    size_t count = (size_t)cJSON_GetArraySize(list);
    struct log_group *groups = arena_alloc(a->arena, (count + 1) * sizeof *groups);

    for (size_t i = 0; i < count; i++)
        groups[i] =
            (struct log_group){ .name = text_at(a->arena, list, (int)i), .stored_bytes = 100 };
    a->groups = groups;
    a->group_count = count;
    cJSON_Delete(list);
}

void
stage_events(struct stage *stage, const char *key, const char *group, const char *json)
{
    struct answer *a = add(stage, key, ASK_LOG_EVENTS);
    cJSON *list = parse(json), *item;
    struct log_entry *events =
        arena_alloc(a->arena, ((size_t)cJSON_GetArraySize(list) + 1) * sizeof *events);

    cJSON_ArrayForEach(item, list)
    {
        struct log_entry *e = &events[a->event_count++];

        e->id = text_at(a->arena, item, 0);
        e->group = arena_strdup(a->arena, group);
        e->stream = "stream";
        e->time_ms = ANSWERS_NOW - (int64_t)cJSON_GetArrayItem(item, 1)->valuedouble;
        e->ingested_ms = e->time_ms;
        e->message = text_at(a->arena, item, 2);
        e->message_len = strlen(e->message);
    }
    a->events = events;
    cJSON_Delete(list);
}

void
stage_json(struct stage *stage, const char *key, const char *json)
{
    add(stage, key, ASK_EMULATOR)->json = parse(json);
}

void
stage_failure(struct stage *stage, const char *key, enum ask_kind kind, const char *sentence)
{
    struct answer *a = add(stage, key, kind);

    a->got_ms = 0;
    a->failure = arena_strdup(a->arena, sentence);
    a->retry_ms = ANSWERS_NOW + 1000;
}

void
stage_show(struct stage *stage, void (*ask)(struct ask_list *asks, const struct view_query *q),
           void (*build)(struct model *out, struct arena *arena, const struct view_query *q))
{
    struct snapshot *snapshot =
        snapshot_new("local 127.0.0.1:6270", "dev", stage->list, stage->count);

    snapshot->is_emulator = true;
    snapshot->state = SOURCE_LIVE;
    drop_shown(stage);
    stage->q.snapshot = snapshot;
    stage->asks = ask_list_new();
    ask(stage->asks, &stage->q);
    stage->model = (struct model){ 0 };
    build(&stage->model, stage->arena, &stage->q);
}

const struct ask *
stage_ask(const struct stage *stage, const char *key)
{
    for (size_t i = 0; i < stage->asks->count; i++) {
        if (strcmp(stage->asks->items[i].key, key) == 0)
            return &stage->asks->items[i];
    }
    return NULL;
}

const struct panel *
stage_panel(const struct stage *stage, const char *name)
{
    const struct panel *panel = model_panel(&stage->model, name);

    if (panel == NULL)
        fail_msg("no panel %s", name);
    return panel;
}

const struct cell *
stage_cell(const struct stage *stage, const char *panel, const char *row, const char *column)
{
    const struct table *table = stage_panel(stage, panel)->table;

    for (size_t r = 0; r < table->row_count; r++) {
        for (size_t c = 0; c < table->column_count; c++) {
            if (strcmp(table->rows[r].key, row) == 0 && strcmp(table->columns[c].name, column) == 0)
                return &table->rows[r].cells[c];
        }
    }
    fail_msg("no cell %s in row %s of %s", column, row, panel);
    return NULL;
}
