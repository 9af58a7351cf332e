/* privacy_model.c - what the Privacy view asks and says.
 * SPDX-License-Identifier: MIT
 *
 * One wire feeds all of it: FilterLogEvents over log group /obsview/privacy, which has no price;
 * whoever publishes findings there is shown. A line is a value in a field of a message, with its
 * shape, never the value. Lines of one kind, field and element are one leak, since one change of
 * the masking mends them all. Findings are kept as long as recordings are, and a leak of last week
 * leaks still, so the range of the screen does not count here. What is new is newer than the last
 * look, which the client remembers, as it does who reviewed which session (tui/reviews.h). */
#include "config.h"

#include "base/pack.h"
#include "domain/pii_finding.h"
#include "tui/log_digest.h"
#include "tui/reviews.h"
#include "tui/views/models.h"
#include "tui/views/parts.h"

#include <stdlib.h>
#include <string.h>

#define DAY_MS     INT64_C(86400000)
#define KEPT_MS    (30 * DAY_MS)
#define LINES_MAX  5000
#define PLACES_MAX 500 /* newest ones of a leak that are listed */
#define FACTS_MAX  12
#define SOURCE     "CloudWatch Logs FilterLogEvents"
#define GROUPS     "privacy.groups"
#define LINES      "privacy.lines"
#define RECORDED   "openreplay"

struct seen {
    const struct log_entry *event;
    const struct pii_finding *finding;
    uint64_t leak;
};

struct leak {
    uint64_t id;
    const char *key; /* the id in hex */
    const struct pii_finding *newest;
    size_t count, sessions, new_count;
    int64_t first_ms, last_ms;
};

/* A recorded session with findings. */
struct found_session {
    const char *id;
    size_t count, high;
    int64_t last_ms;
};

struct privacy {
    struct arena *arena;
    const struct answer *answer;
    struct seen *list; /* as they were logged */
    size_t count;
    struct leak *leaks; /* the worst first, then the newest */
    size_t leak_count, new_leaks;
    struct found_session *sessions;
    size_t session_count;
    uint64_t unsearched;
    int64_t last_look_ms;
    const char *environment;
};

/* --- asking ----------------------------------------------------------------------------------- */

static bool
is_local(const struct view_query *q)
{
    return q->snapshot != NULL && q->snapshot->is_emulator;
}

/* An emulator always has it. */
static bool
has_group(const struct view_query *q)
{
    const struct answer *groups = snapshot_answer(q->snapshot, GROUPS);

    if (is_local(q))
        return true;
    for (size_t i = 0; groups != NULL && i < groups->group_count; i++) {
        if (strcmp(groups->groups[i].name, PII_LOG_GROUP) == 0)
            return true;
    }
    return false;
}

void
privacy_ask(struct ask_list *asks, const struct view_query *q)
{
    if (q->is_behind && !is_local(q))
        return; /* an account has the group only when somebody publishes there */
    if (!is_local(q))
        ask_list_add(asks, &(struct ask){ .key = GROUPS,
                                          .kind = ASK_LOG_GROUPS,
                                          .range = { .span_ms = DAY_MS },
                                          .pace_ms = 300000,
                                          .prefix = PII_LOG_GROUP });
    if (has_group(q))
        ask_list_add(asks, &(struct ask){ .key = LINES,
                                          .kind = ASK_LOG_EVENTS,
                                          .range = { .span_ms = KEPT_MS },
                                          .group = PII_LOG_GROUP,
                                          .limit = LINES_MAX });
}

/* --- gathering -------------------------------------------------------------------------------- */

static const char *
given(const char *text)
{
    return text == NULL ? "" : text;
}

static uint64_t
leak_of(struct arena *arena, const struct pii_finding *f)
{
    const char *what =
        arena_printf(arena, "%s\n%s\n%s\n%s\n%s\n%s", f->kind, f->source, given(f->message),
                     given(f->field), given(f->element), given(f->rule));

    return pack_hash(what, strlen(what));
}

static int
by_leak(const void *a, const void *b)
{
    const struct seen *x = *(const struct seen *const *)a, *y = *(const struct seen *const *)b;

    if (x->leak != y->leak)
        return x->leak < y->leak ? -1 : 1;
    return strcmp(given(x->finding->session), given(y->finding->session));
}

static int
by_session(const void *a, const void *b)
{
    const struct seen *x = *(const struct seen *const *)a, *y = *(const struct seen *const *)b;

    return strcmp(given(x->finding->session), given(y->finding->session));
}

