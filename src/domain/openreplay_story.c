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
#include "base/table.h"
#include "domain/openreplay_fold.h"
#include "domain/openreplay_inputs.h"
#include "domain/openreplay_line.h"
#include "domain/openreplay_shape.h"

#define LINES_DEFAULT 100000
#define SEGMENTS_MAX  100000 /* what is behind belongs to the last one */
#define TABS_MAX      4096   /* further ones are one tab without an id */
#define TREES_MAX     64     /* further tabs have no nodes */
#define TAB_BYTES     64     /* of an id */
#define METADATA_MAX  32
#define TEXT_COLUMNS  80
#define TEXT_ROOM     (64 << 10)

struct body {
    uint8_t *bytes;
    size_t length, number; /* number: how many were fed before it */
    uint64_t hash;
    enum openreplay_layout_kind layout;
};

struct segment {
    size_t body, begin, end; /* body: in story->bodies */
    int64_t time_ms;
};

/* A tab as far as the walk has come. */
struct tab {
    const char *id;
    struct openreplay_nodes *nodes; /* NULL: too many */
    bool has_page;
    uint64_t number, page_no, focused;
    unsigned generation;              /* documents so far */
    struct openreplay_text shown_url; /* that page_shown was made of */
    const char *page_shown;
    struct openreplay_text last_url; /* of the last line of a page */
};

struct openreplay_story {
    struct arena *arena, *scratch;
    bool reveal, is_told;
    bool tells_rage; /* the tracker does so itself: 19 and newer */
    size_t max_lines;

    struct body *bodies;
    size_t body_count, body_room, fed;
    struct segment *segments;
    size_t segment_count, segment_room;

    struct table tabs; /* struct tab by id */
    struct openreplay_nodes *trees[TREES_MAX];
    size_t tree_count;
    struct tab *tab; /* the current one */
    struct openreplay_inputs *inputs;
    struct buf text;

    struct openreplay_draft_line *drafts;
    size_t draft_count, draft_room;
    struct openreplay_line *lines;
    size_t line_count;

    struct openreplay_summary summary;
    struct openreplay_attribute *metadata; /* METADATA_MAX of them */
    unsigned faults;
};

