/* tags_model.c - what the Tags view asks and says.
 * SPDX-License-Identifier: MIT
 *
 * One question to the tagging API feeds all of it: the schema (domain/tag_rule.h) has judged each
 * resource when the answer came. Resources are shown worst first, those of others last; every rule
 * of the schema is a row, with how many resources keep it by value. What a key that is missing
 * costs is what Cost Explorer reports without it: an amount for the key, since a bill knows no
 * resources. */
#include "config.h"

#include "domain/limits.h"
#include "tui/views/costs.h"
#include "tui/views/known_tags.h"
#include "tui/views/models.h"

#include <stdlib.h>
#include <string.h>

#define ROWS_MOST 2000 /* a screen is no list of ten thousand: obsview check tags is */
#define TEXT_MOST 4096

void
tags_ask(struct ask_list *asks, const struct view_query *q)
{
    known_tags_ask(asks, q);
    if (q->is_behind)
        return;
    known_cost_tags_ask(asks);
    costs_ask_bill(asks);
    costs_ask_environments(asks);
}

/* --- resources --- */

enum { NAME, TYPE, GROUP, LACKS, WRONG, COLUMNS };

/* clang-format off */
static const struct column resource_columns[COLUMNS] = {
    [NAME] =  { .name = "resource", .kind = CELL_TEXT, .is_name = true, .min_width = 14, .is_flexible = true, .is_in_summary = true },
    [TYPE] =  { .name = "type", .kind = CELL_TEXT, .priority = 2, .max_width = 24 },
    [GROUP] = { .name = "project", .kind = CELL_TEXT, .priority = 3 },
    [LACKS] = { .name = "lacks", .kind = CELL_TEXT, .min_width = 24, .is_flexible = true, .is_in_summary = true },
    [WRONG] = { .name = "wrong", .kind = CELL_TEXT, .priority = 1 },
};
/* clang-format on */

static const char *
keys_text(struct arena *arena, const struct tag_verdict *verdict, enum tag_state state)
{
    struct buf text;
    const char *kept;

    buf_init(&text, TEXT_MOST);
    for (enum tag_demand d = TAG_REQUIRED; d <= TAG_CONDITIONAL; d++) {
        size_t before = text.len;

        if (before > 0)
            buf_adds(&text, ", ");
        if (tag_list_keys(&text, verdict, state, d) == 0 && before > 0) {
            text.len = before;
            text.data[before] = '\0';
        }
    }
    kept = arena_strdup(arena, text.data);
    buf_fini(&text);
    return kept;
}

/* A key that every resource must have weighs more than one that some should. */
static enum level
level_of(const struct tag_verdict *verdict)
{
    for (size_t i = 0; i < TAG_RULES; i++) {
        if (tag_rules[i].demand == TAG_REQUIRED &&
            (verdict->states[i] == TAG_MISSING || verdict->states[i] == TAG_WRONG))
            return LEVEL_BAD;
    }
    if (tag_is_faulty(verdict))
        return LEVEL_WARN;
    return verdict->group == TAG_FOREIGN ? LEVEL_NONE : LEVEL_OK;
}

static void
fill_resource(struct row *row, struct arena *arena, const struct known_tag *tag)
{
    struct cell *cells = arena_alloc(arena, COLUMNS * sizeof *cells);
    enum level level = level_of(tag->verdict);
    const char *project = tag_find(tag->resource, "Project");

    cells[NAME] = cell_text(tag->resource->name, level);
    cells[TYPE] = cell_text(tag->resource->type, LEVEL_NONE);
    cells[GROUP] = cell_text(project == NULL ? "" : project, LEVEL_NONE);
    cells[LACKS] = cell_text(keys_text(arena, tag->verdict, TAG_MISSING), LEVEL_NONE);
    cells[WRONG] = cell_text(keys_text(arena, tag->verdict, TAG_WRONG), LEVEL_NONE);
    *row = (struct row){ .key = tag->resource->arn,
                         .cells = cells,
                         .level = level > LEVEL_OK ? level : LEVEL_NONE,
                         .open_key = tag->resource->arn };
}

static int
worst_first(const void *a, const void *b)
{
    const struct known_tag *x = a, *y = b;
    int lx = level_of(x->verdict), ly = level_of(y->verdict);
    int fx = x->verdict->missing + x->verdict->wrong, fy = y->verdict->missing + y->verdict->wrong;

    if (lx != ly)
        return ly - lx;
    return fx != fy ? fy - fx : strcmp(x->resource->arn, y->resource->arn);
}

