/* errors_model.c - what the Errors view asks and says.
 * SPDX-License-Identifier: MIT
 *
 * One wire feeds every column: FilterLogEvents over the log group of the error reporter, for
 * structured lines of level ERROR; it has no price. Lines are grouped here by fingerprint. What is
 * new an emulator's store knows (first_seen.h); for an account a day is asked for even when less is
 * shown, and a group is new when nothing of it is known from before the range, and the known lines
 * reach back that far. */
#include "config.h"

#include "domain/error_report.h"
#include "domain/stack_frame.h"
#include "tui/log_digest.h"
#include "tui/views/error_sessions.h"
#include "tui/views/first_seen.h"
#include "tui/views/models.h"
#include "tui/views/parts.h"

#include <stdlib.h>
#include <string.h>

#define DAY_MS      86400000
#define LINES_MAX   2000
#define FRAMES_MAX  100
#define TALLIES_MAX 32 /* routes, browsers, sessions told apart in a group */
#define SUFFIX      "error-reporter"
#define PATTERN     "{ $.level = \"ERROR\" }"
#define SOURCE      "CloudWatch Logs FilterLogEvents"

struct occurrence {
    const struct log_entry *event;
    const struct error_seen *error;
};

/* How often each of a few texts occurred. */
struct tally {
    struct {
        const char *text;
        size_t count;
    } items[TALLIES_MAX];
    size_t count;
    size_t others; /* distinct ones there was no room for are counted once each time */
};

struct group {
    uint64_t id;
    const struct error_seen *newest;
    size_t count; /* in the range */
    int64_t first_ms;
    int64_t last_ms;
    bool is_sure; /* of first_ms: else it may have been there before */
    bool is_new;
    struct tally sessions;
};

struct errors {
    struct arena *arena;
    struct occurrence *list; /* ascending by time */
    size_t count;
    struct group *groups; /* newest first */
    size_t group_count;
    size_t in_range;
    size_t new_count;
    const char *within; /* what "new" holds for: " in 24 h"; "" when that is for ever */
};

/* The error reporter's log group: by its usual name, or found among the groups by how it ends. */
static const char *
reporter_group(const struct view_query *q)
{
    const struct answer *groups = snapshot_answer(q->snapshot, "errors.groups");

    for (size_t i = 0; groups != NULL && i < groups->group_count; i++) {
        const char *name = groups->groups[i].name;
        size_t len = strlen(name);

        if (len >= strlen(SUFFIX) && strcmp(name + len - strlen(SUFFIX), SUFFIX) == 0)
            return name;
    }
    return NULL;
}

void
errors_ask_reports(struct ask_list *asks, const struct view_query *q)
{
    const char *group = reporter_group(q);
    int64_t span_ms = q->range.span_ms > DAY_MS ? q->range.span_ms : DAY_MS;

    ask_list_add(asks, &(struct ask){ .key = "errors.groups",
                                      .kind = ASK_LOG_GROUPS,
                                      .range = { .span_ms = DAY_MS },
                                      .pace_ms = 300000,
                                      .prefix = "/aws/lambda/" });
    if (group != NULL)
        ask_list_add(asks, &(struct ask){ .key = "errors.events",
                                          .kind = ASK_LOG_EVENTS,
                                          .range = { .span_ms = span_ms, .to_ms = q->range.to_ms },
                                          .group = group,
                                          .pattern = PATTERN,
                                          .limit = LINES_MAX });
    if (group != NULL)
        first_seen_ask(asks, q);
}

/* --- grouping --- */

static void
tally_add(struct tally *tally, const char *text)
{
    if (*text == '\0')
        return;
    for (size_t i = 0; i < tally->count; i++) {
        if (strcmp(tally->items[i].text, text) == 0) {
            tally->items[i].count++;
            return;
        }
    }
    if (tally->count == TALLIES_MAX) {
        tally->others++;
        return;
    }
    tally->items[tally->count].text = text;
    tally->items[tally->count++].count = 1;
}