static void
add_to_leak(struct leak *leak, const struct seen *seen, bool is_new, bool is_other_session)
{
    int64_t at_ms = seen->event->time_ms;

    leak->count += seen->finding->count;
    leak->new_count += is_new;
    leak->sessions += is_other_session;
    if (leak->first_ms == 0 || at_ms < leak->first_ms)
        leak->first_ms = at_ms;
    if (at_ms >= leak->last_ms) {
        leak->last_ms = at_ms;
        leak->newest = seen->finding;
    }
}

static void
find_leaks(struct privacy *p, const struct seen **order)
{
    qsort(order, p->count, sizeof(struct seen *), by_leak);
    for (size_t i = 0; i < p->count; i++) {
        const struct seen *seen = order[i];
        bool is_other = i == 0 || by_leak(&order[i - 1], &order[i]) != 0;

        if (i == 0 || order[i - 1]->leak != seen->leak) {
            p->leaks[p->leak_count++] =
                (struct leak){ .id = seen->leak,
                               .key = arena_printf(p->arena, "%016llx",
                                                   (unsigned long long)seen->leak) };
        }
        add_to_leak(&p->leaks[p->leak_count - 1], seen, seen->event->time_ms > p->last_look_ms,
                    is_other && seen->finding->session != NULL);
    }
}

static void
find_sessions(struct privacy *p, const struct seen **order)
{
    struct found_session *session = NULL;

    qsort(order, p->count, sizeof(struct seen *), by_session);
    for (size_t i = 0; i < p->count; i++) {
        const struct pii_finding *f = order[i]->finding;

        if (f->session == NULL || strcmp(f->source, RECORDED) != 0 ||
            !review_is_session(f->session))
            continue;
        if (session == NULL || strcmp(session->id, f->session) != 0) {
            session = &p->sessions[p->session_count++];
            *session = (struct found_session){ .id = f->session };
        }
        session->count++;
        session->high += f->severity == PII_HIGH;
        if (order[i]->event->time_ms > session->last_ms)
            session->last_ms = order[i]->event->time_ms;
    }
}

static int
worst_first(const void *a, const void *b)
{
    const struct leak *x = a, *y = b;

    if (x->newest->severity != y->newest->severity)
        return x->newest->severity > y->newest->severity ? -1 : 1;
    if (x->last_ms != y->last_ms)
        return x->last_ms > y->last_ms ? -1 : 1;
    return strcmp(x->key, y->key);
}

static void
find_privacy(struct privacy *p, struct arena *arena, const struct view_query *q)
{
    const struct answer *answer = snapshot_answer(q->snapshot, LINES);
    size_t most = answer == NULL ? 0 : answer->event_count;
    const struct seen **order = arena_alloc(arena, (most + 1) * sizeof *order);

    *p = (struct privacy){ .arena = arena,
                           .answer = answer,
                           .environment = q->snapshot == NULL ? "" : q->snapshot->environment };
    p->last_look_ms = reviews_last_look_ms(q->reviews, p->environment);
    p->list = arena_alloc(arena, (most + 1) * sizeof *p->list);
    p->leaks = arena_alloc(arena, (most + 1) * sizeof *p->leaks);
    p->sessions = arena_alloc(arena, (most + 1) * sizeof *p->sessions);
    for (size_t i = 0; i < most; i++) {
        const struct log_digest *digest = log_digest_of(arena, &answer->events[i]);

        p->unsearched += digest->unsearched;
        if (digest->finding == NULL)
            continue;
        order[p->count] = &p->list[p->count];
        p->list[p->count++] = (struct seen){ .event = &answer->events[i],
                                             .finding = digest->finding,
                                             .leak = leak_of(arena, digest->finding) };
    }
    find_leaks(p, order);
    find_sessions(p, order);
    for (size_t i = 0; i < p->leak_count; i++)
        p->new_leaks += p->leaks[i].new_count > 0;
}

/* --- leaks ------------------------------------------------------------------------------------ */

enum {
    LEAK_SEVERITY,
    LEAK_KIND,
    LEAK_WHERE,
    LEAK_ELEMENT,
    LEAK_COUNT,
    LEAK_SESSIONS,
    LEAK_NEW,
    LEAK_FIRST,
    LEAK_LAST,
    LEAK_COLUMNS
};

