/* logs_model.c - what the Logs view asks and says.
 * SPDX-License-Identifier: MIT
 *
 * Wires, none of which has a price: DescribeLogGroups names the groups; FilterLogEvents gives the
 * newest lines of the group that was entered, or of the first few groups. A filter that is written
 * as a CloudWatch pattern ("{ $.level = ... }", "[ip, user]", "%regex%", "?ERROR ?WARN") goes with
 * it; any other filter works on what is here. Levels are counted over the lines that are here, and
 * structured lines are held against the schema (log_schema.h); a DEBUG line is a finding where the
 * environment is production. Queries of Logs Insights, which do have a price, stand in
 * insights_model.c. */
#include "config.h"

#include "base/json.h"
#include "domain/log_schema.h"
#include "tui/filter.h"
#include "tui/log_digest.h"
#include "tui/views/insights.h"
#include "tui/views/models.h"
#include "tui/views/parts.h"

#include <stdlib.h>
#include <string.h>

#define DAY_MS     86400000
#define GROUPS_MAX 200
#define TAILS_FREE 12 /* groups followed at once, on an emulator */
#define TAILS_PAID 4  /* and on AWS, which allows few such requests a second */
#define LINES_ONE  1000
#define LINES_EACH 200
#define SOURCE     "CloudWatch Logs FilterLogEvents"

/* The name without what all share: "checkout" of "/aws/lambda/checkout". */
static const char *
short_name(const char *group)
{
    const char *slash = strrchr(group, '/');

    return slash != NULL && slash[1] != '\0' ? slash + 1 : group;
}

static const char *
events_key(struct arena *arena, const char *group)
{
    return arena_printf(arena, "logs.%s", group);
}

/* The groups that are followed: the one entered, or the first few. */
struct tails {
    const char **groups;
    size_t count;
    size_t all; /* groups there are */
};

static void
find_tails(struct tails *tails, struct arena *arena, const struct view_query *q)
{
    const struct answer *groups = snapshot_answer(q->snapshot, "logs.groups");
    size_t most = q->snapshot != NULL && q->snapshot->is_emulator ? TAILS_FREE : TAILS_PAID;
    const char **wanted = wanted_groups(arena, q, groups, &tails->all);

    *tails = (struct tails){ .groups = arena_alloc(arena, (most + 1) * sizeof(const char *)),
                             .all = tails->all };
    if (*q->key != '\0')
        tails->groups[tails->count++] = q->key;
    for (size_t i = 0; *q->key == '\0' && i < tails->all && tails->count < most; i++)
        tails->groups[tails->count++] = wanted[i];
}

void
logs_ask(struct ask_list *asks, const struct view_query *q)
{
    struct arena *arena = arena_new();
    struct tails tails;

    find_tails(&tails, arena, q);
    ask_list_add(asks, &(struct ask){ .key = "logs.groups",
                                      .kind = ASK_LOG_GROUPS,
                                      .range = { .span_ms = DAY_MS },
                                      .pace_ms = 60000,
                                      .limit = GROUPS_MAX });
    for (size_t i = 0; i < tails.count; i++)
        ask_list_add(asks,
                     &(struct ask){ .key = events_key(arena, tails.groups[i]),
                                    .kind = ASK_LOG_EVENTS,
                                    .range = q->range,
                                    .group = tails.groups[i],
                                    .wants_live_tail = q->wants_live_tail && *q->key != '\0',
                                    .pattern = filter_is_pattern(q->filter) ? q->filter : NULL,
                                    .limit = *q->key != '\0' ? LINES_ONE : LINES_EACH });
    insights_ask(asks, q);
    arena_free(arena);
}

struct line {
    const struct log_entry *event;
    const struct log_digest *digest;
};

struct lines {
    struct line *list; /* ascending by time */
    size_t count;
    bool is_partial;
};

static int
by_time(const void *a, const void *b)
{
    const struct log_entry *x = ((const struct line *)a)->event;
    const struct log_entry *y = ((const struct line *)b)->event;
    int by_group;

    if (x->time_ms != y->time_ms)
        return x->time_ms < y->time_ms ? -1 : 1;
    by_group = strcmp(x->group, y->group);
    if (by_group != 0)
        return by_group;
    return x < y ? -1 : x > y; /* as their answer has them */
}