/* "/checkout 20  /cart 1", the most frequent first. */
static const char *
tally_text(struct arena *arena, struct tally *tally)
{
    const char *text = "";

    for (size_t shown = 0; shown < tally->count && shown < 5; shown++) {
        size_t best = shown;

        for (size_t i = shown + 1; i < tally->count; i++) {
            if (tally->items[i].count > tally->items[best].count)
                best = i;
        }
        if (best != shown) {
            const char *t = tally->items[shown].text;
            size_t n = tally->items[shown].count;

            tally->items[shown] = tally->items[best];
            tally->items[best].text = t;
            tally->items[best].count = n;
        }
        text = arena_printf(arena, "%s%s%s %zu", text, shown > 0 ? "  " : "",
                            tally->items[shown].text, tally->items[shown].count);
    }
    if (tally->count > 5 || tally->others > 0)
        text = arena_printf(arena, "%s  and more", text);
    return text;
}

static struct group *
group_of(struct errors *errors, const struct error_seen *error)
{
    struct group *group;

    for (size_t i = 0; i < errors->group_count; i++) {
        if (errors->groups[i].id == error->group)
            return &errors->groups[i];
    }
    group = &errors->groups[errors->group_count++];
    *group = (struct group){ .id = error->group };
    return group;
}

static void
take_occurrence(struct errors *errors, const struct view_query *q, const struct log_entry *event,
                const struct error_seen *error)
{
    struct group *group = group_of(errors, error);

    errors->list[errors->count++] = (struct occurrence){ event, error };
    if (group->first_ms == 0 || event->time_ms < group->first_ms)
        group->first_ms = event->time_ms;
    if (event->time_ms >= group->last_ms) {
        group->last_ms = event->time_ms;
        group->newest = error;
    }
    if (event->time_ms < view_query_from_ms(q) || event->time_ms >= view_query_to_ms(q) + 60000)
        return;
    group->count++;
    errors->in_range++;
    tally_add(&group->sessions, error->session);
}

static int
newest_first(const void *a, const void *b)
{
    const struct group *x = a, *y = b;

    if (x->last_ms != y->last_ms)
        return x->last_ms > y->last_ms ? -1 : 1;
    return x->id < y->id ? -1 : x->id > y->id;
}

/* Only those of the range stay. */
static void
keep_groups(struct errors *errors, const struct view_query *q, const struct answer *lines)
{
    struct first_seen seen;
    size_t kept = 0;

    first_seen_init(&seen, errors->arena, q, lines);
    errors->within = "";
    for (size_t i = 0; i < errors->group_count; i++) {
        struct group *group = &errors->groups[i];
        const char *id = group->newest->group_text;

        if (group->count == 0)
            continue;
        group->is_new = first_seen_is_new(&seen, q, id, group->first_ms);
        group->is_sure = first_seen_find(&seen, id, &group->first_ms);
        errors->new_count += group->is_new;
        if (group->is_new && !group->is_sure)
            errors->within = first_seen_within(&seen, q, errors->arena);
        errors->groups[kept++] = *group;
    }
    errors->group_count = kept;
    if (kept > 1)
        qsort(errors->groups, kept, sizeof *errors->groups, newest_first);
}

static void
find_errors(struct errors *errors, struct arena *arena, const struct view_query *q)
{
    const struct answer *answer = snapshot_answer(q->snapshot, "errors.events");
    size_t most = answer == NULL ? 0 : answer->event_count;

    *errors = (struct errors){ .arena = arena };
    errors->list = arena_alloc(arena, (most + 1) * sizeof *errors->list);
    errors->groups = arena_alloc(arena, (most + 1) * sizeof *errors->groups);
    for (size_t i = 0; i < most; i++) {
        const struct log_digest *digest = log_digest_of(arena, &answer->events[i]);

        if (digest->error != NULL)
            take_occurrence(errors, q, &answer->events[i], digest->error);
    }
    keep_groups(errors, q, answer);
}

/* --- the groups --- */

enum {
    GROUP_ID,
    GROUP_COUNT,
    GROUP_USERS,
    GROUP_FIRST,
    GROUP_LAST,
    GROUP_WHERE,
    GROUP_MESSAGE,
    GROUP_COLUMNS
};

/* clang-format off */
static const struct column group_columns[GROUP_COLUMNS] = {
    [GROUP_ID] =      { .name = "id", .kind = CELL_TEXT, .priority = 2, .min_width = 4, .max_width = 4 },
    [GROUP_COUNT] =   { .name = "n", .kind = CELL_NUMBER, .quantity = QUANTITY_COUNT, .is_in_summary = true },
    [GROUP_USERS] =   { .name = "users", .kind = CELL_NUMBER, .quantity = QUANTITY_COUNT, .priority = 3 },
    [GROUP_FIRST] =   { .name = "first", .kind = CELL_TIME, .priority = 3 },
    [GROUP_LAST] =    { .name = "last", .kind = CELL_TIME, .priority = 1 },
    [GROUP_WHERE] =   { .name = "where", .kind = CELL_TEXT, .priority = 2 },
    [GROUP_MESSAGE] = { .name = "message", .kind = CELL_TEXT, .min_width = 16, .is_flexible = true, .is_in_summary = true },
};
/* clang-format on */

