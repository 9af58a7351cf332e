/* openreplay_story.c - bodies in any order become lines in the order of time.
 * SPDX-License-Identifier: MIT
 *
 * A body is copied and cut into its segments when it comes. When the lines are asked for, segments
 * are walked in the order of their first times: so the nodes of each tab grow as they did in the
 * browser, whichever way the bodies came, and the streams of protocol 2 meet. Each message that
 * shows makes a line, sorted by time, body and offset at the end; then rage clicks are found, and
 * what repeats or says nothing new is folded.
 *
 * The work is linear but for the sorting, and what is kept has bounds: lines, samples of inputs,
 * segments, tabs with nodes. */
#include "config.h"

#include "domain/openreplay_story.h"

#include <stdlib.h>
#include <string.h>

#include "base/pack.h"
#include "domain/openreplay_story_own.h"

#define LINES_DEFAULT 100000
#define SEGMENTS_MAX  100000 /* what is behind belongs to the last one */
#define TEXT_ROOM     (64 << 10)

struct openreplay_story *
openreplay_story_new(struct arena *arena, size_t max_lines, bool reveal)
{
    struct openreplay_story *story = xcalloc(1, sizeof *story);

    story->arena = arena;
    story->scratch = arena_new();
    story->metadata = arena_alloc(arena, STORY_METADATA_MAX * sizeof *story->metadata);
    story->max_lines = max_lines == 0 ? LINES_DEFAULT : max_lines;
    story->reveal = reveal;
    table_init(&story->tabs, sizeof(struct story_tab));
    story->inputs = openreplay_inputs_new();
    buf_init(&story->text, TEXT_ROOM);
    return story;
}

/* What only the walk needs. */
static void
drop_walk(struct openreplay_story *story)
{
    for (size_t i = 0; i < story->body_count; i++)
        free(story->bodies[i].bytes);
    free(story->bodies);
    free(story->segments);
    free(story->drafts);
    story->bodies = NULL;
    story->segments = NULL;
    story->drafts = NULL;
    story->body_count = 0;
    for (size_t i = 0; i < story->tree_count; i++)
        openreplay_nodes_free(story->trees[i]);
    story->tree_count = 0;
    openreplay_inputs_free(story->inputs);
    story->inputs = NULL;
}

void
openreplay_story_free(struct openreplay_story *story)
{
    if (story == NULL)
        return;
    drop_walk(story);
    table_fini(&story->tabs);
    buf_fini(&story->text);
    arena_free(story->scratch);
    free(story);
}

/* --- taking bodies -----------------------------------------------------------------------------
 */

static void
begin_segment(struct openreplay_story *story, size_t begin)
{
    if (story->segment_count == story->segment_room) {
        story->segment_room = story->segment_room == 0 ? 16 : 2 * story->segment_room;
        story->segments =
            xreallocarray(story->segments, story->segment_room, sizeof *story->segments);
    }
    story->segments[story->segment_count++] =
        (struct story_segment){ .body = story->body_count - 1, .begin = begin };
}

/* Cuts the last body, as far as it can be read. */
static struct openreplay_fault
cut_segments(struct openreplay_story *story, struct openreplay_reader *reader)
{
    struct openreplay_message message;
    struct story_segment *segment;

    begin_segment(story, 0);
    segment = &story->segments[story->segment_count - 1];
    while (openreplay_reader_next(reader, &message)) {
        if (segment->end == 0 && reader->layout == OPENREPLAY_SIZED)
            segment->begin = message.offset; /* behind the header of a file */
        if (message.id == OPENREPLAY_BATCH_METADATA && segment->end > 0 &&
            story->segment_count < SEGMENTS_MAX) {
            begin_segment(story, message.offset);
            segment = &story->segments[story->segment_count - 1];
        }
        if (message.id == OPENREPLAY_BATCH_METADATA && segment->time_ms == 0) {
            segment->time_ms = reader->now_ms;
            segment->first_index = reader->first_index;
        }
        if (message.id == OPENREPLAY_TIMESTAMP &&
            (segment->end == 0 || segment->time_ms == 0 || reader->now_ms < segment->time_ms))
            segment->time_ms = reader->now_ms;
        segment->end = message.offset + message.length;
    }
    return reader->fault;
}

static void
hash_segments(struct openreplay_story *story, size_t first)
{
    for (size_t i = first; i < story->segment_count; i++) {
        struct story_segment *segment = &story->segments[i];

        if (segment->end > segment->begin)
            segment->hash = pack_hash(story->bodies[segment->body].bytes + segment->begin,
                                      segment->end - segment->begin);
    }
}

