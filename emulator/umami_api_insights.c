/* umami_api_insights.c - reports on what visitors did: breakdown, funnel, goals, retention,
 * journey. SPDX-License-Identifier: MIT
 *
 * v2 and v3 ask for the same in two ways, under partly other names ("insights" became "breakdown",
 * "goals" one "goal"); what they count hardly differs. */
#include "config.h"

#include "emulator/umami_api.h"
#include "store/umami_reports.h"

#include <math.h>
#include <string.h>

#include "base/iso8601.h"
#include "base/text.h"
#include "emulator/umami_print.h"

#define BREAKDOWN_MAX 500
#define JOURNEYS_MAX  100
#define JOURNEY_LAST  7 /* things done that a journey can have */
#define GOALS_MAX     100
#define WINDOW_MAX    (366 * 24 * 60) /* minutes */
#define MINUTE_MS     INT64_C(60000)

/* --- parameters ------------------------------------------------------------------------------- */

/* "parameters.name" of v3, "name" of v2, as faults name it. */
static void
parameter_is_wrong(struct umami_call *c, const char *name, const char *text)
{
    umami_is_wrong(c, c->is_v3 ? "parameters" : name, text,
                   arena_printf(c->arena, "%s: %s", name, text));
}

/* A number, or a string that holds one. */
static bool
read_number(struct umami_call *c, const cJSON *in, const char *name, double least, double most,
            double *out)
{
    const cJSON *value = json_get(in, name);
    double number;

    if (cJSON_IsNumber(value))
        number = value->valuedouble;
    else if (!cJSON_IsString(value) || !text_parse_double(&number, value->valuestring)) {
        parameter_is_wrong(c, name, "expected a number");
        return false;
    }
    if (!(number >= least && number <= most)) {
        parameter_is_wrong(c, name,
                           arena_printf(c->arena, "expected a number from %g to %g", least, most));
        return false;
    }
    *out = number;
    return true;
}

/* A list of at least `least` and at most `most`; NULL: at fault. */
static const cJSON *
read_list(struct umami_call *c, const cJSON *in, const char *name, int least, int most)
{
    const cJSON *list = json_get(in, name);

    if (cJSON_IsArray(list) && cJSON_GetArraySize(list) >= least &&
        cJSON_GetArraySize(list) <= most)
        return list;
    parameter_is_wrong(
        c, name, arena_printf(c->arena, "expected an array of %d to %d members", least, most));
    return NULL;
}

static void
finish(struct umami_call *c, enum status st, const struct err *err)
{
    if (st == OK)
        umami_answer(c);
    else
        umami_fail(c, st, err);
}

/* --- breakdown -------------------------------------------------------------------------------- */

static void
put_breakdown(struct umami_call *c, const struct umami_breakdown *b, const char *const *names,
              size_t count)
{
    buf_addc(&c->out, '[');
    for (size_t i = 0; i < b->count; i++) {
        const struct umami_breakdown_row *row = &b->rows[i];

        put_item(&c->out);
        buf_addc(&c->out, '{');
        put_digits(&c->out, "views", row->totals.rows);
        put_int(&c->out, "visitors", row->totals.visitors);
        put_int(&c->out, "visits", row->totals.visits);
        put_int(&c->out, "bounces", row->totals.bounces);
        put_digits(&c->out, "totaltime", row->totals.totaltime_s);
        for (size_t k = 0; k < count; k++)
            put_text(&c->out, names[k], row->names[k]);
        buf_addc(&c->out, '}');
    }
    buf_addc(&c->out, ']');
}