static const char *
headline(struct arena *arena, const struct error_seen *error)
{
    size_t len = strlen(error->type);

    if (len == 0)
        return error->message;
    if (strncmp(error->message, error->type, len) == 0 && error->message[len] == ':')
        return error->message;
    return arena_printf(arena, "%s: %s", error->type, error->message);
}

static const char *
where_text(const struct error_seen *error)
{
    return error->is_browser ? "browser" : "lambda";
}

static struct cell
first_cell(const struct group *group)
{
    struct cell cell = cell_time(group->first_ms);

    cell.is_latest = !group->is_sure;
    return cell;
}

static void
fill_group(struct row *row, struct arena *arena, const struct group *group)
{
    struct cell *cells = arena_alloc(arena, GROUP_COLUMNS * sizeof *cells);
    double users = (double)(group->sessions.count + group->sessions.others);

    cells[GROUP_ID] = cell_text(arena_strndup(arena, group->newest->group_text, 4), LEVEL_NONE);
    cells[GROUP_COUNT] = cell_number((double)group->count, QUANTITY_COUNT, LEVEL_NONE);
    if (users > 0)
        cells[GROUP_USERS] = cell_number(users, QUANTITY_COUNT, LEVEL_NONE);
    cells[GROUP_FIRST] = first_cell(group);
    cells[GROUP_LAST] = cell_age(group->last_ms);
    cells[GROUP_WHERE] = cell_text(where_text(group->newest), LEVEL_NONE);
    cells[GROUP_MESSAGE] = cell_text(headline(arena, group->newest), LEVEL_NONE);
    *row = (struct row){ .key = group->newest->group_text,
                         .cells = cells,
                         .level = group->is_new ? LEVEL_WARN : LEVEL_NONE,
                         .is_new = group->is_new,
                         .open_key = group->newest->group_text };
}

/* The log groups are known, and nobody has reported errors to any of them. */
static bool
lacks_reporter(const struct view_query *q)
{
    const struct answer *groups = snapshot_answer(q->snapshot, "errors.groups");

    return groups != NULL && groups->got_ms != 0 && reporter_group(q) == NULL;
}

static const char *
no_errors(const struct view_query *q)
{
    if (lacks_reporter(q) && q->snapshot->is_emulator)
        return "no error yet: pages report theirs to POST /errors/report";
    if (lacks_reporter(q))
        return "no log group of /aws/lambda/ ends in \"" SUFFIX "\", so no page reports its "
               "errors here; the Logs view shows the lines of all groups";
    return "no errors in this range";
}

static void
build_groups(struct panel *panel, const struct view_query *q, const struct errors *errors)
{
    struct arena *arena = errors->arena;
    const struct answer *answer = snapshot_answer(q->snapshot, "errors.events");
    struct grid *grid = arena_alloc(arena, sizeof *grid);
    struct row *rows = arena_alloc(arena, (errors->group_count + 1) * sizeof *rows);

    for (size_t i = 0; i < errors->group_count; i++)
        fill_group(&rows[i], arena, &errors->groups[i]);
    *grid = (struct grid){ .name = "groups",
                           .columns = group_columns,
                           .column_count = GROUP_COLUMNS,
                           .rows = rows,
                           .row_count = errors->group_count,
                           .sort_column = GROUP_LAST,
                           .sort_descending = true,
                           .empty = no_errors(q) };
    panel->name = "groups";
    panel->title = "groups";
    if (lacks_reporter(q))
        panel->note = q->snapshot->is_emulator ? NULL : "no error reporter";
    else
        panel->note =
            arena_printf(arena, "%s, %s%s%s", counted(arena, (double)errors->group_count, "group"),
                         counted(arena, (double)errors->in_range, "event"),
                         answer != NULL && answer->is_partial ? ", newest only" : "",
                         errors->new_count > 0
                             ? arena_printf(arena, ", %zu new%s", errors->new_count, errors->within)
                             : "");
    panel->grid = grid;
    panel_source(panel, SOURCE, q, snapshot_answer(q->snapshot, "errors.groups"));
    if (reporter_group(q) != NULL)
        panel_source(panel, SOURCE, q, answer);
}