struct openreplay_fault
openreplay_story_take(struct openreplay_story *story, const void *body, size_t length, bool is_file)
{
    size_t first_segment = story->segment_count;
    struct openreplay_fault fault;
    struct openreplay_reader reader;
    struct story_body *kept;

    if (story->body_count == story->body_room) {
        story->body_room = story->body_room == 0 ? 16 : 2 * story->body_room;
        story->bodies = xreallocarray(story->bodies, story->body_room, sizeof *story->bodies);
    }
    kept = &story->bodies[story->body_count++];
    *kept = (struct story_body){ .bytes = xmalloc(length == 0 ? 1 : length), .length = length };
    if (length > 0)
        memcpy(kept->bytes, body, length);
    if (is_file)
        openreplay_reader_init_file(&reader, kept->bytes, length);
    else
        openreplay_reader_init(&reader, kept->bytes, length);
    kept->layout = reader.layout;
    fault = cut_segments(story, &reader);
    hash_segments(story, first_segment);
    story->faults += fault.kind != OPENREPLAY_NO_FAULT;
    return fault;
}

/* --- the end -----------------------------------------------------------------------------------
 */

/* Equal segments stand side by side. */
static int
by_first_time(const void *a, const void *b)
{
    const struct story_segment *x = a, *y = b;
    size_t length_x = x->end - x->begin, length_y = y->end - y->begin;

    if (x->time_ms != y->time_ms)
        return x->time_ms < y->time_ms ? -1 : 1;
    if (x->first_index != y->first_index)
        return x->first_index < y->first_index ? -1 : 1;
    if (length_x != length_y)
        return length_x < length_y ? -1 : 1;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    if (x->body != y->body)
        return x->body < y->body ? -1 : 1;
    return (x->begin > y->begin) - (x->begin < y->begin);
}

/* What was sent again because an answer was lost. */
static bool
is_repeat(const struct openreplay_story *story, const struct story_segment *before,
          const struct story_segment *segment)
{
    size_t length = segment->end - segment->begin;

    return before->end - before->begin == length && before->hash == segment->hash &&
           memcmp(story->bodies[before->body].bytes + before->begin,
                  story->bodies[segment->body].bytes + segment->begin, length) == 0;
}

static void
walk(struct openreplay_story *story)
{
    if (story->segment_count > 0)
        qsort(story->segments, story->segment_count, sizeof *story->segments, by_first_time);
    for (size_t i = 0; i < story->segment_count; i++)
        if (i == 0 || !is_repeat(story, &story->segments[i - 1], &story->segments[i]))
            story_walk(story, &story->segments[i]);
}

static void
rage_line(void *arg, const struct openreplay_draft_line *last, unsigned clicks)
{
    struct openreplay_story *story = arg;
    struct openreplay_line line = last->line;

    line.kind = OPENREPLAY_ISSUE;
    line.severity = OPENREPLAY_WARNING;
    line.repeated = clicks;
    line.text = arena_printf(story->arena, "click_rage %s {\"Count\":%u}",
                             line.element != NULL ? line.element : last->label, clicks);
    story->summary.issues++;
    story_add_line(story, &line);
}

static void
find_rage(struct openreplay_story *story)
{
    struct openreplay_draft_line *clicks;
    size_t count = story->draft_count;

    if (story->tells_rage || count == 0)
        return;
    clicks = xcalloc(count, sizeof *clicks); /* new lines may move the drafts */
    memcpy(clicks, story->drafts, count * sizeof *clicks);
    openreplay_fold_rage(clicks, count, rage_line, story);
    free(clicks);
    openreplay_fold_sort(story->drafts, story->draft_count);
}

const struct openreplay_line *
openreplay_story_lines(struct openreplay_story *story, size_t *count)
{
    if (!story->is_told) {
        story->is_told = true;
        walk(story);
        story_add_edits(story);
        openreplay_fold_sort(story->drafts, story->draft_count);
        find_rage(story);
        story->lines = arena_alloc(story->arena, story->draft_count * sizeof *story->lines + 1);
        story->line_count = openreplay_fold(story->lines, story->drafts, story->draft_count);
        story->summary.faults = story->faults;
        story->summary.metadata = story->metadata;
        drop_walk(story);
    }
    *count = story->line_count;
    return story->lines;
}

void
openreplay_story_summary(const struct openreplay_story *story, struct openreplay_summary *out)
{
    *out = story->summary;
}