static const char *
resources_note(struct arena *arena, const struct known_tags *known)
{
    const char *more = known->is_partial          ? ", and there are more"
                       : known->count > ROWS_MOST ? ", the worst shown"
                                                  : "";

    if (known->faulty == 0)
        return arena_printf(arena, "%s judged, none faulty%s",
                            count_text(arena, (double)known->judged), more);
    return arena_printf(arena, "%s of %s faulty%s; counting tags finds %s",
                        count_text(arena, (double)known->faulty),
                        count_text(arena, (double)known->judged), more,
                        count_text(arena, (double)known->counted));
}

static void
build_resources(struct panel *panel, struct arena *arena, const struct view_query *q,
                const struct known_tags *known)
{
    struct grid *grid = arena_alloc(arena, sizeof *grid);
    size_t count = known->count < ROWS_MOST ? known->count : ROWS_MOST;
    struct row *rows = arena_alloc(arena, (count + 1) * sizeof *rows);

    for (size_t i = 0; i < count; i++)
        fill_resource(&rows[i], arena, &known->items[i]);
    *grid = (struct grid){ .name = "resources",
                           .columns = resource_columns,
                           .column_count = COLUMNS,
                           .rows = rows,
                           .row_count = count,
                           .sort_column = -1,
                           .empty = "no resource here has, or had, a tag" };
    panel->name = "resources";
    panel->title = "resources";
    panel->note = known->count > 0 ? resources_note(arena, known) : NULL;
    panel->grid = grid;
    known_tags_source(panel, q);
}

/* --- the one that was chosen --- */

enum { KEY, VALUE, VERDICT, EXPECTED, TAG_COLUMNS };

/* clang-format off */
static const struct column tag_columns[TAG_COLUMNS] = {
    [KEY] =      { .name = "key", .kind = CELL_TEXT, .is_in_summary = true },
    [VALUE] =    { .name = "value", .kind = CELL_TEXT, .min_width = 8, .is_flexible = true },
    [VERDICT] =  { .name = "verdict", .kind = CELL_TEXT, .is_in_summary = true },
    [EXPECTED] = { .name = "expected", .kind = CELL_TEXT, .priority = 1, .min_width = 10, .is_flexible = true },
};

static const struct {
    const char *word;
    enum level level;
} states[] = {
    [TAG_NOT_ASKED] = { "", LEVEL_NONE },
    [TAG_GOOD] =      { "right", LEVEL_OK },
    [TAG_MISSING] =   { "missing", LEVEL_BAD },
    [TAG_WRONG] =     { "wrong", LEVEL_BAD },
};
/* clang-format on */

static void
fill_tag(struct row *row, struct arena *arena, const char *key, const char *value,
         struct cell verdict, const char *expected)
{
    struct cell *cells = arena_alloc(arena, TAG_COLUMNS * sizeof *cells);

    cells[KEY] = cell_text(key, LEVEL_NONE);
    cells[VALUE] = cell_text(value, LEVEL_NONE);
    cells[VERDICT] = verdict;
    cells[EXPECTED] = cell_text(expected, LEVEL_NONE);
    *row = (struct row){ .key = key, .cells = cells, .level = LEVEL_NONE };
}

/* Of each rule that was asked of it; returns how many. */
static size_t
add_rules(struct row *rows, struct arena *arena, const struct known_tag *tag)
{
    size_t count = 0;

    for (size_t i = 0; i < TAG_RULES; i++) {
        uint8_t state = tag->verdict->states[i];
        const char *value = tag_find(tag->resource, tag_rules[i].key);
        const char *hint = tag_hint(tag->resource, tag->verdict, i);
        const char *expected = state == TAG_GOOD ? "" : tag_rules[i].expected;

        if (state == TAG_NOT_ASKED)
            continue;
        if (hint != NULL)
            expected = arena_printf(arena, state == TAG_MISSING ? "%s; has \"%s\"" : "%s; \"%s\"?",
                                    expected, hint);
        fill_tag(&rows[count], arena, tag_rules[i].key, value == NULL ? "" : value,
                 cell_text(states[state].word, states[state].level), expected);
        rows[count++].level = states[state].level > LEVEL_OK ? states[state].level : LEVEL_NONE;
    }
    return count;
}

static bool
is_shown(const struct row *rows, size_t count, const char *key)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(rows[i].key, key) == 0)
            return true;
    }
    return false;
}

