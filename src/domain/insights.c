/* insights.c - carries a plan out: lines into the first section, its records into the next.
 * SPDX-License-Identifier: MIT
 *
 * The first section looks at every line as it comes. What is behind it sees only what the first one
 * gathered, so it is done anew whenever the rows are asked for; that is how a running query has
 * partial answers. */
#include "config.h"

#include "domain/insights.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "domain/insights_groups.h"
#include "domain/insights_rows.h"

#define FIELDS_MAX     1000 /* that are told of one line */
#define PATH_MAX_BYTES 1024

/* What a section has gathered. */
struct gathered {
    const struct insights_section *section;
    struct insights_groups groups;
    struct insights_rows rows;
    bool is_live;
};

struct insights {
    struct insights_plan *plan;
    struct insights_record record;
    struct gathered *gathered; /* one for each section */
    struct insights_counts counts;
    struct err failure;
    struct insights_row **sorted; /* of the last section */
    size_t sorted_count;
    unsigned *column_kept; /* index of each column among the kept slots */
};

/* --- gathering -------------------------------------------------------------------------------- */

static void
gathered_init(struct gathered *g, const struct insights_section *section, bool first)
{
    g->section = section;
    g->is_live = true;
    if (section->is_stats)
        groups_init(&g->groups, section);
    else
        rows_init(&g->rows, section, first);
}

static void
gathered_fini(struct gathered *g)
{
    if (g->is_live && g->section->is_stats)
        groups_fini(&g->groups);
    else if (g->is_live)
        rows_fini(&g->rows);
    g->is_live = false;
}

static size_t
gathered_bytes(const struct gathered *g)
{
    if (!g->is_live)
        return 0;
    return g->section->is_stats ? groups_bytes(&g->groups) : rows_bytes(&g->rows);
}

static enum status
check_bounds(struct insights *q, const struct gathered *g)
{
    if (g->section->is_stats && g->groups.count > INSIGHTS_GROUPS_MAX)
        return err_set(&q->failure, E_LIMIT, "stats came to more than %d groups",
                       INSIGHTS_GROUPS_MAX);
    if (gathered_bytes(g) > INSIGHTS_BYTES_MAX)
        return err_set(
            &q->failure, E_LIMIT,
            "what the query keeps came to more than %zu MiB: ask for fewer fields, groups "
            "or rows",
            INSIGHTS_BYTES_MAX >> 20);
    return OK;
}

/* The record at hand through a section; *passed says whether it came to its end. */
static enum status
pass(struct insights *q, struct gathered *g, bool *passed)
{
    *passed = record_pass(&q->record, g->section);
    if (!*passed)
        return OK;
    if (g->section->is_stats)
        groups_add(&g->groups, &q->record);
    else
        rows_offer(&g->rows, &q->record);
    return check_bounds(q, g);
}

enum status
insights_add(struct insights *q, const struct insights_line *line)
{
    bool passed;
    enum status st;

    if (q->failure.code != OK)
        return q->failure.code;
    record_begin(&q->record, line);
    st = pass(q, &q->gathered[0], &passed);
    q->counts.scanned++;
    q->counts.bytes += line->len;
    q->counts.matched += passed;
    q->counts.undecided += q->record.gave_up;
    return st;
}

/* --- collecting ------------------------------------------------------------------------------- */

static void
restore(struct insights *q, const struct gathered *g, const struct insights_row *row)
{
    const struct insights_section *s = g->section;

    record_begin(&q->record, NULL);
    q->record.is_line = row->is_line; /* what was a line stays one */
    q->record.group = row->group;
    q->record.row_id = row->id;
    for (unsigned i = 0; i < s->kept_count; i++)
        record_set(&q->record, s->kept[i], *row_value(&g->rows, row, i));
}

static enum status
pass_rows(struct insights *q, struct gathered *from, struct gathered *to)
{
    size_t count;
    struct insights_row **rows = rows_sorted(&from->rows, &count);
    enum status st = OK;
    bool passed;

    for (size_t i = 0; st == OK && i < count; i++) {
        restore(q, from, rows[i]);
        st = pass(q, to, &passed);
    }
    free(rows);
    return st;
}