struct openreplay_story *
openreplay_story_new(struct arena *arena, size_t max_lines, bool reveal)
{
    struct openreplay_story *story = xcalloc(1, sizeof *story);

    story->arena = arena;
    story->scratch = arena_new();
    story->metadata = arena_alloc(arena, METADATA_MAX * sizeof *story->metadata);
    story->max_lines = max_lines == 0 ? LINES_DEFAULT : max_lines;
    story->reveal = reveal;
    table_init(&story->tabs, sizeof(struct tab));
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

static bool
was_taken(const struct openreplay_story *story, const void *bytes, size_t length, uint64_t hash)
{
    for (size_t i = 0; i < story->body_count; i++) {
        const struct body *body = &story->bodies[i];

        if (body->hash == hash && body->length == length && memcmp(body->bytes, bytes, length) == 0)
            return true;
    }
    return false;
}

static void
begin_segment(struct openreplay_story *story, size_t begin)
{
    if (story->segment_count == story->segment_room) {
        story->segment_room = story->segment_room == 0 ? 16 : 2 * story->segment_room;
        story->segments =
            xreallocarray(story->segments, story->segment_room, sizeof *story->segments);
    }
    story->segments[story->segment_count++] =
        (struct segment){ .body = story->body_count - 1, .begin = begin };
}

/* Cuts the last body, as far as it can be read. */
static struct openreplay_fault
cut_segments(struct openreplay_story *story, struct openreplay_reader *reader)
{
    struct openreplay_message message;
    struct segment *segment;

    begin_segment(story, 0);
    segment = &story->segments[story->segment_count - 1];
    while (openreplay_reader_next(reader, &message)) {
        if (message.id == OPENREPLAY_BATCH_METADATA && segment->end > 0 &&
            story->segment_count < SEGMENTS_MAX) {
            begin_segment(story, message.offset);
            segment = &story->segments[story->segment_count - 1];
        }
        if (message.id == OPENREPLAY_BATCH_METADATA && segment->time_ms == 0)
            segment->time_ms = reader->now_ms;
        if (message.id == OPENREPLAY_TIMESTAMP &&
            (segment->end == 0 || segment->time_ms == 0 || reader->now_ms < segment->time_ms))
            segment->time_ms = reader->now_ms;
        segment->end = message.offset + message.length;
    }
    return reader->fault;
}

struct openreplay_fault
openreplay_story_take(struct openreplay_story *story, const void *body, size_t length, bool is_file)
{
    uint64_t hash = length == 0 ? 0 : pack_hash(body, length);
    struct openreplay_fault fault = { .kind = OPENREPLAY_NO_FAULT };
    struct openreplay_reader reader;
    size_t number = story->fed++;
    struct body *kept;

    if (was_taken(story, body, length, hash))
        return fault;
    if (story->body_count == story->body_room) {
        story->body_room = story->body_room == 0 ? 16 : 2 * story->body_room;
        story->bodies = xreallocarray(story->bodies, story->body_room, sizeof *story->bodies);
    }
    kept = &story->bodies[story->body_count++];
    *kept = (struct body){
        .bytes = xmalloc(length == 0 ? 1 : length), .length = length, .number = number, .hash = hash
    };
    if (length > 0)
        memcpy(kept->bytes, body, length);
    if (is_file)
        openreplay_reader_init_file(&reader, kept->bytes, length);
    else
        openreplay_reader_init(&reader, kept->bytes, length);
    kept->layout = reader.layout;
    fault = cut_segments(story, &reader);
    story->faults += fault.kind != OPENREPLAY_NO_FAULT;
    return fault;
}

/* --- lines --------------------------------------------------------------------------------------
 */

/* NULL: there are enough. */
static struct openreplay_draft_line *
add_line(struct openreplay_story *story, const struct openreplay_line *line)
{
    struct openreplay_draft_line *draft;

    if (story->draft_count == story->max_lines)
        return NULL;
    if (story->draft_count == story->draft_room) {
        story->draft_room = story->draft_room == 0 ? 256 : 2 * story->draft_room;
        story->drafts = xreallocarray(story->drafts, story->draft_room, sizeof *story->drafts);
    }
    draft = &story->drafts[story->draft_count++];
    *draft = (struct openreplay_draft_line){ .line = *line };
    if (line->text == NULL)
        draft->line.text = arena_strndup(story->arena, story->text.data, story->text.len);
    draft->line.repeated = line->repeated == 0 ? 1 : line->repeated;
    return draft;
}

static const char *
describe(struct openreplay_story *story, uint64_t node)
{
    struct openreplay_node found;
    struct buf name;
    char *kept;

    if (story->tab->nodes == NULL || !openreplay_nodes_find(story->tab->nodes, node, &found))
        return NULL;
    buf_init(&name, 4096);
    openreplay_nodes_describe(story->tab->nodes, node, &name);
    kept = arena_strndup(story->arena, name.data, name.len);
    buf_fini(&name);
    return kept;
}

static bool
same_text(struct openreplay_text a, struct openreplay_text b)
{
    return a.length == b.length && memcmp(a.at, b.at, a.length) == 0;
}

static const char *
page_of(struct openreplay_story *story, struct openreplay_text url)
{
    struct tab *tab = story->tab;
    struct buf shown;

    if (tab->page_shown != NULL && same_text(tab->shown_url, url))
        return tab->page_shown;
    buf_init(&shown, 8192);
    openreplay_shape_page(&shown, url);
    tab->page_shown = arena_strndup(story->arena, shown.data, shown.len);
    tab->shown_url = url;
    buf_fini(&shown);
    return tab->page_shown;
}

/* Where a message stands, as a line without text. */
static struct openreplay_line
place(struct openreplay_story *story, const struct openreplay_reader *reader,
      const struct body *body, const struct openreplay_message *message)
{
    return (struct openreplay_line){ .time_ms = reader->now_ms,
                                     .kind = message->layout->kind,
                                     .tab = story->tab->id,
                                     .page_no = reader->page_no,
                                     .page = page_of(story, reader->page),
                                     .body = body->number,
                                     .offset = message->offset };
}

/* --- pages and identity -------------------------------------------------------------------------
 */

static void
page_line(struct openreplay_story *story, const struct openreplay_message *message,
          struct openreplay_line *line)
{
    const union openreplay_value *values = message->values;
    struct tab *tab = story->tab;

    openreplay_shape_url(&story->text, values[0].text, values[0].text, story->reveal);
    if (message->id == OPENREPLAY_SET_PAGE_LOCATION && values[3].text.length > 0) {
        buf_adds(&story->text, " \"");
        openreplay_shape_prose(&story->text, values[3].text, TEXT_COLUMNS, story->reveal);
        buf_addc(&story->text, '"');
    }
    if (values[2].u == 0)
        buf_adds(&story->text, " (route)");
    else if (line->page_no > 0 && tab->last_url.at != NULL &&
             same_text(tab->last_url, values[0].text))
        buf_addf(&story->text, " (reload, page %llu)", (unsigned long long)line->page_no);
    tab->last_url = values[0].text;
    story->summary.pages++;
    add_line(story, line);
}

static const char *
keep_prose(struct openreplay_story *story, struct openreplay_text text)
{
    struct buf shown;
    const char *kept;

    buf_init(&shown, 8192);
    openreplay_shape_prose(&shown, text, TEXT_COLUMNS, story->reveal);
    kept = arena_strndup(story->arena, shown.data, shown.len);
    buf_fini(&shown);
    return kept;
}

static void
take_identity(struct openreplay_story *story, const struct openreplay_message *message)
{
    struct openreplay_summary *summary = &story->summary;
    const char *name;
    size_t i = 0;

    if (message->id == OPENREPLAY_USER_ID)
        summary->user_id = keep_prose(story, message->values[0].text);
    if (message->id != OPENREPLAY_METADATA)
        return;
    name = keep_prose(story, message->values[0].text);
    while (i < summary->metadata_count && strcmp(story->metadata[i].name, name) != 0)
        i++;
    if (i == METADATA_MAX)
        return;
    story->metadata[i] =
        (struct openreplay_attribute){ .name = name,
                                       .value = keep_prose(story, message->values[1].text) };
    summary->metadata_count += i == summary->metadata_count;
}

/* --- inputs -------------------------------------------------------------------------------------
 */

static struct openreplay_field_key
field_key(const struct openreplay_story *story, const struct openreplay_reader *reader,
          uint64_t node)
{
    return (struct openreplay_field_key){ story->tab->number, reader->page_no, node };
}

static void
take_input(struct openreplay_story *story, const struct openreplay_reader *reader,
           const struct openreplay_message *message, const struct openreplay_line *line)
{
    const union openreplay_value *values = message->values;
    struct openreplay_field_key key = field_key(story, reader, values[0].u);
    struct openreplay_input input = { .time_ms = line->time_ms,
                                      .body = line->body,
                                      .offset = line->offset,
                                      .tab = line->tab,
                                      .page = line->page,
                                      .value = values[1].text,
                                      .label = { "", 0 } };

    if (openreplay_inputs_element(story->inputs, &key) == NULL)
        openreplay_inputs_name(story->inputs, &key, describe(story, values[0].u));
    if (message->id == OPENREPLAY_INPUT_CHANGE) {
        input.is_commit = true;
        input.is_masked = values[2].b;
        input.label = values[3].text;
        input.hesitation_ms = values[4].i;
        input.typing_ms = values[5].i;
    } else {
        input.mask = values[2].i;
        input.is_focused = story->tab->focused == values[0].u + 1;
    }
    openreplay_inputs_add(story->inputs, &key, story->tab->generation, &input);
}

static void
take_checked(struct openreplay_story *story, const struct openreplay_message *message,
             struct openreplay_line *line)
{
    const char *element = describe(story, message->values[0].u);

    if (story->tab->focused != message->values[0].u + 1)
        return; /* what the page came with */
    buf_addf(&story->text, "%s %s", element != NULL ? element : "a field",
             message->values[1].b ? "checked" : "unchecked");
    line->element = element;
    add_line(story, line);
}

static void
say_value(struct openreplay_story *story, const struct openreplay_edit *edit)
{
    const struct openreplay_input *last = edit->last, *sample = edit->sample;

    if (sample != NULL && sample->mask < 0)
        buf_adds(&story->text, "hidden");
    else if (sample != NULL && sample->mask > 0)
        buf_addf(&story->text, "masked (%lld)", (long long)sample->mask);
    else if (last->is_masked)
        buf_adds(&story->text, "masked");
    else if (last->value.length == 0)
        buf_adds(&story->text, "empty");
    else
        openreplay_shape_value(&story->text, last->value, story->reveal);
}

static void
edit_line(void *arg, const struct openreplay_edit *edit)
{
    struct openreplay_story *story = arg;
    const struct openreplay_input *last = edit->last;
    struct openreplay_line line = { .time_ms = last->time_ms,
                                    .kind = OPENREPLAY_INPUT,
                                    .tab = last->tab,
                                    .page_no = edit->key->page_no,
                                    .page = last->page,
                                    .element = edit->element,
                                    .repeated = edit->messages,
                                    .body = last->body,
                                    .offset = last->offset };

    buf_clear(&story->text);
    if (last->label.length > 0)
        openreplay_shape_prose(&story->text, last->label, TEXT_COLUMNS, story->reveal);
    else
        buf_adds(&story->text, edit->element != NULL ? edit->element : "a field");
    buf_addc(&story->text, ' ');
    say_value(story, edit);
    if (last->is_commit)
        buf_addf(&story->text, ", hesitated %lld ms, typed %lld ms", (long long)last->hesitation_ms,
                 (long long)last->typing_ms);
    add_line(story, &line);
}

/* --- the walk -----------------------------------------------------------------------------------
 */

static void
enter_tab(struct openreplay_story *story, struct openreplay_text id)
{
    size_t length = id.length < TAB_BYTES ? id.length : TAB_BYTES;
    struct tab *tab;

    if (story->tabs.count >= TABS_MAX && table_find(&story->tabs, id.at, length) == NULL)
        length = 0;
    tab = table_find(&story->tabs, id.at, length);
    if (tab == NULL) {
        tab = table_add(&story->tabs, id.at, length);
        tab->id = keep_prose(story, (struct openreplay_text){ id.at, length });
        tab->number = story->tabs.count;
        story->summary.tabs += length > 0;
        if (story->tree_count < TREES_MAX) {
            tab->nodes = openreplay_nodes_new();
            story->trees[story->tree_count++] = tab->nodes;
        }
    }
    story->tab = tab;
}

/* A page load of the tab begins; what is left of an earlier one in other streams has no nodes. */
static void
enter_page(struct tab *tab, uint64_t page_no)
{
    if (tab->has_page && page_no <= tab->page_no)
        return;
    tab->has_page = true;
    tab->page_no = page_no;
    tab->generation++;
    tab->focused = 0;
    if (tab->nodes != NULL)
        openreplay_nodes_clear(tab->nodes);
}

static void
take_node(struct tab *tab, const struct openreplay_message *message)
{
    if (message->id == OPENREPLAY_CREATE_DOCUMENT)
        tab->generation++;
    if (message->id == OPENREPLAY_SET_NODE_FOCUS)
        tab->focused = message->values[0].i < 0 ? 0 : (uint64_t)message->values[0].i + 1;
    if (tab->nodes != NULL)
        openreplay_nodes_take(tab->nodes, message);
}

static void
count_line(struct openreplay_summary *summary, const struct openreplay_line *line)
{
    summary->clicks += line->kind == OPENREPLAY_CLICK;
    summary->errors += line->kind == OPENREPLAY_ERROR;
    summary->issues += line->kind == OPENREPLAY_ISSUE;
    summary->failed_requests +=
        line->kind == OPENREPLAY_NETWORK && line->severity != OPENREPLAY_INFO;
}

/* A message that is a line by itself. */
static void
plain_line(struct openreplay_story *story, const struct openreplay_reader *reader,
           const struct openreplay_message *message, struct openreplay_line *line)
{
    struct openreplay_draft draft = { .text = &story->text,
                                      .scratch = story->scratch,
                                      .reveal = story->reveal,
                                      .page = reader->page };
    struct openreplay_draft_line *added;

    if (!openreplay_line_write(&draft, message))
        return;
    arena_clear(story->scratch);
    line->severity = draft.severity;
    line->status = draft.status;
    line->duration_ms = draft.duration_ms;
    if (line->kind == OPENREPLAY_CLICK || line->kind == OPENREPLAY_SELECTION)
        line->element = describe(story, message->values[0].u);
    count_line(&story->summary, line);
    added = add_line(story, line);
    if (added != NULL && line->kind == OPENREPLAY_CLICK)
        added->label = keep_prose(story, message->values[2].text);
}

static void
tell(struct openreplay_story *story, const struct openreplay_reader *reader,
     const struct body *body, const struct openreplay_message *message)
{
    struct openreplay_line line = place(story, reader, body, message);

    buf_clear(&story->text);
    switch (message->id) {
    case OPENREPLAY_SET_PAGE_LOCATION_OLD:
    case OPENREPLAY_SET_PAGE_LOCATION:
        page_line(story, message, &line);
        break;
    case OPENREPLAY_SET_INPUT_VALUE:
    case OPENREPLAY_INPUT_CHANGE:
        take_input(story, reader, message, &line);
        break;
    case OPENREPLAY_SET_INPUT_CHECKED:
        take_checked(story, message, &line);
        break;
    default:
        story->tells_rage |= message->id == OPENREPLAY_ISSUE_EVENT;
        take_identity(story, message);
        plain_line(story, reader, message, &line);
        break;
    }
}

static void
take_time(struct openreplay_summary *summary, int64_t now_ms)
{
    if (now_ms <= 0)
        return;
    if (summary->first_ms == 0 || now_ms < summary->first_ms)
        summary->first_ms = now_ms;
    if (now_ms > summary->last_ms)
        summary->last_ms = now_ms;
}

static void
walk_message(struct openreplay_story *story, const struct openreplay_reader *reader,
             const struct body *body, const struct openreplay_message *message)
{
    story->summary.messages++;
    if (message->layout == NULL)
        return;
    if (story->tab == NULL || message->id == OPENREPLAY_TAB_DATA)
        enter_tab(story, reader->tab);
    take_time(&story->summary, reader->now_ms);
    if (message->layout->stream == OPENREPLAY_PLAYER ||
        message->layout->stream == OPENREPLAY_ASSETS) {
        enter_page(story->tab, reader->page_no);
        if (reader->page_no == story->tab->page_no)
            take_node(story->tab, message);
    }
    story->summary.has_analytics |= message->layout->stream == OPENREPLAY_ANALYTICS;
    if (message->layout->kind != OPENREPLAY_NOISE)
        tell(story, reader, body, message);
}

static void
walk_segment(struct openreplay_story *story, const struct segment *segment)
{
    const struct body *body = &story->bodies[segment->body];
    struct openreplay_message message;
    struct openreplay_reader reader;

    openreplay_reader_init(&reader, body->bytes, segment->end);
    reader.at = segment->begin;
    reader.layout = body->layout;
    reader.is_file = true;
    story->tab = NULL;
    while (openreplay_reader_next(&reader, &message))
        walk_message(story, &reader, body, &message);
}

static int
by_first_time(const void *a, const void *b)
{
    const struct segment *x = a, *y = b;

    if (x->time_ms != y->time_ms)
        return x->time_ms < y->time_ms ? -1 : 1;
    if (x->body != y->body)
        return x->body < y->body ? -1 : 1;
    return (x->begin > y->begin) - (x->begin < y->begin);
}

/* --- the end ------------------------------------------------------------------------------------
 */

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
    add_line(story, &line);
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
        if (story->segment_count > 0)
            qsort(story->segments, story->segment_count, sizeof *story->segments, by_first_time);
        for (size_t i = 0; i < story->segment_count; i++)
            walk_segment(story, &story->segments[i]);
        openreplay_inputs_each(story->inputs, edit_line, story);
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
