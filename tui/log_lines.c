/* log_lines.c - the list of lines behind ASK_LOG_EVENTS.
 * SPDX-License-Identifier: MIT
 *
 * What one fetch brought stays in an arena of its own (a batch); the list is an array over all
 * batches, and an answer holds references to the batches its lines lie in. A batch whose lines are
 * all too old goes; when there are many small ones their lines are copied into one.
 *
 * Known is told from new by event id. Lines that came live have none: a line read later takes the
 * place of the same one that came live. A gap is an entry that is no line. */
#include "config.h"

#include "tui/log_lines.h"

#include "base/mem.h"
#include "base/text.h"
#include "tui/log_digest.h"

#include <stdlib.h>
#include <string.h>

#define OVERLAP_LINES 200
#define OVERLAP_MS    300000
#define BATCHES_MAX   24

struct line {
    struct log_entry event;
    struct answer *batch; /* holds its texts; not counted per line */
};

struct log_lines {
    char *key;
    char *group;
    struct answer **batches;
    size_t batch_count;
    struct line *lines; /* ascending by time */
    size_t count;
    int64_t known_from_ms; /* everything since then was read */
    bool is_partial;
    struct answer *index; /* holds the array that answers show; NULL when it has to be made */
};

struct log_lines *
log_lines_new(const char *key, const char *group)
{
    struct log_lines *lines = xcalloc(1, sizeof *lines);

    lines->key = xstrdup(key);
    lines->group = xstrdup(group);
    return lines;
}

void
log_lines_free(struct log_lines *lines)
{
    if (lines == NULL)
        return;
    log_lines_forget(lines);
    free(lines->batches);
    free(lines->lines);
    free(lines->group);
    free(lines->key);
    free(lines);
}

/* A line is the same when its id is; a server without ids is asked for the line itself. */
static uint64_t
identity(const char *id, const char *message, int64_t time_ms)
{
    uint64_t h;

    if (*id != '\0')
        return text_hash(id, strlen(id), TEXT_HASH_SEED);
    h = text_hash(&time_ms, sizeof time_ms, TEXT_HASH_SEED);
    return text_hash(message, strlen(message), h);
}

/* An open-addressed set of identities. */
struct seen {
    uint64_t *slots; /* 0: empty */
    size_t mask;
};

static void
seen_init(struct seen *seen, size_t most)
{
    size_t size = 16;

    while (size < 2 * most + 2)
        size *= 2;
    seen->slots = xcalloc(size, sizeof *seen->slots);
    seen->mask = size - 1;
}

/* False when it was there already. */
static bool
seen_add(struct seen *seen, uint64_t id)
{
    size_t at = (size_t)id & seen->mask;

    id |= 1;
    while (seen->slots[at] != 0) {
        if (seen->slots[at] == id)
            return false;
        at = (at + 1) & seen->mask;
    }
    seen->slots[at] = id;
    return true;
}

static int
by_time(const void *a, const void *b)
{
    const struct log_entry *x = &((const struct line *)a)->event;
    const struct log_entry *y = &((const struct line *)b)->event;

    if (x->time_ms != y->time_ms)
        return x->time_ms < y->time_ms ? -1 : 1;
    if (x->ingested_ms != y->ingested_ms)
        return x->ingested_ms < y->ingested_ms ? -1 : 1;
    return strcmp(x->id, y->id);
}

static void
set_line(struct line *line, struct answer *batch, const char *group, const struct logs_event *from)
{
    line->batch = batch;
    line->event = (struct log_entry){
        .id = from->id,
        .group = group,
        .stream = from->stream,
        .message = from->message,
        .message_len = from->message_len,
        .time_ms = from->time_ms,
        .ingested_ms = from->ingested_ms,
        .digest = log_digest_make(batch->arena, from->message, from->message_len),
    };
}

/* Lines that came live, by what they say; each can be claimed once. */
struct claims {
    size_t *slots; /* index + 1; 0: empty */
    size_t mask;
};

static bool
is_live(const struct log_entry *event)
{
    return *event->id == '\0' && !event->is_gap;
}

static void
claims_init(struct claims *claims, const struct log_lines *lines)
{
    size_t size = 16;

    while (size < 2 * lines->count + 2)
        size *= 2;
    claims->slots = xcalloc(size, sizeof *claims->slots);
    claims->mask = size - 1;
    for (size_t i = 0; i < lines->count; i++) {
        const struct log_entry *e = &lines->lines[i].event;
        size_t at = (size_t)identity("", e->message, e->time_ms) & claims->mask;

        while (claims->slots[at] != 0)
            at = (at + 1) & claims->mask;
        if (is_live(e))
            claims->slots[at] = i + 1;
    }
}