/* clang-format off */
static const struct column leak_columns[LEAK_COLUMNS] = {
    [LEAK_SEVERITY] = { .name = "severity", .kind = CELL_TEXT, .priority = 1, .min_width = 6 },
    [LEAK_KIND] =     { .name = "kind", .kind = CELL_TEXT, .is_name = true, .is_in_summary = true },
    [LEAK_WHERE] =    { .name = "field", .kind = CELL_TEXT, .min_width = 14, .is_flexible = true, .is_in_summary = true },
    [LEAK_ELEMENT] =  { .name = "element", .kind = CELL_TEXT, .priority = 1, .max_width = 32 },
    [LEAK_COUNT] =    { .name = "n", .kind = CELL_NUMBER, .quantity = QUANTITY_COUNT, .is_in_summary = true },
    [LEAK_SESSIONS] = { .name = "sessions", .kind = CELL_NUMBER, .quantity = QUANTITY_COUNT, .priority = 2 },
    [LEAK_NEW] =      { .name = "unseen", .kind = CELL_NUMBER, .quantity = QUANTITY_COUNT, .priority = 2 },
    [LEAK_FIRST] =    { .name = "first", .kind = CELL_TIME, .priority = 4 },
    [LEAK_LAST] =     { .name = "last", .kind = CELL_TIME, .priority = 3 },
};
/* clang-format on */

static enum level
level_of(enum pii_severity severity)
{
    if (severity == PII_HIGH)
        return LEVEL_BAD;
    return severity == PII_MEDIUM ? LEVEL_WARN : LEVEL_NONE;
}

static const char *
where_text(struct arena *arena, const struct pii_finding *f)
{
    if (f->field == NULL || f->message == NULL)
        return f->field != NULL ? f->field : given(f->message);
    return arena_printf(arena, "%s.%s", f->message, f->field);
}

static void
fill_leak(struct row *row, struct arena *arena, const struct leak *leak)
{
    struct cell *cells = arena_alloc(arena, LEAK_COLUMNS * sizeof *cells);
    const struct pii_finding *f = leak->newest;

    cells[LEAK_SEVERITY] = cell_text(pii_severity_name(f->severity), level_of(f->severity));
    cells[LEAK_KIND] = cell_text(f->kind, LEVEL_NONE);
    cells[LEAK_WHERE] = cell_text(where_text(arena, f), LEVEL_NONE);
    if (f->element != NULL)
        cells[LEAK_ELEMENT] = cell_text(f->element, LEVEL_NONE);
    cells[LEAK_COUNT] = cell_number((double)leak->count, QUANTITY_COUNT, LEVEL_NONE);
    if (leak->sessions > 0)
        cells[LEAK_SESSIONS] = cell_number((double)leak->sessions, QUANTITY_COUNT, LEVEL_NONE);
    if (leak->new_count > 0)
        cells[LEAK_NEW] = cell_number((double)leak->new_count, QUANTITY_COUNT, LEVEL_NONE);
    cells[LEAK_FIRST] = cell_time(leak->first_ms);
    cells[LEAK_LAST] = cell_age(leak->last_ms);
    *row = (struct row){ .key = leak->key,
                         .cells = cells,
                         .level = level_of(f->severity),
                         .is_new = leak->new_count > 0,
                         .open_key = leak->key };
}

static const char *
leaks_note(const struct privacy *p)
{
    const char *note =
        arena_printf(p->arena, "%s%s", counted(p->arena, (double)p->leak_count, "leak"),
                     p->answer->is_partial ? ", of the newest findings" : "");

    if (p->new_leaks > 0)
        note = arena_printf(p->arena, "%s, %zu new%s", note, p->new_leaks,
                            p->last_look_ms == 0 ? "" : " since the last look");
    if (p->unsearched > 0)
        note = arena_printf(p->arena, "%s, %s not searched", note,
                            counted(p->arena, (double)p->unsearched, "text"));
    return note;
}

static const char *
no_leaks(const struct privacy *p, const struct view_query *q)
{
    const struct answer *groups = snapshot_answer(q->snapshot, GROUPS);

    if (!has_group(q) && groups != NULL && groups->got_ms != 0)
        return "there is no log group " PII_LOG_GROUP " here: obsview emulate fills one; in an "
               "account, findings that somebody publishes there are shown";
    return p->unsearched > 0 ? "nothing was found in what was searched"
                             : "no personal data was seen in clear";
}

static void
add_source(struct panel *panel, const struct privacy *p, const struct view_query *q)
{
    if (!is_local(q))
        panel_source(panel, SOURCE, q, snapshot_answer(q->snapshot, GROUPS));
    if (has_group(q))
        panel_source(panel, SOURCE, q, p->answer);
}