static void
find_lines(struct lines *lines, struct arena *arena, const struct view_query *q,
           const struct tails *tails)
{
    size_t most = 0;

    *lines = (struct lines){ .list = NULL };
    for (size_t i = 0; i < tails->count; i++) {
        const struct answer *a = snapshot_answer(q->snapshot, events_key(arena, tails->groups[i]));

        most += a == NULL ? 0 : a->event_count;
    }
    lines->list = arena_alloc(arena, (most + 1) * sizeof *lines->list);
    for (size_t i = 0; i < tails->count; i++) {
        const struct answer *a = snapshot_answer(q->snapshot, events_key(arena, tails->groups[i]));

        for (size_t k = 0; a != NULL && k < a->event_count; k++)
            lines->list[lines->count++] =
                (struct line){ &a->events[k], log_digest_of(arena, &a->events[k]) };
        lines->is_partial |= a != NULL && a->is_partial;
    }
    if (lines->count > 1)
        qsort(lines->list, lines->count, sizeof *lines->list, by_time);
}

/* --- their findings --- */

static bool
is_production(const struct view_query *q)
{
    const char *name = q->snapshot == NULL ? "" : q->snapshot->environment;

    return strncmp(name, "prod", 4) == 0 || strcmp(name, "live") == 0;
}

static unsigned
findings_of(const struct view_query *q, const struct line *line)
{
    return line->digest->broken & (is_production(q) ? ~0u : ~(1u << LOG_DEBUG_IN_PROD));
}

static size_t
count_findings(const struct view_query *q, const struct lines *lines)
{
    size_t count = 0;

    for (size_t i = 0; i < lines->count; i++)
        count += findings_of(q, &lines->list[i]) != 0;
    return count;
}

/* --- the lines --- */

enum { TIME, LEVEL, GROUP, MESSAGE, COLUMNS };

/* clang-format off */
static const struct column columns[COLUMNS] = {
    [TIME] =    { .name = "time", .kind = CELL_TIME },
    [LEVEL] =   { .name = "level", .kind = CELL_TEXT, .priority = 1, .min_width = 5 },
    [GROUP] =   { .name = "group", .kind = CELL_TEXT, .priority = 2, .max_width = 24 },
    [MESSAGE] = { .name = "message", .kind = CELL_TEXT, .min_width = 20, .is_flexible = true, .is_in_summary = true },
};
/* clang-format on */

static enum level
level_of(enum line_level level)
{
    if (level == LINE_ERROR)
        return LEVEL_BAD;
    return level == LINE_WARN ? LEVEL_WARN : LEVEL_NONE;
}

static const char *
key_of(struct arena *arena, const struct log_entry *e)
{
    return *e->id != '\0' ? e->id
                          : arena_printf(arena, "%s %lld", e->stream, (long long)e->time_ms);
}

static void
fill_line(struct row *row, struct arena *arena, const struct view_query *q, const struct line *line)
{
    struct cell *cells = arena_alloc(arena, COLUMNS * sizeof *cells);
    const struct log_entry *e = line->event;

    cells[TIME] = cell_time(e->time_ms);
    cells[LEVEL] = cell_text(line_level_name(line->digest->level),
                             findings_of(q, line) != 0 ? LEVEL_WARN : LEVEL_NONE);
    cells[GROUP] = cell_text(short_name(e->group), LEVEL_NONE);
    cells[MESSAGE] = cell_text(line->digest->line, LEVEL_NONE);
    *row = (struct row){ .key = key_of(arena, e),
                         .cells = cells,
                         .level = level_of(line->digest->level) };
    if (e->is_gap) {
        cells[LEVEL] = cell_text("gap", LEVEL_WARN);
        row->level = LEVEL_WARN;
    }
}

static const char *
lines_title(struct arena *arena, const struct view_query *q, const struct tails *tails)
{
    if (*q->key != '\0' || tails->count == 0) /* what was entered stands before it */
        return "lines";
    if (tails->all <= 1)
        return tails->groups[0];
    return arena_printf(arena, "%s +%zu", tails->groups[0], tails->count - 1);
}

static void
add_sources(struct panel *panel, struct arena *arena, const struct view_query *q,
            const struct tails *tails)
{
    panel_source(panel, SOURCE, q, snapshot_answer(q->snapshot, "logs.groups"));
    for (size_t i = 0; i < tails->count; i++)
        panel_source(panel, SOURCE, q,
                     snapshot_answer(q->snapshot, events_key(arena, tails->groups[i])));
}

static const char *
lines_note(struct arena *arena, const struct view_query *q, const struct lines *lines)
{
    size_t off = count_findings(q, lines);
    const char *all = arena_printf(arena, "%s%s", lines->is_partial ? "newest " : "",
                                   counted(arena, (double)lines->count, "line"));

    if (off > 0)
        all = arena_printf(arena, "%s, %zu off the schema", all, off);
    return q->wants_live_tail ? arena_printf(arena, "live tail  %s", all) : all;
}