/* The tags no rule speaks of. */
static size_t
add_others(struct row *rows, size_t count, struct arena *arena, const struct tagged_resource *r)
{
    for (size_t i = 0; i < r->tag_count; i++) {
        const char *meant = tag_key_meant(r->tags[i].key);

        if (is_shown(rows, count, r->tags[i].key))
            continue;
        fill_tag(&rows[count++], arena, r->tags[i].key, r->tags[i].value,
                 cell_text(meant == NULL ? "no rule" : "unknown",
                           meant == NULL ? LEVEL_NONE : LEVEL_WARN),
                 meant == NULL ? "" : arena_printf(arena, "meant %s?", meant));
    }
    return count;
}

static void
build_resource(struct panel *panel, struct arena *arena, const struct view_query *q,
               const struct known_tag *tag)
{
    const struct tagged_resource *r = tag->resource;
    struct row *rows = arena_alloc(arena, (TAG_RULES + r->tag_count + 1) * sizeof *rows);
    struct grid *grid = arena_alloc(arena, sizeof *grid);
    struct fact *facts = arena_alloc(arena, 2 * sizeof *facts);
    size_t count = add_rules(rows, arena, tag);

    count = add_others(rows, count, arena, r);
    *grid = (struct grid){ .name = "keys",
                           .columns = tag_columns,
                           .column_count = TAG_COLUMNS,
                           .rows = rows,
                           .row_count = count,
                           .sort_column = -1,
                           .empty = "it has no tag" };
    facts[0] = (struct fact){ .name = "arn", .value = cell_text(r->arn, LEVEL_NONE) };
    facts[1] = (struct fact){
        .name = "rules",
        .value = cell_text(tag->verdict->group == TAG_FOREIGN ? "none: it is not ours"
                           : tag->verdict->group == TAG_STRAY
                               ? "those of UserMetrics: other tags say that it is ours"
                               : arena_printf(arena, "those of %s",
                                              tag_group_name((enum tag_group)tag->verdict->group)),
                           LEVEL_NONE)
    };
    panel->name = "resource";
    panel->title = r->name;
    panel->note = counted(arena, (double)r->tag_count, "tag");
    panel->facts = facts;
    panel->fact_count = 2;
    panel->grid = grid;
    known_tags_source(panel, q);
}

/* --- by type and key --- */

struct tally {
    size_t asked, good, missing, wrong;
};

struct type_tally {
    const char *type;
    size_t all, faulty;
    struct tally rules[TAG_RULES];
};

static void
tally_add(struct tally *tally, uint8_t state)
{
    tally->asked += state != TAG_NOT_ASKED;
    tally->good += state == TAG_GOOD;
    tally->missing += state == TAG_MISSING;
    tally->wrong += state == TAG_WRONG;
}

static int
by_type(const void *a, const void *b)
{
    const struct known_tag *x = *(const struct known_tag *const *)a,
                           *y = *(const struct known_tag *const *)b;

    return strcmp(x->resource->type, y->resource->type);
}

/* One for each type there is of what is judged, in the order of their names. */
static struct type_tally *
tally_types(struct arena *arena, const struct known_tags *known, size_t *count)
{
    const struct known_tag **sorted = arena_alloc(arena, (known->count + 1) * sizeof *sorted);
    struct type_tally *types;
    size_t n = 0;

    *count = 0;
    for (size_t i = 0; i < known->count; i++) {
        if (known->items[i].verdict->group != TAG_FOREIGN)
            sorted[n++] = &known->items[i];
    }
    qsort(sorted, n, sizeof *sorted, by_type);
    types = arena_alloc(arena, (n + 1) * sizeof *types);
    for (size_t i = 0; i < n; i++) {
        struct type_tally *type;

        if (i == 0 || by_type(&sorted[i - 1], &sorted[i]) != 0)
            types[(*count)++].type = sorted[i]->resource->type;
        type = &types[*count - 1];
        type->all++;
        type->faulty += tag_is_faulty(sorted[i]->verdict);
        for (size_t r = 0; r < TAG_RULES; r++)
            tally_add(&type->rules[r], sorted[i]->verdict->states[r]);
    }
    return types;
}

enum { T_TYPE, T_ALL, T_FAULTY, T_KEYS };

/* The rule where a key is first spoken of: a column for each key, not for each rule. */
static size_t
first_rule(size_t rule)
{
    for (size_t i = 0; i < rule; i++) {
        if (strcmp(tag_rules[i].key, tag_rules[rule].key) == 0)
            return i;
    }
    return rule;
}

