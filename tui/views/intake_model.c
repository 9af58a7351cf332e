/* intake_model.c - what the Intake view asks and says.
 * SPDX-License-Identifier: MIT
 *
 * Its one wire is the emulator's GET /_obsview/events: the newest requests and EMF documents with
 * their verdicts, and /_obsview/events/ID with headers and body for the one under the cursor.
 * Personal data in them is masked by the emulator, since screens are looked at by others too. Its
 * answers are foreign: members of the wrong type are as good as absent. */
#include "config.h"

#include "base/json.h"
#include "tui/views/hit_words.h"
#include "tui/views/models.h"
#include "tui/views/parts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define NEWEST    500
#define FACTS_MAX (HIT_FACTS + 5)
#define SOURCE    "GET /_obsview/events"

static const char *
event_path(struct arena *arena, const char *id)
{
    return arena_printf(arena, "/_obsview/events/%s?mask=1", id);
}

static bool
is_id(const char *text)
{
    return *text != '\0' && strlen(text) < 20 && text[strspn(text, "0123456789")] == '\0';
}

static const cJSON *
list_of(const struct answer *answer)
{
    return answer == NULL ? NULL : json_get(answer->json, "events");
}

/* The request shown beside the list: the one entered, the one under the cursor, or the newest. */
static const char *
chosen_id(struct arena *arena, const struct view_query *q)
{
    const cJSON *list = list_of(snapshot_answer(q->snapshot, "intake"));
    const cJSON *newest;

    if (is_id(q->key))
        return q->key;
    if (is_id(q->cursor))
        return q->cursor;
    newest = cJSON_GetArrayItem(list, cJSON_GetArraySize(list) - 1);
    if (newest == NULL)
        return NULL;
    return arena_printf(arena, "%lld", (long long)json_get_int(newest, "id", 0));
}

void
intake_ask(struct ask_list *asks, const struct view_query *q)
{
    struct arena *arena = arena_new();
    const char *id = chosen_id(arena, q);

    ask_list_add(asks, &(struct ask){ .key = "intake",
                                      .kind = ASK_EMULATOR,
                                      .range = { .span_ms = q->range.span_ms },
                                      .path = arena_printf(
                                          arena, "/_obsview/events?limit=%d&mask=1", NEWEST) });
    if (id != NULL)
        ask_list_add(asks, &(struct ask){ .key = arena_printf(arena, "intake.%s", id),
                                          .kind = ASK_EMULATOR,
                                          .range = { .span_ms = 1, .to_ms = 1 },
                                          .path = event_path(arena, id) });
    arena_free(arena);
}

enum { TIME, KIND, METHOD, PATH, STATUS, SIZE, TOOK, VERDICT, COLUMNS };

/* clang-format off */
static const struct column columns[COLUMNS] = {
    [TIME] =    { .name = "time", .kind = CELL_TIME },
    [KIND] =    { .name = "source", .kind = CELL_TEXT, .priority = 3 },
    [METHOD] =  { .name = "method", .kind = CELL_TEXT, .priority = 2 },
    [PATH] =    { .name = "path", .kind = CELL_TEXT, .min_width = 14, .max_width = 40, .is_in_summary = true },
    [STATUS] =  { .name = "status", .kind = CELL_NUMBER, .quantity = QUANTITY_PLAIN, .priority = 1 },
    [SIZE] =    { .name = "size", .kind = CELL_NUMBER, .quantity = QUANTITY_BYTES, .priority = 3 },
    [TOOK] =    { .name = "took", .kind = CELL_NUMBER, .quantity = QUANTITY_MILLISECONDS, .priority = 4 },
    [VERDICT] = { .name = "verdict", .kind = CELL_TEXT, .min_width = 14, .is_flexible = true, .is_in_summary = true },
};
/* clang-format on */

static const char *
text_of(struct arena *arena, const cJSON *event, const char *key)
{
    return arena_strdup(arena, json_get_string(event, key, ""));
}

static enum level
event_level(const cJSON *event)
{
    double status = json_get_number(event, "status", 0);

    if (status >= 500)
        return LEVEL_BAD;
    return json_get_bool(event, "fault", false) || status >= 400 ? LEVEL_WARN : LEVEL_OK;
}

static const char *
verdict_of(struct arena *arena, const cJSON *event)
{
    const char *verdict = json_get_string(event, "verdict", "");
    const char *reason = json_get_string(event, "reason", "");

    if (*reason == '\0')
        return arena_strdup(arena, verdict);
    return arena_printf(arena, "%s (%s)", verdict, reason);
}

static void
fill_event(struct row *row, struct arena *arena, const cJSON *event)
{
    struct cell *cells = arena_alloc(arena, COLUMNS * sizeof *cells);
    double status = json_get_number(event, "status", 0);
    enum level level = event_level(event);

    cells[TIME] = cell_time(json_get_int(event, "timeMs", 0));
    cells[KIND] = cell_text(text_of(arena, event, "kind"), LEVEL_NONE);
    cells[METHOD] = cell_text(text_of(arena, event, "method"), LEVEL_NONE);
    cells[PATH] = cell_text(text_of(arena, event, "path"), LEVEL_NONE);
    if (status > 0)
        cells[STATUS] = cell_number(status, QUANTITY_PLAIN, LEVEL_NONE);
    cells[VERDICT] = cell_text(verdict_of(arena, event), level);
    cells[SIZE] =
        cell_number(json_get_number(event, "size", (double)NAN), QUANTITY_BYTES, LEVEL_NONE);
    cells[TOOK] = cell_number(json_get_number(event, "durationUs", (double)NAN) / 1000,
                              QUANTITY_MILLISECONDS, LEVEL_NONE);
    row->key = arena_printf(arena, "%lld", (long long)json_get_int(event, "id", 0));
    row->open_key = row->key;
    row->cells = cells;
    row->level = level == LEVEL_OK ? LEVEL_NONE : level;
}