/* The live line that is this one, or NULL. */
static struct line *
claim(struct claims *claims, struct log_lines *lines, const struct logs_event *event)
{
    size_t at = (size_t)identity("", event->message, event->time_ms) & claims->mask;

    for (; claims->slots[at] != 0; at = (at + 1) & claims->mask) {
        struct line *line = &lines->lines[claims->slots[at] - 1];

        if (is_live(&line->event) && line->event.time_ms == event->time_ms &&
            strcmp(line->event.message, event->message) == 0)
            return line;
    }
    return NULL;
}

/* Adds what is new of a batch; returns how many lines that were, or that got their ids. */
static size_t
merge(struct log_lines *lines, struct answer *batch, const struct logs_event *events, size_t count)
{
    const char *group = arena_strdup(batch->arena, lines->group);
    bool came_live = count > 0 && *events[0].id == '\0';
    size_t known = lines->count, changed = 0;
    struct claims claims;
    struct seen seen;

    seen_init(&seen, known + count);
    for (size_t i = 0; i < known; i++) {
        const struct log_entry *e = &lines->lines[i].event;

        seen_add(&seen, identity(came_live ? "" : e->id, e->message, e->time_ms));
    }
    claims_init(&claims, lines);
    lines->lines = xreallocarray(lines->lines, known + count + 1, sizeof *lines->lines);
    for (size_t i = 0; i < count; i++) {
        const struct logs_event *event = &events[i];
        struct line *line;

        if (!seen_add(&seen, identity(event->id, event->message, event->time_ms)))
            continue;
        line = came_live ? NULL : claim(&claims, lines, event);
        if (line == NULL)
            line = &lines->lines[lines->count++];
        set_line(line, batch, group, event);
        changed++;
    }
    free(seen.slots);
    free(claims.slots);
    if (changed > 0)
        qsort(lines->lines, lines->count, sizeof *lines->lines, by_time);
    return changed;
}

/* Drops what is too old or too much; returns how many lines went. */
static size_t
trim(struct log_lines *lines, int64_t from_ms, size_t max)
{
    size_t drop = lines->count > max ? lines->count - max : 0;

    if (drop > 0)
        lines->is_partial = true;
    while (drop < lines->count && lines->lines[drop].event.time_ms < from_ms)
        drop++;
    lines->count -= drop;
    if (drop > 0)
        memmove(lines->lines, lines->lines + drop, lines->count * sizeof *lines->lines);
    if (lines->known_from_ms < from_ms)
        lines->known_from_ms = from_ms;
    return drop;
}

static void
drop_empty_batches(struct log_lines *lines)
{
    size_t kept = 0;

    for (size_t i = 0; i < lines->batch_count; i++) {
        struct answer *batch = lines->batches[i];
        size_t line = 0;

        while (line < lines->count && lines->lines[line].batch != batch)
            line++;
        if (line < lines->count)
            lines->batches[kept++] = batch;
        else
            answer_unref(batch);
    }
    lines->batch_count = kept;
}

/* Copies all lines into one batch. */
static void
join_batches(struct log_lines *lines)
{
    struct answer *joined = answer_new(lines->key, ASK_LOG_EVENTS);
    const char *group = arena_strdup(joined->arena, lines->group);

    for (size_t i = 0; i < lines->count; i++) {
        const struct log_entry *e = &lines->lines[i].event;
        struct logs_event copy = {
            .id = arena_strdup(joined->arena, e->id),
            .stream = arena_strdup(joined->arena, e->stream),
            .message = arena_strndup(joined->arena, e->message, e->message_len),
            .message_len = e->message_len,
            .time_ms = e->time_ms,
            .ingested_ms = e->ingested_ms,
        };
        bool is_gap = e->is_gap;

        set_line(&lines->lines[i], joined, group, &copy);
        lines->lines[i].event.is_gap = is_gap;
    }
    for (size_t i = 0; i < lines->batch_count; i++)
        answer_unref(lines->batches[i]);
    lines->batches[0] = joined;
    lines->batch_count = 1;
}

/* True when lines moved, so that an index made before shows the old place. */
static bool
keep_batch(struct log_lines *lines, struct answer *batch)
{
    lines->batches = xreallocarray(lines->batches, lines->batch_count + 1, sizeof(struct answer *));
    lines->batches[lines->batch_count++] = batch;
    drop_empty_batches(lines);
    if (lines->batch_count <= BATCHES_MAX)
        return false;
    join_batches(lines);
    return true;
}