static struct column *
type_columns(struct arena *arena, size_t *count, size_t column_of[TAG_RULES])
{
    struct column *columns = arena_alloc(arena, (T_KEYS + TAG_RULES) * sizeof *columns);

    columns[T_TYPE] = (struct column){ .name = "type",
                                       .kind = CELL_TEXT,
                                       .min_width = 18,
                                       .is_flexible = true,
                                       .is_in_summary = true };
    columns[T_ALL] = (struct column){
        .name = "all", .kind = CELL_NUMBER, .quantity = QUANTITY_COUNT, .priority = 1
    };
    columns[T_FAULTY] = (struct column){
        .name = "faulty", .kind = CELL_NUMBER, .quantity = QUANTITY_COUNT, .is_in_summary = true
    };
    *count = T_KEYS;
    for (size_t i = 0; i < TAG_RULES; i++) {
        size_t first = first_rule(i);

        column_of[i] = first == i ? *count : column_of[first];
        if (first == i)
            columns[(*count)++] = (struct column){
                .name = tag_rules[i].key,
                .kind = CELL_TEXT,
                .priority = (uint8_t)(2 + tag_rules[i].demand + 2 * (tag_rules[i].set != TAG_OURS))
            };
    }
    return columns;
}

static void
fill_type(struct row *row, struct arena *arena, const struct type_tally *type, size_t columns,
          const size_t column_of[TAG_RULES])
{
    struct cell *cells = arena_alloc(arena, columns * sizeof *cells);

    cells[T_TYPE] = cell_text(type->type, LEVEL_NONE);
    cells[T_ALL] = cell_number((double)type->all, QUANTITY_COUNT, LEVEL_NONE);
    cells[T_FAULTY] =
        cell_number((double)type->faulty, QUANTITY_COUNT, type->faulty > 0 ? LEVEL_WARN : LEVEL_OK);
    for (size_t c = T_KEYS; c < columns; c++) {
        size_t good = 0, asked = 0;

        for (size_t i = 0; i < TAG_RULES; i++) {
            good += column_of[i] == c ? type->rules[i].good : 0;
            asked += column_of[i] == c ? type->rules[i].asked : 0;
        }
        if (asked > 0)
            cells[c] = cell_text(arena_printf(arena, "%zu/%zu", good, asked),
                                 good == asked ? LEVEL_OK : LEVEL_WARN);
    }
    *row = (struct row){ .key = type->type,
                         .cells = cells,
                         .level = type->faulty > 0 ? LEVEL_WARN : LEVEL_NONE };
}

static void
build_types(struct panel *panel, struct arena *arena, const struct view_query *q,
            const struct type_tally *types, size_t count)
{
    struct grid *grid = arena_alloc(arena, sizeof *grid);
    struct row *rows = arena_alloc(arena, (count + 1) * sizeof *rows);
    size_t columns, column_of[TAG_RULES];

    *grid = (struct grid){ .name = "types",
                           .columns = type_columns(arena, &columns, column_of),
                           .rows = rows,
                           .row_count = count,
                           .sort_column = -1,
                           .empty = "no resource is ours to judge" };
    grid->column_count = columns;
    for (size_t i = 0; i < count; i++)
        fill_type(&rows[i], arena, &types[i], columns, column_of);
    panel->name = "types";
    panel->title = "right by type and key";
    panel->grid = grid;
    known_tags_source(panel, q);
}

/* --- every rule of the schema --- */

enum { R_KEY, R_OF, R_RIGHT, R_MISSING, R_WRONG, R_LOST, R_EXPECTED, RULE_COLUMNS };

/* clang-format off */
static const struct column rule_columns[RULE_COLUMNS] = {
    [R_KEY] =      { .name = "key", .kind = CELL_TEXT, .is_in_summary = true },
    [R_OF] =       { .name = "of", .kind = CELL_TEXT, .priority = 1 },
    [R_RIGHT] =    { .name = "right", .kind = CELL_TEXT, .is_in_summary = true },
    [R_MISSING] =  { .name = "missing", .kind = CELL_NUMBER, .quantity = QUANTITY_COUNT },
    [R_WRONG] =    { .name = "wrong", .kind = CELL_NUMBER, .quantity = QUANTITY_COUNT },
    [R_LOST] =     { .name = "untagged", .kind = CELL_NUMBER, .quantity = QUANTITY_MICROUSD },
    [R_EXPECTED] = { .name = "expected", .kind = CELL_TEXT, .priority = 2, .min_width = 10, .is_flexible = true },
};
/* clang-format on */