static void
build_leaks(struct panel *panel, const struct view_query *q, struct privacy *p)
{
    struct grid *grid = arena_alloc(p->arena, sizeof *grid);
    struct row *rows = arena_alloc(p->arena, (p->leak_count + 1) * sizeof *rows);
    struct leak *sorted = arena_alloc(p->arena, (p->leak_count + 1) * sizeof *sorted);

    memcpy(sorted, p->leaks, p->leak_count * sizeof *sorted);
    if (p->leak_count > 1)
        qsort(sorted, p->leak_count, sizeof *sorted, worst_first);
    for (size_t i = 0; i < p->leak_count; i++)
        fill_leak(&rows[i], p->arena, &sorted[i]);
    *grid = (struct grid){ .name = "leaks",
                           .columns = leak_columns,
                           .column_count = LEAK_COLUMNS,
                           .rows = rows,
                           .row_count = p->leak_count,
                           .sort_column = LEAK_SEVERITY,
                           .sort_descending = true,
                           .empty = no_leaks(p, q) };
    panel->name = "leaks";
    panel->title = "personal data in clear";
    panel->note = p->answer == NULL ? NULL : leaks_note(p);
    panel->grid = grid;
    add_source(panel, p, q);
}

/* --- one leak --------------------------------------------------------------------------------- */

/* clang-format off */
static const char *const ways[] = {
    [PII_WAY_NONE] = "nothing masks this field: the tracker always sends it as it is",
    [PII_WAY_INPUT] = "typed: the input mode sends it in clear",
    [PII_WAY_TEXT] = "text of the page, which the text rules let pass",
    [PII_WAY_ATTRIBUTE] = "an attribute, sent as it is",
    [PII_WAY_URL] = "part of an address",
    [PII_WAY_SELECTOR] = "its element must be masked by a selector of the rules, and was not",
    [PII_WAY_PAYLOAD] = "the application put it there",
};
/* clang-format on */

static void
add_fact(struct panel *panel, struct fact *facts, const char *name, struct cell value)
{
    if (value.kind == CELL_EMPTY || (value.kind == CELL_TEXT && *value.text == '\0'))
        return;
    facts[panel->fact_count++] = (struct fact){ .name = name, .value = value };
}

static void
add_text(struct panel *panel, struct fact *facts, const char *name, const char *text)
{
    add_fact(panel, facts, name, cell_text(given(text), LEVEL_NONE));
}

static void
build_leak(struct panel *panel, const struct view_query *q, const struct privacy *p,
           const struct leak *leak)
{
    const struct pii_finding *f = leak->newest;
    struct fact *facts = arena_alloc(p->arena, FACTS_MAX * sizeof *facts);

    panel->name = "leak";
    panel->title = f->kind;
    panel->note = leak->new_count > 0 ? "new" : NULL;
    panel->facts = facts;
    add_fact(panel, facts, "severity",
             cell_text(pii_severity_name(f->severity), level_of(f->severity)));
    add_text(panel, facts, "to mask it", f->advice);
    add_text(panel, facts, "how it got there", ways[f->way]);
    add_text(panel, facts, "field", where_text(p->arena, f));
    add_text(panel, facts, "element", f->element);
    add_text(panel, facts, "selector", f->rule);
    add_text(panel, facts, "shape", f->shape);
    add_text(panel, facts, "kept",
             f->is_scrubbed ? "masked before it was logged and stored" : "as it came");
    add_fact(panel, facts, "first", cell_time(leak->first_ms));
    add_fact(panel, facts, "last", cell_time(leak->last_ms));
    add_source(panel, p, q);
}

enum { PLACE_TIME, PLACE_SESSION, PLACE_PAGE, PLACE_SHAPE, PLACE_COUNT, PLACE_COLUMNS };

/* clang-format off */
static const struct column place_columns[PLACE_COLUMNS] = {
    [PLACE_TIME] =    { .name = "time", .kind = CELL_TIME },
    [PLACE_SESSION] = { .name = "session", .kind = CELL_TEXT, .max_width = 22, .is_in_summary = true },
    [PLACE_PAGE] =    { .name = "page", .kind = CELL_TEXT, .priority = 1, .is_flexible = true },
    [PLACE_SHAPE] =   { .name = "shape", .kind = CELL_TEXT, .priority = 2, .max_width = 24 },
    [PLACE_COUNT] =   { .name = "n", .kind = CELL_NUMBER, .quantity = QUANTITY_COUNT },
};
/* clang-format on */

