/* tale.c - steps by door, in the order in which a datum passes them.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/why/tale.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/iso8601.h"
#include "base/text.h"

#define TEXT_MAX   2048
#define SERIES_MAX 100
#define LOOKED_MAX 24
#define NAME_WIDTH 9

struct step {
    int64_t time_ms;
    const char *text;
};

struct tale {
    struct arena *arena;
    const char *id, *as;
    struct step steps[TALE_DOORS][TALE_STEPS_MAX];
    size_t counts[TALE_DOORS]; /* kept or not */
    const char *series[SERIES_MAX][2];
    size_t series_count;
    const char *looked[LOOKED_MAX];
    size_t looked_count;
};

static const char *const door_names[TALE_DOORS] = {
    [TALE_RECEIVED] = "received", [TALE_DROPPED] = "dropped", [TALE_DOUBTED] = "doubted",
    [TALE_STORED] = "stored",     [TALE_FED] = "feeds",       [TALE_LINE] = "log line",
    [TALE_PRIVACY] = "privacy",   [TALE_LINKED] = "linked",   [TALE_ALARM] = "alarm",
    [TALE_UNKNOWN] = "unknown",
};

/* What it says may be foreign. */
static const char *
clean(struct arena *arena, const char *text)
{
    const char *kept;
    struct buf b;

    buf_init(&b, 8 * TEXT_MAX);
    text_clean(&b, text, strlen(text));
    kept = arena_strndup(arena, b.data == NULL ? "" : b.data, b.len);
    buf_fini(&b);
    return kept;
}

static const char *
sentence(struct arena *arena, const char *fmt, va_list ap)
{
    char text[TEXT_MAX];

    vsnprintf(text, sizeof text, fmt, ap);
    return clean(arena, text);
}

struct tale *
tale_new(const char *id, const char *as)
{
    struct tale *t = xcalloc(1, sizeof *t);

    t->arena = arena_new();
    t->id = clean(t->arena, id);
    t->as = arena_strdup(t->arena, as);
    return t;
}

void
tale_free(struct tale *t)
{
    if (t == NULL)
        return;
    arena_free(t->arena);
    free(t);
}

void
tale_call(struct tale *t, const char *as)
{
    t->as = arena_strdup(t->arena, as);
}

void
tale_add(struct tale *t, enum tale_door door, int64_t time_ms, const char *fmt, ...)
{
    size_t at = t->counts[door]++;
    va_list ap;

    if (at >= TALE_STEPS_MAX)
        return;
    va_start(ap, fmt);
    t->steps[door][at] = (struct step){ time_ms, sentence(t->arena, fmt, ap) };
    va_end(ap);
}

bool
tale_has_series(const struct tale *t, const char *namespace_name, const char *metric)
{
    for (size_t i = 0; i < t->series_count; i++) {
        if (strcmp(t->series[i][0], namespace_name) == 0 && strcmp(t->series[i][1], metric) == 0)
            return true;
    }
    return false;
}

/* false: it was there, or there is no room. */
static bool
keep_series(struct tale *t, const char *namespace_name, const char *metric)
{
    if (tale_has_series(t, namespace_name, metric) || t->series_count == SERIES_MAX)
        return false;
    t->series[t->series_count][0] = arena_strdup(t->arena, namespace_name);
    t->series[t->series_count++][1] = arena_strdup(t->arena, metric);
    return true;
}

void
tale_add_series(struct tale *t, const char *namespace_name, const char *metric)
{
    if (keep_series(t, namespace_name, metric))
        tale_add(t, TALE_FED, 0, "%s %s", namespace_name, metric);
}

void
tale_add_filtered(struct tale *t, const char *namespace_name, const char *metric,
                  const char *filter)
{
    if (keep_series(t, namespace_name, metric))
        tale_add(t, TALE_FED, 0, "%s %s, by the metric filter %s", namespace_name, metric, filter);
}

void
tale_looked(struct tale *t, const char *fmt, ...)
{
    va_list ap;

    if (t->looked_count == LOOKED_MAX)
        return;
    va_start(ap, fmt);
    t->looked[t->looked_count++] = sentence(t->arena, fmt, ap);
    va_end(ap);
}

bool
tale_is_known(const struct tale *t)
{
    for (enum tale_door d = 0; d < TALE_UNKNOWN; d++) {
        if (t->counts[d] > 0)
            return true;
    }
    return false;
}

static size_t
kept(const struct tale *t, enum tale_door door)
{
    return t->counts[door] < TALE_STEPS_MAX ? t->counts[door] : TALE_STEPS_MAX;
}

static void
print_step(struct buf *b, enum tale_door door, const struct step *step)
{
    char time[ISO8601_TEXT];

    buf_addf(b, "  %-*s ", NAME_WIDTH, door_names[door]);
    if (step->time_ms != 0) {
        iso8601_format_ms(step->time_ms, time);
        buf_addf(b, "%s  ", time);
    }
    buf_addf(b, "%s\n", step->text);
}

void
tale_print_text(struct buf *b, const struct tale *t)
{
    buf_addf(b, "%s %s%s\n", t->as, t->id, tale_is_known(t) ? "" : ": nothing is known of it");
    for (enum tale_door d = 0; d < TALE_DOORS; d++) {
        for (size_t i = 0; i < kept(t, d); i++)
            print_step(b, d, &t->steps[d][i]);
        if (t->counts[d] > TALE_STEPS_MAX)
            buf_addf(b, "  %-*s and %zu more\n", NAME_WIDTH, door_names[d],
                     t->counts[d] - TALE_STEPS_MAX);
    }
    buf_adds(b, "looked in");
    for (size_t i = 0; i < t->looked_count; i++)
        buf_addf(b, "%s %s", i == 0 ? "" : ",", t->looked[i]);
    buf_addc(b, '\n');
}

static void
print_member(struct buf *b, const char *lead, const char *text)
{
    buf_adds(b, lead);
    json_print_string(b, text, strlen(text));
}

void
tale_print_json(struct buf *b, const struct tale *t)
{
    const char *comma = "";

    print_member(b, "{\"id\":", t->id);
    print_member(b, ",\"as\":", t->as);
    buf_addf(b, ",\"known\":%s,\"steps\":[", tale_is_known(t) ? "true" : "false");
    for (enum tale_door d = 0; d < TALE_DOORS; d++) {
        for (size_t i = 0; i < kept(t, d); i++) {
            char time[ISO8601_TEXT];

            buf_adds(b, comma);
            print_member(b, "{\"door\":", door_names[d]);
            if (t->steps[d][i].time_ms != 0) {
                iso8601_format_ms(t->steps[d][i].time_ms, time);
                buf_addf(b, ",\"time\":\"%s\"", time);
            }
            print_member(b, ",\"text\":", t->steps[d][i].text);
            buf_addc(b, '}');
            comma = ",";
        }
    }
    buf_adds(b, "],\"counts\":{");
    for (enum tale_door d = 0; d < TALE_DOORS; d++)
        buf_addf(b, "%s\"%s\":%zu", d == 0 ? "" : ",", door_names[d], t->counts[d]);
    buf_adds(b, "},\"lookedIn\":[");
    for (size_t i = 0; i < t->looked_count; i++)
        print_member(b, i == 0 ? "" : ",", t->looked[i]);
    buf_adds(b, "]}\n");
}
