/* openreplay_walk.c - the messages of a recording, one after the other, as lines of its story.
 * SPDX-License-Identifier: MIT
 *
 * Segments come in the order of their first times. What holds for a message is kept by tab: the
 * nodes of its page, which field has the focus, where it is. Most messages are a line by themselves
 * (openreplay_line.h); pages need to know the one before, inputs wait for their other half
 * (openreplay_inputs.h). */
#include "config.h"

#include "domain/openreplay_story_own.h"

#include <stdlib.h>
#include <string.h>

#include "domain/openreplay_line.h"
#include "domain/openreplay_shape.h"

#define TAB_BYTES    64 /* of an id */
#define TEXT_COLUMNS 80

/* --- lines -------------------------------------------------------------------------------------
 */

/* In protocol 1 messages of one time stand in the order in which they happened. In protocol 2 they
 * come in several streams: who it is and what was committed (by leaving a field) comes before the
 * click that did it, then what was seen (version 2), then what the page made of it (3 to 5). */
static int
rank_of(const struct openreplay_story *story, enum openreplay_kind kind)
{
    if (story->version < 2 || kind == OPENREPLAY_USER || kind == OPENREPLAY_META ||
        kind == OPENREPLAY_INPUT)
        return 0;
    return (int)story->version;
}

struct openreplay_draft_line *
story_add_line(struct openreplay_story *story, const struct openreplay_line *line)
{
    struct openreplay_draft_line *draft;

    if (story->draft_count == story->max_lines) {
        story->summary.is_cut = true;
        return NULL;
    }
    if (story->draft_count == story->draft_room) {
        story->draft_room = story->draft_room == 0 ? 256 : 2 * story->draft_room;
        story->drafts = xreallocarray(story->drafts, story->draft_room, sizeof *story->drafts);
    }
    draft = &story->drafts[story->draft_count++];
    *draft = (struct openreplay_draft_line){ .line = *line,
                                             .rank = rank_of(story, line->kind),
                                             .first_index = story->first_index };
    if (line->text == NULL)
        draft->line.text = arena_strndup(story->arena, story->text.data, story->text.len);
    draft->line.repeated = line->repeated == 0 ? 1 : line->repeated;
    return draft;
}

/* NULL: nothing is known of it, or nobody will ask. */
static const char *
describe(struct openreplay_story *story, uint64_t node)
{
    struct openreplay_node found;
    struct buf name;
    char *kept;

    if (story->draft_count == story->max_lines || story->tab->nodes == NULL ||
        !openreplay_nodes_find(story->tab->nodes, node, &found))
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
    return a.length == b.length && (a.at == b.at || memcmp(a.at, b.at, a.length) == 0);
}

static const char *
page_of(struct openreplay_story *story, struct openreplay_text url)
{
    struct story_tab *tab = story->tab;
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
      const struct story_body *body, const struct openreplay_message *message)
{
    return (struct openreplay_line){ .time_ms = reader->now_ms,
                                     .kind = message->layout->kind,
                                     .tab = story->tab->id,
                                     .page_no = reader->page_no,
                                     .page = page_of(story, reader->page),
                                     .body = (size_t)(body - story->bodies),
                                     .offset = message->offset };
}

/* --- pages and identity ------------------------------------------------------------------------
 */

static void
page_line(struct openreplay_story *story, const struct openreplay_message *message,
          struct openreplay_line *line)
{
    const union openreplay_value *values = message->values;
    struct story_tab *tab = story->tab;

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
    story_add_line(story, line);
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
    if (i == STORY_METADATA_MAX)
        return;
    story->metadata[i] =
        (struct openreplay_attribute){ .name = name,
                                       .value = keep_prose(story, message->values[1].text) };
    summary->metadata_count += i == summary->metadata_count;
}

/* --- inputs ------------------------------------------------------------------------------------
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
    const char *element;

    if (story->tab->focused != message->values[0].u + 1)
        return; /* what the page came with */
    element = describe(story, message->values[0].u);
    buf_addf(&story->text, "%s %s", element != NULL ? element : "a field",
             message->values[1].b ? "checked" : "unchecked");
    line->element = element;
    story_add_line(story, line);
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
    story_add_line(story, &line);
}

void
story_add_edits(struct openreplay_story *story)
{
    openreplay_inputs_each(story->inputs, edit_line, story);
}

/* --- the walk ----------------------------------------------------------------------------------
 */

static void
enter_tab(struct openreplay_story *story, struct openreplay_text id)
{
    size_t length = id.length < TAB_BYTES ? id.length : TAB_BYTES;
    struct story_tab *tab;

    if (story->tabs.count >= STORY_TABS_MAX && table_find(&story->tabs, id.at, length) == NULL)
        length = 0;
    tab = table_find(&story->tabs, id.at, length);
    if (tab == NULL) {
        tab = table_add(&story->tabs, id.at, length);
        tab->id = keep_prose(story, (struct openreplay_text){ id.at, length });
        tab->number = story->tabs.count;
        story->summary.tabs += length > 0;
        if (story->tree_count < STORY_TREES_MAX) {
            tab->nodes = openreplay_nodes_new();
            story->trees[story->tree_count++] = tab->nodes;
        }
    }
    story->tab = tab;
}

/* A page load of the tab begins; what is left of an earlier one in other streams has no nodes. */
static void
enter_page(struct story_tab *tab, uint64_t page_no)
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
take_node(struct story_tab *tab, const struct openreplay_message *message)
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
    added = story_add_line(story, line);
    if (added != NULL && line->kind == OPENREPLAY_CLICK)
        added->label = keep_prose(story, message->values[2].text);
}

static void
tell(struct openreplay_story *story, const struct openreplay_reader *reader,
     const struct story_body *body, const struct openreplay_message *message)
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
             const struct story_body *body, const struct openreplay_message *message)
{
    story->summary.messages++;
    story->version = reader->version;
    story->first_index = reader->first_index;
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

void
story_walk(struct openreplay_story *story, const struct story_segment *segment)
{
    const struct story_body *body = &story->bodies[segment->body];
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