/* A recording is told by the Sessions view, a line by its log group. */
static void
set_way_on(struct row *row, const struct pii_finding *f)
{
    if (strcmp(f->source, RECORDED) == 0 && f->session != NULL) {
        row->open_view = "sessions";
        row->open_key = f->session;
    } else if (strcmp(f->source, "log") == 0 && f->message != NULL) {
        row->open_view = "logs";
        row->open_key = f->message;
    }
}

static void
fill_place(struct row *row, struct arena *arena, const struct seen *seen, size_t number)
{
    struct cell *cells = arena_alloc(arena, PLACE_COLUMNS * sizeof *cells);
    const struct pii_finding *f = seen->finding;
    const char *id = seen->event->id;

    cells[PLACE_TIME] = cell_time(f->time_ms > 0 ? f->time_ms : seen->event->time_ms);
    if (f->session != NULL)
        cells[PLACE_SESSION] = cell_text(f->session, LEVEL_NONE);
    if (f->page != NULL)
        cells[PLACE_PAGE] = cell_text(f->page, LEVEL_NONE);
    if (f->shape != NULL)
        cells[PLACE_SHAPE] = cell_text(f->shape, LEVEL_NONE);
    cells[PLACE_COUNT] = cell_number((double)f->count, QUANTITY_COUNT, LEVEL_NONE);
    *row = (struct row){
        .key = *id != '\0' ? id : arena_printf(arena, "%zu", number),
        .cells = cells,
    };
    set_way_on(row, f);
}

static void
build_places(struct panel *panel, const struct view_query *q, const struct privacy *p,
             const struct leak *leak)
{
    struct grid *grid = arena_alloc(p->arena, sizeof *grid);
    struct row *rows = arena_alloc(p->arena, PLACES_MAX * sizeof *rows);
    size_t all = 0;

    *grid = (struct grid){ .name = "places",
                           .columns = place_columns,
                           .column_count = PLACE_COLUMNS,
                           .rows = rows,
                           .sort_column = PLACE_TIME,
                           .sort_descending = true,
                           .empty = "" };
    for (size_t i = p->count; i > 0; i--) {
        if (p->list[i - 1].leak != leak->id)
            continue;
        all++;
        if (grid->row_count < PLACES_MAX)
            fill_place(&rows[grid->row_count++], p->arena, &p->list[i - 1], i);
    }
    panel->name = "places";
    panel->title = "where it was seen";
    panel->note = arena_printf(p->arena, "%s%s", all > PLACES_MAX ? "newest of " : "",
                               counted(p->arena, (double)all, "finding"));
    panel->grid = grid;
    add_source(panel, p, q);
}

/* --- reviews ---------------------------------------------------------------------------------- */

enum { REVIEW_ID, REVIEW_FOUND, REVIEW_WHEN, REVIEW_BY, REVIEW_WORDS, REVIEW_COLUMNS };

/* clang-format off */
static const struct column review_columns[REVIEW_COLUMNS] = {
    [REVIEW_ID] =    { .name = "session", .kind = CELL_TEXT, .max_width = 22, .is_name = true, .is_in_summary = true },
    [REVIEW_FOUND] = { .name = "findings", .kind = CELL_NUMBER, .quantity = QUANTITY_COUNT, .priority = 1 },
    [REVIEW_WHEN] =  { .name = "reviewed", .kind = CELL_TIME, .is_in_summary = true },
    [REVIEW_BY] =    { .name = "by", .kind = CELL_TEXT, .priority = 2, .max_width = 16 },
    [REVIEW_WORDS] = { .name = "note", .kind = CELL_TEXT, .priority = 1, .min_width = 8, .is_flexible = true },
};
/* clang-format on */

static void
fill_review(struct row *row, struct arena *arena, const char *id,
            const struct found_session *session, const struct review *review)
{
    struct cell *cells = arena_alloc(arena, REVIEW_COLUMNS * sizeof *cells);

    cells[REVIEW_ID] = cell_text(id, LEVEL_NONE);
    if (session != NULL)
        cells[REVIEW_FOUND] = cell_number((double)session->count, QUANTITY_COUNT,
                                          session->high > 0 ? LEVEL_BAD : LEVEL_WARN);
    if (review != NULL) {
        cells[REVIEW_WHEN] = cell_age(review->time_ms);
        cells[REVIEW_BY] = cell_text(review->by, LEVEL_NONE);
        cells[REVIEW_WORDS] = cell_text(review->note, LEVEL_NONE);
    }
    *row = (struct row){ .key = id, .cells = cells, .open_view = "sessions", .open_key = id };
}