static enum status
pass_groups(struct insights *q, struct gathered *from, struct gathered *to)
{
    enum status st = OK;
    bool passed;

    for (size_t i = 0; st == OK && i < from->groups.count; i++) {
        groups_give(&from->groups, i, &q->record);
        st = pass(q, to, &passed);
    }
    return st;
}

static void
sort_last(struct insights *q)
{
    const struct gathered *last = &q->gathered[q->plan->section_count - 1];

    free(q->sorted);
    q->sorted = rows_sorted(&last->rows, &q->sorted_count);
}

enum status
insights_collect(struct insights *q)
{
    enum status st = q->failure.code;

    for (unsigned i = 1; st == OK && i < q->plan->section_count; i++) {
        struct gathered *from = &q->gathered[i - 1], *to = &q->gathered[i];

        gathered_fini(to);
        gathered_init(to, &q->plan->sections[i], false);
        st = from->section->is_stats ? pass_groups(q, from, to) : pass_rows(q, from, to);
    }
    if (st == OK)
        sort_last(q);
    return st;
}

enum status
insights_settle(struct insights *q)
{
    enum status st = insights_collect(q);

    for (unsigned i = 0; i + 1 < q->plan->section_count; i++)
        gathered_fini(&q->gathered[i]);
    if (st != OK) {
        gathered_fini(&q->gathered[q->plan->section_count - 1]);
        q->sorted_count = 0;
    }
    return st;
}

/* --- the life of a query ---------------------------------------------------------------------- */

static void
find_columns(struct insights *q)
{
    const struct insights_plan *plan = q->plan;
    const struct insights_section *last = &plan->sections[plan->section_count - 1];

    q->column_kept = xcalloc(plan->column_count + 1, sizeof *q->column_kept);
    for (unsigned c = 0; c < plan->column_count; c++) {
        while (last->kept[q->column_kept[c]] != plan->columns[c].slot)
            q->column_kept[c]++;
    }
}

enum status
insights_new(struct insights **out, const char *query, const struct insights_options *options,
             struct insights_error *error)
{
    struct insights *q;
    struct insights_plan *plan;
    enum status st = plan_read(&plan, query, options->limit == 0 ? INSIGHTS_ROWS : options->limit,
                               options->now_ms, error);

    if (st != OK)
        return st;
    q = xcalloc(1, sizeof *q);
    q->plan = plan;
    record_init(&q->record, plan);
    q->gathered = xcalloc(plan->section_count, sizeof *q->gathered);
    for (unsigned i = 0; i < plan->section_count; i++)
        gathered_init(&q->gathered[i], &plan->sections[i], i == 0);
    find_columns(q);
    *out = q;
    return OK;
}

void
insights_free(struct insights *q)
{
    if (q == NULL)
        return;
    for (unsigned i = 0; i < q->plan->section_count; i++)
        gathered_fini(&q->gathered[i]);
    free(q->gathered);
    free(q->sorted);
    free(q->column_kept);
    record_fini(&q->record);
    plan_free(q->plan);
    free(q);
}

const char *
insights_failure(const struct insights *q)
{
    return q->failure.code == OK ? NULL : q->failure.text;
}

void
insights_counts(const struct insights *q, struct insights_counts *out)
{
    *out = q->counts;
}

size_t
insights_memory(const struct insights *q)
{
    size_t bytes = sizeof *q + arena_used(q->plan->arena) + sizeof *q->plan;

    for (unsigned i = 0; i < q->plan->section_count; i++)
        bytes += gathered_bytes(&q->gathered[i]);
    return bytes;
}

/* --- the answer ------------------------------------------------------------------------------- */

size_t
insights_row_count(const struct insights *q)
{
    return q->sorted_count;
}

unsigned
insights_column_count(const struct insights *q)
{
    return q->plan->column_count;
}

const char *
insights_column_name(const struct insights *q, unsigned column)
{
    return q->plan->columns[column].name;
}

const struct value *
insights_cell(const struct insights *q, size_t row, unsigned column)
{
    const struct gathered *last = &q->gathered[q->plan->section_count - 1];

    return row_value(&last->rows, q->sorted[row], q->column_kept[column]);
}

bool
insights_row_line(const struct insights *q, size_t row, unsigned *group, const char **id)
{
    if (!q->sorted[row]->is_line)
        return false;
    *group = q->sorted[row]->group;
    *id = q->sorted[row]->id;
    return true;
}