/* --- one group --- */

static void
add_fact(struct panel *panel, struct fact *facts, const char *name, struct cell value)
{
    if (value.kind == CELL_EMPTY || (value.kind == CELL_TEXT && *value.text == '\0'))
        return;
    facts[panel->fact_count++] = (struct fact){ .name = name, .value = value };
}

static const struct group *
chosen_group(const struct view_query *q, const struct errors *errors)
{
    const char *wanted = *q->key != '\0' ? q->key : q->cursor;

    for (size_t i = 0; i < errors->group_count; i++) {
        if (strcmp(errors->groups[i].newest->group_text, wanted) == 0)
            return &errors->groups[i];
    }
    return errors->group_count > 0 && *q->key == '\0' ? &errors->groups[0] : NULL;
}

static void
build_group(struct panel *panel, const struct view_query *q, const struct errors *errors,
            const struct group *group)
{
    struct arena *arena = errors->arena;
    const struct error_seen *error = group->newest;
    struct fact *facts = arena_alloc(arena, 12 * sizeof *facts);
    struct chart *chart = arena_alloc(arena, sizeof *chart);
    int64_t *times = arena_alloc(arena, (errors->count + 1) * sizeof *times);
    struct tally routes = { .count = 0 }, browsers = { .count = 0 }, sessions = group->sessions;
    size_t n = 0;

    for (size_t i = 0; i < errors->count; i++) {
        const struct occurrence *o = &errors->list[i];

        if (o->error->group != group->id || o->event->time_ms < view_query_from_ms(q))
            continue;
        times[n++] = o->event->time_ms;
        tally_add(&routes, o->error->route);
        tally_add(&browsers, o->error->browser);
    }
    panel->name = "group";
    panel->title = arena_strndup(arena, error->group_text, 4);
    if (group->is_new)
        panel->note =
            group->is_sure ? "new in this range" : arena_printf(arena, "new%s", errors->within);
    panel->facts = facts;
    add_fact(panel, facts, "type", cell_text(error->type, LEVEL_NONE));
    add_fact(panel, facts, "message", cell_text(error->message, LEVEL_NONE));
    add_fact(panel, facts, "frame", cell_text(error->frame, LEVEL_NONE));
    add_fact(panel, facts, "first", first_cell(group));
    add_fact(panel, facts, "last", cell_time(group->last_ms));
    add_fact(panel, facts, "routes", cell_text(tally_text(arena, &routes), LEVEL_NONE));
    add_fact(panel, facts, "browsers", cell_text(tally_text(arena, &browsers), LEVEL_NONE));
    add_fact(panel, facts, "sessions", cell_text(tally_text(arena, &sessions), LEVEL_NONE));
    if (!error->is_browser)
        add_fact(panel, facts, "function", cell_text(error->function_name, LEVEL_NONE));
    *chart = (struct chart){ .name = "events",
                             .series = count_series(arena, q, "events", times, n),
                             .series_count = 1,
                             .quantity = QUANTITY_COUNT };
    panel->charts = chart;
    panel->chart_count = 1;
    panel_source(panel, SOURCE, q, snapshot_answer(q->snapshot, "errors.events"));
}

enum { FRAME_NUMBER, FRAME_FUNCTION, FRAME_FILE, FRAME_LINE, FRAME_COLUMNS };

/* clang-format off */
static const struct column frame_columns[FRAME_COLUMNS] = {
    [FRAME_NUMBER] =   { .name = "frame", .kind = CELL_NUMBER, .quantity = QUANTITY_PLAIN, .priority = 3 },
    [FRAME_FUNCTION] = { .name = "function", .kind = CELL_TEXT, .min_width = 12, .max_width = 32 },
    [FRAME_FILE] =     { .name = "file", .kind = CELL_TEXT, .priority = 1, .min_width = 12, .max_width = 48 },
    [FRAME_LINE] =     { .name = "as thrown", .kind = CELL_TEXT, .priority = 2, .is_flexible = true },
};
/* clang-format on */