/* v3 names fields by strings, v2 by objects with a name. */
static bool
read_fields(struct umami_call *c, const cJSON *parameters, enum umami_column *columns,
            const char **names, size_t *count)
{
    const cJSON *fields = read_list(c, parameters, "fields", 1, UMAMI_FIELDS_MAX), *field;

    *count = 0;
    cJSON_ArrayForEach(field, fields)
    {
        const char *name =
            c->is_v3 ? cJSON_GetStringValue(field) : json_get_string(field, "name", NULL);

        if (name == NULL || !umami_column_of(&columns[*count], name, c->is_v3)) {
            parameter_is_wrong(c, "fields",
                               arena_printf(c->arena,
                                            "%.64s is no field that can be broken down by",
                                            name == NULL ? "what is no name" : name));
            break;
        }
        for (size_t i = 0; i < *count; i++) {
            if (columns[i] == columns[*count])
                parameter_is_wrong(c, "fields", "a field is there twice");
        }
        names[(*count)++] = name;
    }
    return !umami_faulty(c);
}

static void
answer_breakdown(struct umami_call *c, const cJSON *parameters)
{
    enum umami_column columns[UMAMI_FIELDS_MAX];
    const char *names[UMAMI_FIELDS_MAX];
    struct umami_breakdown b = { 0 };
    struct err err = { 0 };
    size_t count;
    enum status st;

    if (!read_fields(c, parameters, columns, names, &count))
        return;
    c->scope.types = UMAMI_BIT(UMAMI_ROW_VIEW);
    c->scope.only_types = 0;
    st = store_umami_breakdown(c->reader, c->arena, &c->scope, columns, count, !c->is_v3,
                               BREAKDOWN_MAX, &b, &err);
    if (st == OK)
        put_breakdown(c, &b, names, count);
    finish(c, st, &err);
}

void
umami_report_breakdown(struct umami_call *c)
{
    const cJSON *parameters;

    if (umami_read_report(c, &parameters))
        answer_breakdown(c, parameters);
}

/* v2's filters are a list of {name, operator, value}; the last of a name counts. */
static bool
read_filter_list(struct umami_call *c)
{
    static const struct {
        const char *word;
        enum umami_operator operator_;
    } words[] = { { "eq", UMAMI_IS },
                  { "neq", UMAMI_IS_NOT },
                  { "c", UMAMI_CONTAINS },
                  { "dnc", UMAMI_CONTAINS_NOT } };
    const cJSON *list = read_list(c, c->body, "filters", 0, UMAMI_FILTERS_MAX), *filter;

    cJSON_ArrayForEach(filter, list)
    {
        struct umami_filter *f = &c->filters[c->scope.filter_count++];
        const char *name = json_get_string(filter, "name", "");
        const char *word = json_get_string(filter, "operator", "");
        const char **value = arena_alloc(c->arena, sizeof *value);
        size_t i = 0;

        while (i < 4 && strcmp(words[i].word, word) != 0)
            i++;
        *value = json_get_string(filter, "value", NULL);
        if (!umami_column_of(&f->column, name, false) || i == 4 || *value == NULL) {
            umami_is_wrong(c, "filters", "expected name, operator (eq, neq, c, dnc) and value",
                           NULL);
            break;
        }
        f->operator_ = words[i].operator_;
        f->values = value;
        f->count = 1;
    }
    c->scope.filters = c->filters;
    return !umami_faulty(c);
}

void
umami_report_insights(struct umami_call *c)
{
    const cJSON *parameters;

    c->scope.own_referrer_with_www = true;
    if (umami_read_report(c, &parameters) && read_filter_list(c))
        answer_breakdown(c, parameters);
}

/* --- funnel ----------------------------------------------------------------------------------- */

/* {type: "path" (of v2 "url") or "event", value}. false: at fault, or answered. */
static bool
read_step(struct umami_call *c, const cJSON *step, const char *list, struct umami_step *out)
{
    const char *path = c->is_v3 ? "path" : "url", *type = json_get_string(step, "type", "");
    const cJSON *filters = json_get(step, "filters");

    out->value = json_get_string(step, "value", NULL);
    out->is_event = strcmp(type, path) != 0;
    if (out->value == NULL || (out->is_event && strcmp(type, "event") != 0)) {
        parameter_is_wrong(c, list,
                           arena_printf(c->arena, "expected type (%s, event) and value", path));
        return !umami_faulty(c);
    }
    if (out->is_event && cJSON_GetArraySize(filters) > 0) {
        umami_refuse_unbuilt(c, "a filter of a step");
        return false;
    }
    return true;
}

