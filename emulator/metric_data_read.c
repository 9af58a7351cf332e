/* metric_data_read.c - metric data queries as they are stated, and what ties them together.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "emulator/metric_data_own.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "domain/dynamic_label.h"
#include "emulator/aws_metric.h"

#define LABEL_MAX         4096
#define ID_MAX            255
#define STATISTICS_BILLED 5 /* of one metric that are charged for as one */

static enum status
read_id(const struct awsvalue *in, const char **out)
{
    const char *c;
    enum status st = awsvalue_string(in, "Id", AWS_REQUIRED, 1, ID_MAX, out);

    if (st != OK)
        return st;
    for (c = *out; *c == '_' || (*c >= '0' && *c <= '9') || (*c >= 'A' && *c <= 'Z') ||
                   (*c >= 'a' && *c <= 'z');
         c++)
        continue;
    if (*c != '\0' || **out < 'a' || **out > 'z')
        return wire_error_set(in->error, 400, "ValidationError",
                              "The value for parameter %sId must be letters, numbers and "
                              "underscores, starting with a lower-case letter: %s",
                              in->path, *out);
    return OK;
}

static enum status
read_label(const struct awsvalue *in, const char **out)
{
    struct err err = { 0 };
    enum status st = awsvalue_string(in, "Label", AWS_OPTIONAL, 0, LABEL_MAX, out);

    if (st == OK && *out != NULL && dynamic_label_check(*out, &err) != OK)
        return awsvalue_invalid(in, "Label", "is not valid: %s", err.text);
    return st;
}

/* CloudWatch shows other accounts to those that are linked; nobody is linked here. */
static enum status
read_account(const struct awsvalue *in, struct metric_data_entry *e)
{
    const char *account = AWS_ACCOUNT;
    enum status st = awsvalue_string(in, "AccountId", AWS_OPTIONAL, 1, ID_MAX, &account);

    if (st == OK)
        e->is_foreign = strcmp(account, AWS_ACCOUNT) != 0;
    return st;
}

uint64_t
metric_data_hash(const char *text, uint64_t seed)
{
    return text_hash(text, strlen(text) + 1, seed ^ TEXT_HASH_SEED);
}

void
metric_origin_hash(struct metric_origin *origin)
{
    origin->metric_hash = metric_data_hash(origin->key.metric, 0);
    origin->dims_hash = 0;
    for (size_t i = 0; i < origin->key.dims.count; i++) {
        origin->dims_hash = metric_data_hash(origin->key.dims.dims[i].name, origin->dims_hash);
        origin->dims_hash = metric_data_hash(origin->key.dims.dims[i].value, origin->dims_hash);
    }
}

/* Every query is compared with every other one: hashes first, texts only where those agree. */
static void
hash_entry(struct metric_data_entry *e)
{
    metric_origin_hash(&e->origin);
    e->hash =
        metric_data_hash(e->origin.key.namespace_name, e->origin.metric_hash ^ e->origin.dims_hash);
    e->hash = text_hash(&e->period_ms, sizeof e->period_ms, e->hash);
    e->hash = text_hash(&e->unit, sizeof e->unit, e->hash);
}

static enum status
read_metric_stat(const struct awsvalue *in, struct arena *arena, struct metric_data_entry *e)
{
    static const char *const known[] = { "Metric", "Period", "Stat", "Unit", NULL };
    static const char *const known_metric[] = { "Namespace", "MetricName", "Dimensions", NULL };
    struct awsvalue stat, metric;
    enum status st;

    st = awsvalue_struct(in, "MetricStat", AWS_REQUIRED, &stat);
    if (st == OK)
        st = aws_only(&stat, known);
    if (st == OK)
        st = awsvalue_struct(&stat, "Metric", AWS_REQUIRED, &metric);
    if (st == OK)
        st = aws_only(&metric, known_metric);
    if (st == OK)
        st = aws_metric_key(&metric, arena, &e->origin.key);
    if (st == OK)
        st = aws_metric_period(&stat, &e->period_ms);
    if (st == OK)
        st = aws_metric_unit(&stat, &e->unit);
    if (st == OK)
        st = awsvalue_string(&stat, "Stat", AWS_REQUIRED, 1, ID_MAX, &e->origin.stat_name);
    if (st == OK)
        st = aws_metric_statistic(&stat, "Stat", e->origin.stat_name, &e->stat);
    if (st == OK)
        hash_entry(e);
    e->type = MATH_SERIES;
    return st;
}

static enum status
read_expression(const struct awsvalue *in, struct arena *arena, struct metric_data_entry *e)
{
    const char *text;
    struct err err = { 0 };
    enum status st =
        awsvalue_string(in, "Expression", AWS_REQUIRED, 1, METRIC_MATH_CHARS_MAX, &text);

    if (st == OK && awsvalue_has(in, "Period"))
        st = aws_metric_period(in, &e->period_ms);
    if (st != OK)
        return st;
    if (e->is_foreign)
        return awsvalue_invalid(in, "AccountId",
                                "names another account, which an expression cannot look into");
    if (metric_math_parse(&e->math, arena, text, &err) != OK)
        return wire_error_set(in->error, 400, "ValidationError", "Error in expression '%s': %s",
                              e->id, err.text);
    return OK;
}