static void
fill_frame(struct row *row, struct arena *arena, size_t number, const struct stack_frame *frame,
           const char *line, size_t len)
{
    struct cell *cells = arena_alloc(arena, FRAME_COLUMNS * sizeof *cells);

    while (len > 0 && (*line == ' ' || *line == '\t')) {
        line++;
        len--;
    }
    cells[FRAME_NUMBER] = cell_number((double)number, QUANTITY_PLAIN, LEVEL_NONE);
    cells[FRAME_FUNCTION] =
        cell_text(*frame->function != '\0' ? arena_strdup(arena, frame->function) : "(anonymous)",
                  LEVEL_NONE);
    cells[FRAME_FILE] = cell_text(arena_strdup(arena, frame->file), LEVEL_NONE);
    cells[FRAME_LINE] = cell_text(arena_strndup(arena, line, len), LEVEL_NONE);
    *row = (struct row){ .key = arena_printf(arena, "%zu", number),
                         .cells = cells,
                         .level = frame->is_own ? LEVEL_WARN : LEVEL_NONE };
}

static void
build_stack(struct panel *panel, struct arena *arena, const struct error_seen *error)
{
    struct grid *grid = arena_alloc(arena, sizeof *grid);
    struct row *rows = arena_alloc(arena, FRAMES_MAX * sizeof *rows);
    size_t own = 0;

    *grid = (struct grid){ .name = "frames",
                           .columns = frame_columns,
                           .column_count = FRAME_COLUMNS,
                           .rows = rows,
                           .sort_column = -1,
                           .empty = "the page sent no stack" };
    for (const char *line = error->stack; *line != '\0' && grid->row_count < FRAMES_MAX;) {
        size_t len = strcspn(line, "\n");
        struct stack_frame frame;

        if (stack_frame_read(&frame, line, len)) {
            fill_frame(&rows[grid->row_count], arena, grid->row_count, &frame, line, len);
            grid->row_count++;
            own += frame.is_own;
        }
        line += len + (line[len] == '\n');
    }
    panel->name = "stack";
    panel->title = "stack";
    panel->note = grid->row_count == 0
                      ? NULL
                      : arena_printf(arena, "%s, %zu of the app",
                                     counted(arena, (double)grid->row_count, "frame"), own);
    panel->grid = grid;
}

static void
build_components(struct panel *panel, struct arena *arena, const struct error_seen *error)
{
    struct passage *passage = arena_alloc(arena, sizeof *passage);
    const char *text = error->component_stack;

    while (*text == '\n' || *text == ' ')
        text++;
    *passage = (struct passage){ .name = "componentStack", .text = text, .len = strlen(text) };
    panel->name = "components";
    panel->title = "component stack";
    panel->passages = passage;
    panel->passage_count = 1;
}

/* The newest first. */
static void
find_sessions(struct error_sessions *out, const struct view_query *q, const struct errors *errors,
              const struct group *group)
{
    *out = (struct error_sessions){ .count = 0 };
    for (size_t i = errors->count; i-- > 0;) {
        const struct occurrence *o = &errors->list[i];

        if (o->error->group == group->id && o->event->time_ms >= view_query_from_ms(q))
            error_sessions_add(out, o->error->session, o->event->time_ms);
    }
}

void
errors_ask(struct ask_list *asks, const struct view_query *q)
{
    struct arena *arena = arena_new();
    struct error_sessions sessions;
    const struct group *group;
    struct errors errors;

    errors_ask_reports(asks, q);
    find_errors(&errors, arena, q);
    group = chosen_group(q, &errors);
    if (group != NULL && !q->is_behind) {
        find_sessions(&sessions, q, &errors, group);
        error_sessions_ask(asks, q, &sessions);
    }
    arena_free(arena);
}

void
errors_build(struct model *out, struct arena *arena, const struct view_query *q)
{
    struct panel *panels = arena_alloc(arena, 5 * sizeof *panels);
    struct error_sessions sessions;
    struct errors errors;
    const struct group *group;

    model_begin(out, q);
    find_errors(&errors, arena, q);
    build_groups(&panels[out->panel_count++], q, &errors);
    group = chosen_group(q, &errors);
    if (group != NULL) {
        build_group(&panels[out->panel_count++], q, &errors, group);
        build_stack(&panels[out->panel_count++], arena, group->newest);
        find_sessions(&sessions, q, &errors, group);
    }
    if (group != NULL && sessions.count > 0)
        error_sessions_build(&panels[out->panel_count++], arena, q, &sessions);
    if (group != NULL && *group->newest->component_stack != '\0')
        build_components(&panels[out->panel_count++], arena, group->newest);
    out->panels = panels;
    out->attention = (unsigned)errors.new_count;
    if (errors.new_count > 0)
        out->attention_level = LEVEL_WARN;
}