/* --- one line in full ------------------------------------------------------------------------- */

struct telling {
    insights_field_visitor *visit;
    void *arg;
    size_t count;
};

static void
tell(struct telling *t, const char *name, const struct value *v)
{
    char room[VALUE_ROOM];
    size_t len;
    const char *text;

    if (value_is_null(v) || t->count++ >= FIELDS_MAX)
        return;
    if (v->type == VALUE_TIME) {
        len = (size_t)snprintf(room, sizeof room, "%lld", (long long)v->time_ms);
        t->visit(t->arg, name, room, len);
        return;
    }
    text = value_as_text(v, room, &len);
    t->visit(t->arg, name, text, len);
}

static struct value
json_value(const cJSON *item)
{
    if (cJSON_IsString(item))
        return value_quoted(item->valuestring, strlen(item->valuestring));
    if (cJSON_IsBool(item))
        return value_truth(cJSON_IsTrue(item));
    return cJSON_IsNumber(item) ? value_number(item->valuedouble)
                                : (struct value){ .type = VALUE_NULL };
}

static void
tell_json(struct telling *t, const cJSON *parent, const char *prefix)
{
    const cJSON *item;
    unsigned index = 0;

    cJSON_ArrayForEach(item, parent)
    {
        char path[PATH_MAX_BYTES], number[16];
        struct value v = json_value(item);
        int len;

        snprintf(number, sizeof number, "%u", index++);
        len = snprintf(path, sizeof path, "%s%s%s", prefix, *prefix == '\0' ? "" : ".",
                       item->string == NULL ? number : item->string);
        if (len < 0 || (size_t)len >= sizeof path || t->count >= FIELDS_MAX)
            continue;
        if (cJSON_IsObject(item) || cJSON_IsArray(item))
            tell_json(t, item, path);
        else
            tell(t, path, &v);
    }
}

static void
tell_lambda(struct telling *t, const struct insights_line *line)
{
    static const char *const names[] = {
        [LAMBDA_TYPE] = "@type",          [LAMBDA_REQUEST] = "@requestId",
        [LAMBDA_DURATION] = "@duration",  [LAMBDA_BILLED] = "@billedDuration",
        [LAMBDA_USED] = "@maxMemoryUsed", [LAMBDA_SIZE] = "@memorySize",
        [LAMBDA_INIT] = "@initDuration"
    };
    struct lambda_line lambda;

    lambda_line_read(&lambda, line->message, line->len);
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct value v = record_lambda_field(&lambda, (enum lambda_field)i);

        tell(t, names[i], &v);
    }
}

/* The document at the start of the text, whatever stands behind it. */
static size_t
document_length(const char *text, size_t len)
{
    size_t depth = 0;
    bool in_string = false;

    for (size_t i = 0; i < len; i++) {
        char c = text[i];

        if (in_string) {
            i += c == '\\';
            in_string = c != '"';
        } else if (c == '"')
            in_string = true;
        else if (c == '{' || c == '[')
            depth++;
        else if ((c == '}' || c == ']') && --depth == 0)
            return i + 1;
    }
    return len;
}

void
insights_discover(const struct insights_line *line, insights_field_visitor *visit, void *arg)
{
    struct telling t = { visit, arg, 0 };
    const char *document = record_find_json(line);
    struct value times[] = { value_time(line->time_ms), value_time(line->ingested_ms) };
    struct value texts[] = { value_quoted(line->message, line->len),
                             value_quoted(line->stream, strlen(line->stream)),
                             value_quoted(line->log, strlen(line->log)) };
    cJSON *root = NULL;

    tell(&t, "@timestamp", &times[0]);
    tell(&t, "@ingestionTime", &times[1]);
    tell(&t, "@message", &texts[0]);
    tell(&t, "@logStream", &texts[1]);
    tell(&t, "@log", &texts[2]);
    if (line->is_lambda)
        tell_lambda(&t, line);
    if (document == NULL)
        return;
    if (json_parse(&root, document,
                   document_length(document, (size_t)(line->message + line->len - document)),
                   NULL) == OK)
        tell_json(&t, root, "");
    cJSON_Delete(root);
}