static void
build_requests(struct panel *panel, struct arena *arena, const struct view_query *q)
{
    const struct answer *answer = snapshot_answer(q->snapshot, "intake");
    const cJSON *list = list_of(answer), *event;
    struct grid *grid = arena_alloc(arena, sizeof *grid);
    struct row *rows = arena_alloc(arena, ((size_t)cJSON_GetArraySize(list) + 1) * sizeof *rows);
    size_t faults = 0;

    *grid = (struct grid){ .name = "requests",
                           .columns = columns,
                           .column_count = COLUMNS,
                           .rows = rows,
                           .sort_column = TIME,
                           .is_tail = true,
                           .empty = "nothing has arrived yet" };
    cJSON_ArrayForEach(event, list)
    {
        if (!cJSON_IsObject(event))
            continue;
        fill_event(&rows[grid->row_count], arena, event);
        faults += rows[grid->row_count++].level != LEVEL_NONE;
    }
    panel->name = "requests";
    panel->title = "as they arrive";
    panel->note = arena_printf(arena, "newest %s, %s", count_text(arena, (double)grid->row_count),
                               counted(arena, (double)faults, "fault"));
    panel->grid = grid;
    panel_source(panel, SOURCE, q, answer);
}

static void
add_fact(struct panel *panel, struct fact *facts, const char *name, struct cell value)
{
    if (value.kind == CELL_EMPTY || (value.kind == CELL_TEXT && *value.text == '\0'))
        return;
    facts[panel->fact_count++] = (struct fact){ .name = name, .value = value };
}

/* One that was told apart; a batch as a whole was not, its members have lines of their own. */
static bool
is_hit(const cJSON *event)
{
    return hit_is(event) &&
           (*hit_detail(event, "Umami-Type") != '\0' || *hit_detail(event, "Umami-Rule") != '\0');
}

static const char *
headers_text(struct arena *arena, const cJSON *event, size_t *len)
{
    const cJSON *pair;
    const char *text;
    struct buf b;

    buf_init(&b, 65536);
    cJSON_ArrayForEach(pair, json_get(event, "headers"))
    {
        const char *name = cJSON_GetStringValue(cJSON_GetArrayItem(pair, 0));
        const char *value = cJSON_GetStringValue(cJSON_GetArrayItem(pair, 1));

        if (name != NULL && value != NULL && !(is_hit(event) && hit_is_detail(name)))
            buf_addf(&b, "%s: %s\n", name, value);
    }
    *len = b.len;
    text = arena_strndup(arena, b.data, b.len);
    buf_fini(&b);
    return text;
}

static bool
looks_like_json(const char *text)
{
    text += strspn(text, " \t\r\n");
    return *text == '{' || *text == '[';
}

/* A hit of Umami's tracker is told in its own words, any other request by its verdict. */
static void
add_facts(struct panel *panel, struct arena *arena, const cJSON *event)
{
    struct fact *facts = arena_alloc(arena, FACTS_MAX * sizeof *facts);

    panel->facts = facts;
    if (event == NULL)
        return;
    add_fact(panel, facts, "request",
             cell_text(arena_printf(arena, "%s %s", json_get_string(event, "method", ""),
                                    json_get_string(event, "path", "")),
                       LEVEL_NONE));
    if (is_hit(event))
        panel->fact_count += hit_facts(facts + panel->fact_count, arena, event);
    else
        add_fact(panel, facts, "verdict", cell_text(verdict_of(arena, event), event_level(event)));
    add_fact(panel, facts, "time", cell_time(json_get_int(event, "timeMs", 0)));
    add_fact(panel, facts, "from", cell_text(text_of(arena, event, "peer"), LEVEL_NONE));
    add_fact(panel, facts, "size",
             cell_number(json_get_number(event, "size", (double)NAN), QUANTITY_BYTES, LEVEL_NONE));
}

static void
add_passages(struct panel *panel, struct arena *arena, const cJSON *event)
{
    struct passage *passages = arena_alloc(arena, (HIT_PASSAGES + 2) * sizeof *passages);
    const char *body = text_of(arena, event, "body"), *headers;
    size_t len, count = is_hit(event) ? hit_passages(passages, arena, event) : 0;

    headers = headers_text(arena, event, &len);
    if (len > 0)
        passages[count++] = (struct passage){ .name = "headers", .text = headers, .len = len };
    passages[count++] = (struct passage){
        .name = "body", .text = body, .len = strlen(body), .is_json = looks_like_json(body)
    };
    panel->passages = passages;
    panel->passage_count = count;
}

static void
build_request(struct panel *panel, struct arena *arena, const struct view_query *q, const char *id)
{
    const struct answer *answer =
        snapshot_answer(q->snapshot, arena_printf(arena, "intake.%s", id));
    const cJSON *event = answer == NULL ? NULL : answer->json;

    panel->name = "request";
    panel->title = arena_printf(arena, "request %s", id);
    panel->note = json_get_bool(event, "bodyCut", false) ? "body cut" : NULL;
    add_facts(panel, arena, event);
    add_passages(panel, arena, event);
    panel_source(panel, SOURCE "/ID", q, answer);
    panel->pace_ms = 0; /* what has arrived does not change */
}

void
intake_build(struct model *out, struct arena *arena, const struct view_query *q)
{
    struct panel *panels = arena_alloc(arena, 2 * sizeof *panels);
    const char *id = chosen_id(arena, q);

    model_begin(out, q);
    build_requests(&panels[out->panel_count++], arena, q);
    if (id != NULL)
        build_request(&panels[out->panel_count++], arena, q, id);
    out->panels = panels;
}