static void
build_lines(struct panel *panel, struct arena *arena, const struct view_query *q,
            const struct tails *tails, const struct lines *lines)
{
    struct grid *grid = arena_alloc(arena, sizeof *grid);
    struct row *rows = arena_alloc(arena, (lines->count + 1) * sizeof *rows);

    for (size_t i = 0; i < lines->count; i++)
        fill_line(&rows[i], arena, q, &lines->list[i]);
    *grid = (struct grid){ .name = "lines",
                           .columns = columns,
                           .column_count = COLUMNS,
                           .rows = rows,
                           .row_count = lines->count,
                           .sort_column = TIME,
                           .is_tail = true,
                           .empty = tails->count == 0 ? "there is no log group yet"
                                                      : "no lines in this range" };
    panel->name = "lines";
    panel->title = lines_title(arena, q, tails);
    panel->note = lines_note(arena, q, lines);
    panel->grid = grid;
    add_sources(panel, arena, q, tails);
}

/* --- the line under the cursor --- */

static const struct line *
line_under_cursor(struct arena *arena, const struct view_query *q, const struct lines *lines)
{
    for (size_t i = lines->count; i > 0; i--) {
        const struct line *line = &lines->list[i - 1];

        if (*q->cursor == '\0' || strcmp(key_of(arena, line->event), q->cursor) == 0)
            return line;
    }
    return NULL;
}

/* "level-case: level is in lower case, ..." a line, to be wrapped and scrolled through. */
static const char *
findings_text(struct arena *arena, unsigned broken, size_t *count)
{
    const char *text = "";

    *count = 0;
    for (int rule = 0; rule < LOG_RULES; rule++) {
        if ((broken & 1u << rule) == 0)
            continue;
        text = arena_printf(arena, "%s%s%s: %s", text, *count > 0 ? "\n" : "", log_rule_name(rule),
                            log_rule_sentence(rule));
        (*count)++;
    }
    return text;
}

static void
build_line(struct panel *panel, struct arena *arena, const struct view_query *q,
           const struct line *line)
{
    struct passage *passages = arena_alloc(arena, 2 * sizeof *passages);
    const struct log_digest *digest = line->digest;
    size_t findings;
    const char *text = findings_text(arena, findings_of(q, line), &findings);

    if (findings > 0)
        passages[panel->passage_count++] =
            (struct passage){ .name = "findings", .text = text, .len = strlen(text) };
    if (digest->is_json)
        passages[panel->passage_count++] = (struct passage){ .name = "message",
                                                             .text = line->event->message,
                                                             .len = line->event->message_len,
                                                             .is_json = true };
    else
        passages[panel->passage_count++] = (struct passage){ .name = "message",
                                                             .text = digest->text,
                                                             .len = strlen(digest->text) };
    panel->name = "line";
    panel->title = "line";
    panel->note = findings > 0        ? counted(arena, (double)findings, "finding")
                  : digest->is_judged ? "keeps the schema"
                                      : NULL;
    panel->passages = passages;
}

/* --- their levels --- */

enum { LEVEL_NAME, LEVEL_COUNT, LEVEL_TREND, LEVEL_COLUMNS };

/* clang-format off */
static const struct column level_columns[LEVEL_COLUMNS] = {
    [LEVEL_NAME] =  { .name = "level", .kind = CELL_TEXT, .is_in_summary = true },
    [LEVEL_COUNT] = { .name = "lines", .kind = CELL_NUMBER, .quantity = QUANTITY_COUNT, .is_in_summary = true },
    [LEVEL_TREND] = { .name = "trend", .kind = CELL_TREND, .min_width = 10, .is_flexible = true },
};
/* clang-format on */

static void
build_levels(struct panel *panel, struct arena *arena, const struct view_query *q,
             const struct tails *tails, const struct lines *lines)
{
    static const enum line_level order[] = { LINE_ERROR, LINE_WARN, LINE_INFO, LINE_DEBUG,
                                             LINE_PLAIN };
    struct grid *grid = arena_alloc(arena, sizeof *grid);
    struct row *rows = arena_alloc(arena, LINE_LEVELS * sizeof *rows);
    int64_t *times = arena_alloc(arena, (lines->count + 1) * sizeof *times);

    *grid = (struct grid){ .name = "levels",
                           .columns = level_columns,
                           .column_count = LEVEL_COLUMNS,
                           .rows = rows,
                           .sort_column = -1,
                           .empty = "no lines in this range" };
    for (size_t k = 0; k < sizeof order / sizeof order[0]; k++) {
        const char *name = order[k] == LINE_PLAIN ? "other" : line_level_name(order[k]);
        struct cell *cells = arena_alloc(arena, LEVEL_COLUMNS * sizeof *cells);
        size_t n = 0;

        for (size_t i = 0; i < lines->count; i++) {
            if (lines->list[i].digest->level == order[k])
                times[n++] = lines->list[i].event->time_ms;
        }
        if (n == 0)
            continue;
        cells[LEVEL_NAME] = cell_text(name, LEVEL_NONE);
        cells[LEVEL_COUNT] = cell_number((double)n, QUANTITY_COUNT, level_of(order[k]));
        cells[LEVEL_TREND] = cell_trend(count_series(arena, q, name, times, n));
        rows[grid->row_count++] =
            (struct row){ .key = name, .cells = cells, .level = level_of(order[k]) };
    }
    panel->name = "levels";
    panel->title = "levels";
    panel->grid = grid;
    add_sources(panel, arena, q, tails);
}