static enum status
check_kind(const struct awsvalue *in)
{
    if (awsvalue_has(in, "Expression") && awsvalue_has(in, "MetricStat"))
        return wire_error_set(in->error, 400, "InvalidParameterCombinationException",
                              "The parameters %sExpression and %sMetricStat are mutually exclusive "
                              "and you have specified both.",
                              in->path, in->path);
    if (awsvalue_has(in, "Period") && awsvalue_has(in, "MetricStat"))
        return wire_error_set(in->error, 400, "InvalidParameterCombinationException",
                              "The parameter %sPeriod is for expressions: a metric has its period "
                              "in MetricStat.",
                              in->path);
    return OK;
}

static enum status
read_entry(const struct awslist *list, struct arena *arena, struct metric_data_entry *e)
{
    static const char *const known[] = { "Id",         "MetricStat", "Expression", "Label",
                                         "ReturnData", "Period",     "AccountId",  NULL };
    struct awsvalue in;
    enum status st;

    *e = (struct metric_data_entry){ .unit = -1, .is_returned = true };
    st = awslist_struct(list, &in);
    if (st == OK)
        st = aws_only(&in, known);
    if (st == OK)
        st = read_id(&in, &e->id);
    if (st == OK)
        st = read_label(&in, &e->label);
    if (st == OK)
        st = read_account(&in, e);
    if (st == OK)
        st = awsvalue_bool(&in, "ReturnData", AWS_OPTIONAL, &e->is_returned);
    if (st == OK)
        st = check_kind(&in);
    if (st != OK)
        return st;
    e->id_hash = metric_data_hash(e->id, 0);
    return awsvalue_has(&in, "Expression") ? read_expression(&in, arena, e)
                                           : read_metric_stat(&in, arena, e);
}

/* --- what ties queries together --- */

static bool
same_metric(const struct metric_data_entry *a, const struct metric_data_entry *b)
{
    return a->math == NULL && b->math == NULL && a->origin.metric_hash == b->origin.metric_hash &&
           a->origin.dims_hash == b->origin.dims_hash &&
           series_key_equal(&a->origin.key, &b->origin.key);
}

static bool
same_group(const struct metric_data_entry *a, const struct metric_data_entry *b)
{
    return a->hash == b->hash && a->is_foreign == b->is_foreign && a->period_ms == b->period_ms &&
           a->unit == b->unit && same_metric(a, b);
}

size_t
metric_data_billed(const struct metric_data *data)
{
    size_t billed = 0;

    for (size_t i = 0; i < data->count; i++) {
        const struct metric_data_entry *e = &data->entries[i];
        size_t before = 0;

        for (size_t k = 0; k < i; k++)
            before += same_metric(e, &data->entries[k]);
        if (e->math == NULL ? before % STATISTICS_BILLED == 0 : metric_math_is_search(e->math))
            billed++;
    }
    return billed;
}

/* Finds each query's group, and ids that stand twice. */
static enum status
relate(const struct metric_data *data, const char *key, struct wire_error *error)
{
    for (size_t i = 0; i < data->count; i++) {
        struct metric_data_entry *e = &data->entries[i];

        e->group = i;
        for (size_t k = 0; k < i; k++) {
            const struct metric_data_entry *other = &data->entries[k];

            if (e->id_hash == other->id_hash && strcmp(e->id, other->id) == 0)
                return wire_error_set(error, 400, "ValidationError",
                                      "The values for parameter id in %s are not unique: %s", key,
                                      e->id);
            if (e->group == i && same_group(e, other))
                e->group = other->group;
        }
    }
    return OK;
}

static bool
find_id(const struct metric_data *data, const char *id, size_t *out)
{
    const uint64_t hash = metric_data_hash(id, 0);

    for (size_t i = 0; i < data->count; i++) {
        if (data->entries[i].id_hash == hash && strcmp(data->entries[i].id, id) == 0) {
            *out = i;
            return true;
        }
    }
    return false;
}

struct referrer {
    const struct metric_data *data;
    struct metric_data_entry *entry;
};

/* Ids that nobody has are found by the check, which knows where they stand. */
static enum status
add_reference(void *arg, const char *id, struct err *err)
{
    const struct referrer *r = arg;
    struct metric_data_entry *e = r->entry;
    size_t target;

    (void)err;
    if (!find_id(r->data, id, &target))
        return OK;
    for (size_t i = 0; i < e->ref_count; i++) {
        if (e->refs[i] == target)
            return OK;
    }
    e->refs[e->ref_count++] = target;
    return OK;
}

static bool
lookup(void *arg, const char *id, enum math_type *type, bool *is_metric)
{
    const struct metric_data *data = arg;
    size_t target;

    if (!find_id(data, id, &target))
        return false;
    *type = data->entries[target].type;
    *is_metric = data->entries[target].math == NULL;
    return true;
}