/* Not a number where one step has none to be compared with: null, as JSON has no such number. */
static void
put_ratio(struct buf *b, const char *key, double value)
{
    put_number(b, key, isfinite(value) ? value : (double)NAN);
}

static void
put_step(struct umami_call *c, const cJSON *step, const int64_t *visitors, int at)
{
    const int64_t now = visitors[at], previous = at == 0 ? 0 : visitors[at - 1];

    put_item(&c->out);
    buf_addc(&c->out, '{');
    put_text(&c->out, "type", json_get_string(step, "type", ""));
    put_text(&c->out, "value", json_get_string(step, "value", ""));
    put_int(&c->out, "visitors", now);
    put_int(&c->out, "previous", previous);
    put_int(&c->out, "dropped", previous > 0 ? previous - now : 0);
    put_ratio(&c->out, "dropoff", previous == 0 ? (double)NAN : 1 - (double)now / (double)previous);
    put_ratio(&c->out, "remaining",
              visitors[0] == 0 ? (double)NAN : (double)now / (double)visitors[0]);
    buf_addc(&c->out, '}');
}

void
umami_report_funnel(struct umami_call *c)
{
    const cJSON *parameters, *list, *step;
    struct umami_step steps[UMAMI_STEPS_MAX];
    int64_t visitors[UMAMI_STEPS_MAX];
    double window = 0;
    size_t count = 0;
    struct err err = { 0 };
    enum status st;
    int at = 0;

    if (!umami_read_report(c, &parameters))
        return;
    (void)read_number(c, parameters, "window", 1 / 60.0, WINDOW_MAX, &window);
    list = read_list(c, parameters, "steps", 2, UMAMI_STEPS_MAX);
    if (umami_faulty(c))
        return;
    cJSON_ArrayForEach(step, list)
    {
        if (!read_step(c, step, "steps", &steps[count++]))
            return;
    }
    c->scope.types = UMAMI_ALL_TYPES;
    st = store_umami_funnel(c->reader, c->arena, &c->scope, steps, count,
                            (int64_t)(window * MINUTE_MS), visitors, &err);
    buf_addc(&c->out, '[');
    cJSON_ArrayForEach(step, list)
    {
        if (st == OK)
            put_step(c, step, visitors, at++);
    }
    buf_addc(&c->out, ']');
    finish(c, st, &err);
}

/* --- goals ------------------------------------------------------------------------------------ */

/* Those who did it, and all who came. */
void
umami_report_goal(struct umami_call *c)
{
    const cJSON *parameters;
    struct umami_step step;
    struct umami_totals all = { 0 };
    int64_t rows, sessions = 0;
    struct err err = { 0 };
    enum status st;

    if (!umami_read_report(c, &parameters) || !read_step(c, parameters, "type", &step))
        return;
    c->scope.only_types = 0;
    c->scope.types = UMAMI_ALL_TYPES;
    st = store_umami_totals(c->reader, c->arena, &c->scope, &all, &err);
    c->scope.types = UMAMI_BIT(step.is_event ? UMAMI_ROW_EVENT : UMAMI_ROW_VIEW);
    if (st == OK)
        st = store_umami_goal(c->reader, c->arena, &c->scope, &step, &rows, &sessions, &err);
    buf_addc(&c->out, '{');
    put_int(&c->out, "num", sessions);
    put_int(&c->out, "total", all.visitors);
    buf_addc(&c->out, '}');
    finish(c, st, &err);
}

static const char *const goal_types[] = { "url", "event", "event-data" };
enum { GOAL_DATA = 2, GOAL_TYPES };

