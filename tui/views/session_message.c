/* session_message.c - the message under the cursor, field by field.
 * SPDX-License-Identifier: MIT
 *
 * A recording may hold what people typed; the screen may not. Each field is shown as the table of
 * messages says it may be: values and attributes as their shapes, prose and addresses starred. */
#include "config.h"

#include "domain/openreplay_shape.h"
#include "tui/format.h"
#include "tui/views/parts.h"
#include "tui/views/sessions.h"

#include <inttypes.h>
#include <string.h>

#define FACTS_MAX  (OPENREPLAY_FIELDS_MAX + 12)
#define TEXT_ROOM  8192
#define PROSE_MOST 400 /* columns of a field */

static void
add_fact(struct panel *panel, const char *name, const char *text, enum level level)
{
    struct fact *facts = (struct fact *)(uintptr_t)panel->facts;

    if (text != NULL && *text != '\0' && panel->fact_count < FACTS_MAX)
        facts[panel->fact_count++] = (struct fact){ .name = name, .value = cell_text(text, level) };
}

static void
add_number(struct panel *panel, struct arena *arena, const char *name, double number)
{
    add_fact(panel, name, count_text(arena, number), LEVEL_NONE);
}

/* --- a message --- */

/* The value itself; a label beside it is the page's. */
static bool
is_typed(const struct openreplay_layout *layout, const struct openreplay_field *field)
{
    return (layout->kind == OPENREPLAY_INPUT || layout->kind == OPENREPLAY_SELECTION) &&
           strcmp(field->name, "label") != 0;
}

static const char *
text_of(struct arena *arena, const struct openreplay_layout *layout,
        const struct openreplay_field *field, struct openreplay_text text)
{
    enum openreplay_privacy privacy = field->privacy;
    const char *kept;
    struct buf b;

    buf_init(&b, TEXT_ROOM);
    if (privacy == OPENREPLAY_URL)
        openreplay_shape_url(&b, text, (struct openreplay_text){ "", 0 }, false);
    else if (privacy == OPENREPLAY_ATTRIBUTE || privacy == OPENREPLAY_IDENTITY ||
             (privacy == OPENREPLAY_PROSE && is_typed(layout, field)))
        openreplay_shape_value(&b, text, false);
    else
        openreplay_shape_prose(&b, text, PROSE_MOST, false);
    kept = arena_strndup(arena, b.data, b.len);
    buf_fini(&b);
    return kept;
}

static void
add_field(struct panel *panel, struct arena *arena, const struct openreplay_message *message,
          unsigned i)
{
    const struct openreplay_field *field = &message->layout->fields[i];
    const union openreplay_value *value = &message->values[i];

    switch (field->type) {
    case OPENREPLAY_TEXT:
        add_fact(panel, field->name, text_of(arena, message->layout, field, value->text),
                 LEVEL_NONE);
        break;
    case OPENREPLAY_UINT:
        add_fact(panel, field->name, arena_printf(arena, "%" PRIu64, value->u), LEVEL_NONE);
        break;
    case OPENREPLAY_INT:
        add_fact(panel, field->name, arena_printf(arena, "%" PRId64, value->i), LEVEL_NONE);
        break;
    case OPENREPLAY_BOOL:
        add_fact(panel, field->name, value->b ? "true" : "false", LEVEL_NONE);
        break;
    }
}

static void
add_message(struct panel *panel, const struct session_look *look, const struct session_event *event)
{
    const struct openreplay_line *line = event->line;
    struct openreplay_message message;
    struct arena *arena = look->arena;

    add_fact(panel, openreplay_kind_name(line->kind), line->text, event->level);
    add_fact(panel, "element", line->element, LEVEL_NONE);
    add_fact(panel, "on", line->page, LEVEL_NONE);
    if (look->told->summary.tabs > 1)
        add_fact(panel, "tab", line->tab, LEVEL_NONE);
    if (line->repeated > 1)
        add_number(panel, arena, "messages", line->repeated);
    if (line->kind == OPENREPLAY_ERROR) {
        const char *why = NULL, *group = session_error_group(look, event, &why);

        add_fact(panel, "group", group != NULL ? group : why, LEVEL_NONE);
    }
    if (!recording_message(&message, look->told, line) || message.layout == NULL)
        return;
    panel->title = message.layout->name;
    for (unsigned i = 0; i < message.layout->field_count; i++)
        add_field(panel, arena, &message, i);
}

/* --- a finding --- */

static void
add_finding(struct panel *panel, struct arena *arena, const struct pii_finding *f)
{
    panel->title = arena_printf(arena, "leak: %s", f->kind);
    add_fact(panel, "kind", f->kind, LEVEL_BAD);
    add_fact(panel, "severity", pii_severity_name(f->severity), LEVEL_NONE);
    add_fact(panel, "shape", f->shape, LEVEL_NONE);
    add_fact(panel, "element", f->element, LEVEL_NONE);
    add_fact(panel, "in",
             arena_printf(arena, "%s.%s", f->message == NULL ? "?" : f->message,
                          f->field == NULL ? "?" : f->field),
             LEVEL_NONE);
    add_fact(panel, "by way of", pii_way_name(f->way), LEVEL_NONE);
    add_fact(panel, "rule", f->rule, LEVEL_NONE);
    add_fact(panel, "on", f->page, LEVEL_NONE);
    if (f->count > 1)
        add_number(panel, arena, "times", f->count);
    add_fact(panel, "would mask it", f->advice, LEVEL_NONE);
}

void
session_message_build(struct panel *panel, const struct session_look *look)
{
    const struct session_event *event = look->at;
    char at[FORMAT_TEXT];

    panel->facts = arena_alloc(look->arena, FACTS_MAX * sizeof *panel->facts);
    panel->name = "message";
    panel->title = "message";
    format_offset(at, event->time_ms - look->from_ms, true);
    panel->note = arena_printf(look->arena, "at %s", at);
    if (event->line != NULL)
        add_message(panel, look, event);
    else
        add_finding(panel, look->arena, event->finding);
    panel_source(panel, event->line != NULL ? "S3 GetObject" : PII_LOG_GROUP, look->q,
                 look->answer);
    panel->pace_ms = 0;
}