/* The keys that the bill is grouped by. */
static const struct {
    const char *key;
    const char *answer;
    int place;
} billed[] = {
    { "Component", COSTS_COMPONENTS, 0 },
    { "Function", COSTS_COMPONENTS, 1 },
    { "Environment", COSTS_ENVIRONMENTS, 0 },
};
#define BILLED (sizeof billed / sizeof billed[0])

/* What this month has cost so far without the key, and so stands in no report by it. */
static struct cell
lost_cell(struct arena *arena, const struct view_query *q, const char *key)
{
    struct spend_part *parts;
    size_t count, at = 0;

    while (at < BILLED && strcmp(billed[at].key, key) != 0)
        at++;
    if (at == BILLED)
        return (struct cell){ .kind = CELL_EMPTY };
    parts = costs_split(arena, &count, q, billed[at].answer, billed[at].place);
    for (size_t i = 0; i < count; i++) {
        if (*parts[i].name == '\0')
            return cell_number((double)parts[i].to_date, QUANTITY_MICROUSD,
                               parts[i].to_date > 0 ? LEVEL_WARN : LEVEL_OK);
    }
    return (struct cell){ .kind = CELL_EMPTY };
}

static void
fill_rule(struct row *row, struct arena *arena, const struct view_query *q, size_t rule,
          const struct tally *tally)
{
    struct cell *cells = arena_alloc(arena, RULE_COLUMNS * sizeof *cells);
    bool is_well = tally->good == tally->asked;

    cells[R_KEY] = cell_text(tag_rules[rule].key, LEVEL_NONE);
    cells[R_OF] = cell_text(tag_rules[rule].of_text, LEVEL_NONE);
    if (tally->asked > 0) {
        cells[R_RIGHT] = cell_text(arena_printf(arena, "%zu/%zu", tally->good, tally->asked),
                                   is_well ? LEVEL_OK : LEVEL_WARN);
        cells[R_MISSING] = cell_number((double)tally->missing, QUANTITY_COUNT, LEVEL_NONE);
        cells[R_WRONG] = cell_number((double)tally->wrong, QUANTITY_COUNT, LEVEL_NONE);
    }
    if (tag_rules[rule].set == TAG_OURS)
        cells[R_LOST] = lost_cell(arena, q, tag_rules[rule].key);
    cells[R_EXPECTED] = cell_text(tag_rules[rule].expected, LEVEL_NONE);
    *row = (struct row){ .key = arena_printf(arena, "%s.%s", tag_rules[rule].of_text,
                                             tag_rules[rule].key),
                         .cells = cells,
                         .level = is_well ? LEVEL_NONE : LEVEL_WARN };
}

/* Of how much, or why nobody knows; the rules themselves do not wait for the bill. */
static const char *
lost_note(struct arena *arena, const struct view_query *q)
{
    const struct answer *answer = snapshot_answer(q->snapshot, COSTS_COMPONENTS);
    struct spend_part *parts;
    int64_t total = 0;
    size_t count;

    if (answer == NULL || answer->got_ms == 0)
        return answer == NULL || answer->failure == NULL
                   ? "no bill yet"
                   : arena_printf(arena, "no bill: %s", answer->failure);
    parts = costs_split(arena, &count, q, COSTS_COMPONENTS, 0);
    for (size_t i = 0; i < count; i++)
        total += parts[i].to_date;
    return arena_printf(arena, "untagged of %s this month, Project=" LIMIT_PROJECT,
                        costs_usd(arena, total));
}

static void
build_rules(struct panel *panel, struct arena *arena, const struct view_query *q,
            const struct type_tally *types, size_t count)
{
    struct grid *grid = arena_alloc(arena, sizeof *grid);
    struct row *rows = arena_alloc(arena, TAG_RULES * sizeof *rows);

    for (size_t i = 0; i < TAG_RULES; i++) {
        struct tally sum = { 0 };

        for (size_t t = 0; t < count; t++) {
            sum.asked += types[t].rules[i].asked;
            sum.good += types[t].rules[i].good;
            sum.missing += types[t].rules[i].missing;
            sum.wrong += types[t].rules[i].wrong;
        }
        fill_rule(&rows[i], arena, q, i, &sum);
    }
    *grid = (struct grid){ .name = "rules",
                           .columns = rule_columns,
                           .column_count = RULE_COLUMNS,
                           .rows = rows,
                           .row_count = TAG_RULES,
                           .sort_column = -1 };
    panel->name = "rules";
    panel->title = "rules";
    panel->note = lost_note(arena, q);
    panel->grid = grid;
    known_tags_source(panel, q);
}