struct property_sum {
    int64_t rows, numbers;
    double sum;
};

static bool
add_number(void *arg, const struct umami_property *p)
{
    struct property_sum *s = arg;

    s->rows++;
    s->numbers += p->has_number;
    s->sum += p->has_number ? p->number : 0;
    return true;
}

/* How often; or the sum or average of a property of an event. */
static enum status
measure_goal(struct umami_call *c, const cJSON *goal, size_t type, double *result, struct err *err)
{
    const char *operator_ = json_get_string(goal, "operator", "");
    const struct umami_step step = { type != 0, json_get_string(goal, "value", "") };
    struct umami_property_query query = { .start_ms = c->scope.start_ms,
                                          .end_ms = c->scope.end_ms,
                                          .event = step.value,
                                          .key = json_get_string(goal, "property", "") };
    struct property_sum sum = { 0 };
    enum status st;

    if (type != GOAL_DATA) {
        int64_t rows = 0, sessions;

        c->scope.types = UMAMI_ALL_TYPES;
        st = store_umami_goal(c->reader, c->arena, &c->scope, &step, &rows, &sessions, err);
        *result = (double)rows;
        return st;
    }
    memcpy(query.website, c->website, 16);
    st = store_umami_event_data(c->reader, &query, add_number, &sum, err);
    *result = strcmp(operator_, "count") == 0 ? (double)sum.rows : sum.sum;
    if (strcmp(operator_, "average") == 0)
        *result = sum.numbers == 0 ? 0 : sum.sum / (double)sum.numbers;
    return st;
}

static bool
is_goal(const cJSON *goal, size_t *type)
{
    const char *name = json_get_string(goal, "type", "");
    const char *operator_ = json_get_string(goal, "operator", NULL);
    const char *value = json_get_string(goal, "value", NULL);

    for (*type = 0; *type < GOAL_TYPES && strcmp(goal_types[*type], name) != 0; ++*type)
        ;
    if (*type == GOAL_TYPES || value == NULL || !cJSON_IsNumber(json_get(goal, "goal")))
        return false;
    if (*type != GOAL_DATA)
        return value[0] != '*' && value[strlen(value) - (*value != '\0')] != '*';
    return operator_ != NULL && json_get_string(goal, "property", NULL) != NULL &&
           (strcmp(operator_, "count") == 0 || strcmp(operator_, "sum") == 0 ||
            strcmp(operator_, "average") == 0);
}

static enum status
put_goal(struct umami_call *c, const cJSON *goal, size_t type, struct err *err)
{
    static const char *const kept[] = { "type", "value", "operator", "property" };
    double result = 0;
    enum status st = measure_goal(c, goal, type, &result, err);

    put_item(&c->out);
    buf_addc(&c->out, '{');
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        if (json_get_string(goal, kept[i], NULL) != NULL)
            put_text(&c->out, kept[i], json_get_string(goal, kept[i], ""));
    }
    put_number(&c->out, "goal", json_get(goal, "goal")->valuedouble);
    put_number(&c->out, "result", result);
    buf_addc(&c->out, '}');
    return st;
}

/* Answered by kind: paths, events, their data. */
void
umami_report_goals(struct umami_call *c)
{
    const cJSON *parameters, *list, *goal;
    struct err err = { 0 };
    enum status st = OK;
    size_t type;

    if (!umami_read_report(c, &parameters))
        return;
    list = read_list(c, parameters, "goals", 1, GOALS_MAX);
    cJSON_ArrayForEach(goal, list)
    {
        if (!is_goal(goal, &type)) {
            umami_is_wrong(c, "goals",
                           "expected type (url, event, event-data), value and goal; of "
                           "event-data operator (count, sum, average) and property",
                           NULL);
            break;
        }
    }
    if (umami_faulty(c))
        return;
    buf_addc(&c->out, '[');
    for (size_t kind = 0; kind < GOAL_TYPES; kind++) {
        cJSON_ArrayForEach(goal, list)
        {
            if (st == OK && is_goal(goal, &type) && type == kind)
                st = put_goal(c, goal, type, &err);
        }
    }
    buf_addc(&c->out, ']');
    finish(c, st, &err);
}