static bool
is_ready(const struct metric_data *data, const struct metric_data_entry *e)
{
    for (size_t i = 0; i < e->ref_count; i++) {
        const struct metric_data_entry *named = &data->entries[e->refs[i]];

        if (named->math != NULL && !named->is_checked)
            return false;
    }
    return true;
}

static enum status
check_expression(struct metric_data *data, size_t i, struct wire_error *error)
{
    struct metric_data_entry *e = &data->entries[i];
    struct err err = { 0 };

    if (metric_math_check(e->math, lookup, data, &e->type, &err) != OK)
        return wire_error_set(error, 400, "ValidationError", "Error in expression '%s': %s", e->id,
                              err.text);
    if (e->is_returned && e->type == MATH_SCALAR)
        return wire_error_set(error, 400, "ValidationError",
                              "Error in expression '%s': the result is a number, but it must be a "
                              "time series: set ReturnData to false, or use TIME_SERIES()",
                              e->id);
    if (e->period_ms == 0 && metric_math_wants_period(e->math))
        return wire_error_set(error, 400, "ValidationError",
                              "Error in expression '%s': SEARCH needs a period, as its third "
                              "argument or as the Period of the query",
                              e->id);
    e->is_checked = true;
    data->order[data->order_count++] = i;
    return OK;
}

/* An expression that this one waits for. */
static size_t
next_in_circle(const struct metric_data *data, size_t i)
{
    const struct metric_data_entry *e = &data->entries[i];

    for (size_t k = 0; k < e->ref_count; k++) {
        const struct metric_data_entry *named = &data->entries[e->refs[k]];

        if (named->math != NULL && !named->is_checked)
            return e->refs[k];
    }
    return i;
}

/* Expressions that wait for each other: after as many steps as there are queries we are in the
 * circle, which then is told from its first query on. */
static enum status
circle(const struct metric_data *data, size_t i, struct wire_error *error)
{
    char chain[256] = "";
    size_t len = 0, first;

    for (size_t n = 0; n < data->count; n++)
        i = next_in_circle(data, i);
    first = i;
    for (size_t k = next_in_circle(data, i); k != i; k = next_in_circle(data, k))
        first = k < first ? k : first;
    i = first;
    do {
        if (len < sizeof chain)
            len +=
                (size_t)snprintf(chain + len, sizeof chain - len, "%.60s -> ", data->entries[i].id);
        i = next_in_circle(data, i);
    } while (i != first);
    return wire_error_set(error, 400, "ValidationError",
                          "Error in expression '%s': the expressions name each other in a circle: "
                          "%s%s",
                          data->entries[first].id, chain, data->entries[first].id);
}

/* Checks each expression once all those it names are checked. */
static enum status
check_expressions(struct metric_data *data, struct wire_error *error)
{
    size_t before, stuck;

    do {
        before = data->order_count;
        stuck = data->count;
        for (size_t i = 0; i < data->count; i++) {
            const struct metric_data_entry *e = &data->entries[i];
            enum status st;

            if (e->math == NULL || e->is_checked)
                continue;
            if (!is_ready(data, e)) {
                stuck = i;
                continue;
            }
            st = check_expression(data, i, error);
            if (st != OK)
                return st;
        }
    } while (data->order_count > before);
    return stuck < data->count ? circle(data, stuck, error) : OK;
}

static enum status
tie(struct metric_data *data, struct arena *arena, const char *key, struct wire_error *error)
{
    enum status st = relate(data, key, error);

    data->origins = arena_alloc(arena, data->count * sizeof *data->origins);
    data->order = arena_alloc(arena, data->count * sizeof *data->order);
    for (size_t i = 0; st == OK && i < data->count; i++) {
        struct metric_data_entry *e = &data->entries[i];
        struct referrer r = { data, e };
        struct err err;

        if (e->math == NULL) {
            data->origins[data->origin_count++] = &e->origin;
            continue;
        }
        e->refs = arena_alloc(arena, data->count * sizeof *e->refs);
        st = metric_math_ids(e->math, add_reference, &r, &err);
    }
    return st == OK ? check_expressions(data, error) : st;
}

enum status
metric_data_read(struct metric_data **out, struct arena *arena, const struct awsvalue *in,
                 const char *key, size_t max)
{
    struct metric_data *data = arena_alloc(arena, sizeof *data);
    struct awslist list = { 0 };
    enum status st = aws_list(in, key, AWS_REQUIRED, max, &list);

    if (st != OK)
        return st;
    data->entries = arena_alloc(arena, list.count * sizeof *data->entries);
    data->count = list.count;
    while (awslist_next(&list)) {
        st = read_entry(&list, arena, &data->entries[list.number - 1]);
        if (st != OK)
            return st;
    }
    st = tie(data, arena, key, in->error);
    if (st == OK)
        *out = data;
    return st;
}