/* --- whether the bill knows the keys --- */

enum { A_KEY, A_STATE, A_SINCE, ACTIVATION_COLUMNS };

/* clang-format off */
static const struct column activation_columns[ACTIVATION_COLUMNS] = {
    [A_KEY] =   { .name = "key", .kind = CELL_TEXT, .is_in_summary = true },
    [A_STATE] = { .name = "in the bill", .kind = CELL_TEXT, .min_width = 8, .is_flexible = true, .is_in_summary = true },
    [A_SINCE] = { .name = "since", .kind = CELL_TIME, .priority = 1 },
};
/* clang-format on */

static struct cell
activation_cell(struct arena *arena, const struct known_cost_tag *tag)
{
    switch (tag->state) {
    case COST_TAG_ACTIVE:
        return cell_text("active", LEVEL_OK);
    case COST_TAG_INACTIVE:
        return cell_text("inactive", LEVEL_BAD);
    case COST_TAG_UNLISTED:
        return cell_text("never seen", LEVEL_BAD);
    case COST_TAG_SETTLING:
        return cell_text(arena_printf(arena, "in %d h", tag->hours_left), LEVEL_WARN);
    default:
        return cell_text("", LEVEL_UNKNOWN);
    }
}

static void
build_activation(struct panel *panel, struct arena *arena, const struct view_query *q)
{
    const struct answer *answer = snapshot_answer(q->snapshot, known_cost_tags_key());
    struct grid *grid = arena_alloc(arena, sizeof *grid);
    struct row *rows = arena_alloc(arena, TAG_COST_KEYS * sizeof *rows);
    bool is_known = answer != NULL && answer->got_ms != 0;

    for (size_t i = 0; i < TAG_COST_KEYS; i++) {
        struct known_cost_tag tag = known_cost_tag(q, tag_cost_keys[i]);
        struct cell *cells = arena_alloc(arena, ACTIVATION_COLUMNS * sizeof *cells);

        cells[A_KEY] = cell_text(tag_cost_keys[i], LEVEL_NONE);
        cells[A_STATE] = activation_cell(arena, &tag);
        cells[A_SINCE] = cell_time(tag.changed_ms);
        rows[i] = (struct row){ .key = tag_cost_keys[i],
                                .cells = cells,
                                .level = cells[A_STATE].level > LEVEL_OK ? cells[A_STATE].level
                                                                         : LEVEL_NONE };
    }
    *grid = (struct grid){ .name = "activation",
                           .columns = activation_columns,
                           .column_count = ACTIVATION_COLUMNS,
                           .rows = rows,
                           .row_count = is_known ? TAG_COST_KEYS : 0,
                           .sort_column = -1,
                           .empty = "" };
    panel->name = "activation";
    panel->title = "cost allocation";
    panel->grid = grid;
    panel_source(panel, KNOWN_COST_TAGS_SOURCE, q, answer);
}

/* --- all of it --- */

static const struct known_tag *
chosen(const struct known_tags *known, const struct view_query *q)
{
    const char *arn = *q->key != '\0' ? q->key : q->cursor;

    for (size_t i = 0; i < known->count; i++) {
        if (strcmp(known->items[i].resource->arn, arn) == 0)
            return &known->items[i];
    }
    return known->count > 0 ? &known->items[0] : NULL;
}

void
tags_build(struct model *out, struct arena *arena, const struct view_query *q)
{
    struct panel *panels = arena_alloc(arena, 5 * sizeof *panels);
    const struct known_tag *tag;
    struct type_tally *types;
    struct known_tags known;
    size_t type_count;

    model_begin(out, q);
    known_tags_read(&known, arena, q);
    out->attention = (unsigned)known.faulty;
    out->attention_level = known.faulty > 0 ? LEVEL_WARN : LEVEL_NONE;
    out->panels = panels;
    if (known.count > 1)
        qsort(known.items, known.count, sizeof *known.items, worst_first);
    build_resources(&panels[out->panel_count++], arena, q, &known);
    if (q->is_behind)
        return;
    tag = chosen(&known, q);
    if (tag != NULL)
        build_resource(&panels[out->panel_count++], arena, q, tag);
    types = tally_types(arena, &known, &type_count);
    build_types(&panels[out->panel_count++], arena, q, types, type_count);
    build_rules(&panels[out->panel_count++], arena, q, types, type_count);
    build_activation(&panels[out->panel_count++], arena, q);
}