/* --- the groups --- */

enum { GROUP_NAME, GROUP_LINES, GROUP_ERRORS, GROUP_LAST, GROUP_BYTES, GROUP_COLUMNS };

/* clang-format off */
static const struct column group_columns[GROUP_COLUMNS] = {
    [GROUP_NAME] =   { .name = "log group", .kind = CELL_TEXT, .min_width = 16, .is_flexible = true, .is_in_summary = true },
    [GROUP_LINES] =  { .name = "lines", .kind = CELL_NUMBER, .quantity = QUANTITY_COUNT, .priority = 1 },
    [GROUP_ERRORS] = { .name = "errors", .kind = CELL_NUMBER, .quantity = QUANTITY_COUNT, .priority = 2 },
    [GROUP_LAST] =   { .name = "last", .kind = CELL_TIME, .priority = 2 },
    [GROUP_BYTES] =  { .name = "stored", .kind = CELL_NUMBER, .quantity = QUANTITY_BYTES, .priority = 3 },
};
/* clang-format on */

static void
fill_group(struct row *row, struct arena *arena, const struct view_query *q,
           const struct described_group *group)
{
    const struct answer *events = snapshot_answer(q->snapshot, events_key(arena, group->name));
    struct cell *cells = arena_alloc(arena, GROUP_COLUMNS * sizeof *cells);
    size_t errors = 0;

    cells[GROUP_NAME] = cell_text(group->name, LEVEL_NONE);
    cells[GROUP_BYTES] = cell_number((double)group->stored_bytes, QUANTITY_BYTES, LEVEL_NONE);
    *row = (struct row){ .key = group->name, .cells = cells, .open_key = group->name };
    if (events == NULL || events->got_ms == 0)
        return;
    for (size_t i = 0; i < events->event_count; i++)
        errors += log_digest_of(arena, &events->events[i])->level == LINE_ERROR;
    cells[GROUP_LINES] = cell_number((double)events->event_count, QUANTITY_COUNT, LEVEL_NONE);
    cells[GROUP_ERRORS] =
        cell_number((double)errors, QUANTITY_COUNT, errors > 0 ? LEVEL_BAD : LEVEL_NONE);
    if (events->event_count > 0)
        cells[GROUP_LAST] = cell_age(events->events[events->event_count - 1].time_ms);
    row->level = errors > 0 ? LEVEL_BAD : LEVEL_NONE;
}

static void
build_groups(struct panel *panel, struct arena *arena, const struct view_query *q)
{
    const struct answer *answer = snapshot_answer(q->snapshot, "logs.groups");
    size_t most = answer == NULL ? 0 : answer->group_count, count = 0;
    struct grid *grid = arena_alloc(arena, sizeof *grid);
    struct row *rows = arena_alloc(arena, (most + 1) * sizeof *rows);

    for (size_t i = 0; answer != NULL && i < answer->group_count; i++) {
        if (q->names == NULL || name_is_wanted(q->names->log_groups, answer->groups[i].name))
            fill_group(&rows[count++], arena, q, &answer->groups[i]);
    }
    *grid = (struct grid){ .name = "groups",
                           .columns = group_columns,
                           .column_count = GROUP_COLUMNS,
                           .rows = rows,
                           .row_count = count,
                           .sort_column = -1,
                           .empty = "there is no log group yet" };
    panel->name = "groups";
    panel->title = "log groups";
    panel->note = counted(arena, (double)count, "group");
    panel->grid = grid;
    panel_source(panel, "CloudWatch Logs DescribeLogGroups", q, answer);
}

void
logs_build(struct model *out, struct arena *arena, const struct view_query *q)
{
    struct panel *panels = arena_alloc(arena, 5 * sizeof *panels);
    const struct line *line;
    struct tails tails;
    struct lines lines;

    model_begin(out, q);
    find_tails(&tails, arena, q);
    find_lines(&lines, arena, q, &tails);
    build_lines(&panels[0], arena, q, &tails, &lines);
    out->panels = panels;
    out->panel_count = 1;
    if (insights_build(&panels[out->panel_count], arena, q))
        out->panel_count++;
    build_levels(&panels[out->panel_count++], arena, q, &tails, &lines);
    build_groups(&panels[out->panel_count++], arena, q);
    line = line_under_cursor(arena, q, &lines);
    if (line != NULL)
        build_line(&panels[out->panel_count++], arena, q, line);
}