/* --- retention -------------------------------------------------------------------------------- */

void
umami_report_retention(struct umami_call *c)
{
    const cJSON *parameters;
    struct umami_returns list = { 0 };
    const char *zone;
    struct err err = { 0 };
    enum status st;

    if (!umami_read_report(c, &parameters))
        return;
    zone = json_get_string(parameters, "timezone", NULL);
    if (zone == NULL && !c->is_v3)
        umami_is_wrong(c, "timezone", "Required", NULL);
    if (umami_faulty(c) || !umami_set_unit(c, "day", zone == NULL ? "utc" : zone))
        return;
    c->scope.types = UMAMI_ALL_TYPES;
    st = store_umami_retention(c->reader, c->arena, &c->scope, c->zone, !c->is_v3, &list, &err);
    buf_addc(&c->out, '[');
    for (size_t i = 0; st == OK && i < list.count; i++) {
        const struct umami_return *row = &list.rows[i];

        put_item(&c->out);
        buf_addc(&c->out, '{');
        umami_put_wall(c, "date", row->day_ms);
        put_int(&c->out, "day", row->day);
        put_int(&c->out, "visitors", row->visitors);
        put_int(&c->out, "returnVisitors", row->returned);
        put_number(&c->out, "percentage", (double)row->returned * 100 / (double)row->visitors);
        buf_addc(&c->out, '}');
    }
    buf_addc(&c->out, ']');
    finish(c, st, &err);
}

/* --- journey ---------------------------------------------------------------------------------- */

/* What is done twice running stands once, nothing too; and what lies behind the steps that were
 * asked for is one nothing more, which is not the same as one of theirs. */
static void
put_way(struct umami_call *c, const struct umami_way *way, size_t steps)
{
    put_item(&c->out);
    buf_addc(&c->out, '{');
    put_key(&c->out, "items");
    buf_addc(&c->out, '[');
    for (size_t i = 0; i < steps; i++) {
        const char *now = way->steps[i], *before = i == 0 ? NULL : way->steps[i - 1];
        const bool same = now == NULL ? before == NULL : before != NULL && strcmp(now, before) == 0;

        if (i == 0 || !same)
            put_text(&c->out, NULL, now);
    }
    if (steps < JOURNEY_LAST)
        put_null(&c->out, NULL);
    buf_addc(&c->out, ']');
    put_int(&c->out, "count", way->visits);
    buf_addc(&c->out, '}');
}

static const char *
optional_text(const cJSON *in, const char *name)
{
    const char *text = json_get_string(in, name, NULL);

    return text == NULL || *text == '\0' ? NULL : text;
}

void
umami_report_journey(struct umami_call *c)
{
    const cJSON *parameters;
    struct umami_ways list = { 0 };
    double steps = 0;
    struct err err = { 0 };
    enum status st;

    if (!umami_read_report(c, &parameters))
        return;
    if (read_number(c, parameters, "steps", c->is_v3 ? 2 : 3, JOURNEY_LAST, &steps) &&
        steps != floor(steps))
        parameter_is_wrong(c, "steps", "expected a whole number");
    if (umami_faulty(c))
        return;
    c->scope.types = UMAMI_ALL_TYPES;
    st = store_umami_ways(c->reader, c->arena, &c->scope, (size_t)steps,
                          optional_text(parameters, "startStep"),
                          optional_text(parameters, "endStep"), JOURNEYS_MAX, &list, &err);
    buf_addc(&c->out, '[');
    for (size_t i = 0; st == OK && i < list.count; i++)
        put_way(c, &list.ways[i], (size_t)steps);
    buf_addc(&c->out, ']');
    finish(c, st, &err);
}