static const struct found_session *
session_of(const struct privacy *p, const char *id)
{
    for (size_t i = 0; i < p->session_count; i++) {
        if (strcmp(p->sessions[i].id, id) == 0)
            return &p->sessions[i];
    }
    return NULL;
}

static int
most_first(const void *a, const void *b)
{
    const struct found_session *x = a, *y = b;

    if (x->high != y->high)
        return x->high > y->high ? -1 : 1;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return x->last_ms != y->last_ms ? (x->last_ms > y->last_ms ? -1 : 1) : strcmp(x->id, y->id);
}

/* What waits first, then what is done. A review is as old as the recording it was of, at most. */
static void
build_review(struct panel *panel, const struct view_query *q, const struct privacy *p)
{
    const size_t most = p->session_count + reviews_count(q->reviews);
    struct grid *grid = arena_alloc(p->arena, sizeof *grid);
    struct row *rows = arena_alloc(p->arena, (most + 1) * sizeof *rows);
    struct fact *facts = arena_alloc(p->arena, 2 * sizeof *facts);
    size_t count = 0, open = 0, done = 0;

    if (p->session_count > 1)
        qsort(p->sessions, p->session_count, sizeof *p->sessions, most_first);
    for (size_t i = 0; i < p->session_count; i++) {
        if (reviews_find(q->reviews, p->environment, p->sessions[i].id) == NULL)
            fill_review(&rows[count++], p->arena, p->sessions[i].id, &p->sessions[i], NULL);
    }
    open = count;
    for (size_t i = 0; i < reviews_count(q->reviews); i++) {
        const struct review *review = reviews_at(q->reviews, i);

        if (strcmp(review->environment, p->environment) != 0 ||
            review->time_ms < q->now_ms - KEPT_MS)
            continue;
        fill_review(&rows[count++], p->arena, review->session, session_of(p, review->session),
                    review);
        done++;
    }
    *grid = (struct grid){ .name = "review",
                           .columns = review_columns,
                           .column_count = REVIEW_COLUMNS,
                           .rows = rows,
                           .row_count = count,
                           .sort_column = -1,
                           .empty = "no session was reviewed; v on one, or :reviewed ID NOTE" };
    panel->name = "review";
    panel->title = "review";
    panel->note = arena_printf(p->arena, "%zu of %d sessions reviewed", done, REVIEWS_WANTED);
    panel->facts = facts;
    add_fact(panel, facts, "reviewed",
             cell_text(arena_printf(p->arena, "%zu/%d", done, REVIEWS_WANTED),
                       done < REVIEWS_WANTED ? LEVEL_WARN : LEVEL_OK));
    add_fact(panel, facts, "waiting", cell_number((double)open, QUANTITY_COUNT, LEVEL_NONE));
    panel->grid = grid;
    add_source(panel, p, q);
}

/* --- the whole -------------------------------------------------------------------------------- */

static const struct leak *
chosen_leak(const struct view_query *q, const struct privacy *p)
{
    const char *wanted = *q->key != '\0' ? q->key : q->cursor;
    const struct leak *worst = NULL;

    for (size_t i = 0; i < p->leak_count; i++) {
        if (strcmp(p->leaks[i].key, wanted) == 0)
            return &p->leaks[i];
        if (worst == NULL || worst_first(&p->leaks[i], worst) < 0)
            worst = &p->leaks[i];
    }
    return *q->key == '\0' ? worst : NULL;
}

static void
call_for_attention(struct model *out, const struct privacy *p)
{
    for (size_t i = 0; i < p->leak_count; i++) {
        enum level level = level_of(p->leaks[i].newest->severity);

        if (p->leaks[i].new_count == 0 || level == LEVEL_NONE)
            continue;
        out->attention++;
        if (level > out->attention_level)
            out->attention_level = level;
    }
}

void
privacy_build(struct model *out, struct arena *arena, const struct view_query *q)
{
    struct panel *panels = arena_alloc(arena, 4 * sizeof *panels);
    const struct leak *leak;
    struct privacy p;

    find_privacy(&p, arena, q);
    leak = chosen_leak(q, &p);
    model_begin(out, q);
    build_leaks(&panels[out->panel_count++], q, &p);
    if (leak != NULL) {
        build_leak(&panels[out->panel_count++], q, &p, leak);
        build_places(&panels[out->panel_count++], q, &p, leak);
    }
    build_review(&panels[out->panel_count++], q, &p);
    call_for_attention(out, &p);
    out->panels = panels;
}