static void
make_index(struct log_lines *lines)
{
    struct answer *index = answer_new(lines->key, ASK_LOG_EVENTS);
    struct log_entry *events = arena_alloc(index->arena, (lines->count + 1) * sizeof *events);

    for (size_t i = 0; i < lines->count; i++)
        events[i] = lines->lines[i].event;
    index->events = events;
    index->event_count = lines->count;
    answer_has_parts(index, lines->batch_count);
    for (size_t i = 0; i < lines->batch_count; i++)
        index->parts[i] = answer_ref(lines->batches[i]);
    answer_unref(lines->index);
    lines->index = index;
}

void
log_lines_take(struct log_lines *lines, struct answer *batch, const struct logs_event *events,
               size_t count, int64_t from_ms, size_t max)
{
    bool changed = merge(lines, batch, events, count) > 0;

    changed |= trim(lines, from_ms, max) > 0;
    changed |= keep_batch(lines, batch);
    if (changed || lines->index == NULL)
        make_index(lines);
}

void
log_lines_forget(struct log_lines *lines)
{
    for (size_t i = 0; i < lines->batch_count; i++)
        answer_unref(lines->batches[i]);
    lines->batch_count = 0;
    lines->count = 0;
    answer_unref(lines->index);
    lines->index = NULL;
}

void
log_lines_add_gap(struct log_lines *lines, int64_t time_ms, const char *sentence)
{
    struct answer *batch = answer_new(lines->key, ASK_LOG_EVENTS);
    const char *message = arena_strdup(batch->arena, sentence);

    lines->batches = xreallocarray(lines->batches, lines->batch_count + 1, sizeof(struct answer *));
    lines->batches[lines->batch_count++] = batch;
    lines->lines = xreallocarray(lines->lines, lines->count + 1, sizeof *lines->lines);
    lines->lines[lines->count++] =
        (struct line){ .batch = batch,
                       .event = { .id = "",
                                  .group = arena_strdup(batch->arena, lines->group),
                                  .stream = "",
                                  .message = message,
                                  .message_len = strlen(message),
                                  .time_ms = time_ms,
                                  .digest = log_digest_make(batch->arena, message, strlen(message)),
                                  .is_gap = true } };
    qsort(lines->lines, lines->count, sizeof *lines->lines, by_time);
    make_index(lines);
}

bool
log_lines_has_gap(const struct log_lines *lines)
{
    for (size_t i = 0; i < lines->count; i++) {
        if (lines->lines[i].event.is_gap)
            return true;
    }
    return false;
}

void
log_lines_close_gaps(struct log_lines *lines, int64_t from_ms)
{
    size_t kept = 0;

    for (size_t i = 0; i < lines->count; i++) {
        const struct log_entry *e = &lines->lines[i].event;

        if (!e->is_gap || e->time_ms < from_ms)
            lines->lines[kept++] = lines->lines[i];
    }
    if (kept == lines->count)
        return;
    lines->count = kept;
    drop_empty_batches(lines);
    make_index(lines);
}

void
log_lines_read_since(struct log_lines *lines, int64_t from_ms)
{
    lines->known_from_ms = from_ms;
    lines->is_partial = false;
}

void
log_lines_miss(struct log_lines *lines)
{
    lines->is_partial = true;
}

bool
log_lines_know_since(const struct log_lines *lines, int64_t from_ms)
{
    return lines->index != NULL && from_ms >= lines->known_from_ms;
}

int64_t
log_lines_overlap_ms(const struct log_lines *lines, int64_t to_ms)
{
    int64_t from_ms = to_ms - OVERLAP_MS;

    if (lines->count > OVERLAP_LINES &&
        lines->lines[lines->count - OVERLAP_LINES].event.time_ms > from_ms)
        from_ms = lines->lines[lines->count - OVERLAP_LINES].event.time_ms;
    return from_ms > lines->known_from_ms ? from_ms : lines->known_from_ms;
}

struct answer *
log_lines_answer(const struct log_lines *lines)
{
    struct answer *answer = answer_new(lines->key, ASK_LOG_EVENTS);

    answer_has_parts(answer, 1);
    answer->parts[0] = answer_ref(lines->index);
    answer->events = lines->index->events;
    answer->event_count = lines->index->event_count;
    answer->is_partial = lines->is_partial;
    return answer;
}
