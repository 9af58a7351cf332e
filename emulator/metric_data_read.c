/* metric_data_read.c - metric data queries as they are stated, and what ties them together.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "emulator/metric_data_own.h"

#include <string.h>

#include "base/text.h"
#include "emulator/aws_metric.h"

#define LABEL_MAX 4096
#define ID_MAX    255

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
    enum status st = awsvalue_string(in, "Label", AWS_OPTIONAL, 0, LABEL_MAX, out);

    if (st == OK && *out != NULL && strstr(*out, "${") != NULL)
        return awsvalue_invalid(in, "Label",
                                "holds a dynamic label, which obsview does not support");
    return st;
}

static uint64_t
hash_text(const char *text, uint64_t seed)
{
    return text_hash(text, strlen(text) + 1, seed);
}

/* Every query is compared with every other one: hashes first, texts only where those agree. */
static void
hash_entry(struct metric_data_entry *e)
{
    e->id_hash = hash_text(e->id, TEXT_HASH_SEED);
    e->metric_hash = hash_text(e->key.metric, TEXT_HASH_SEED);
    e->dims_hash = TEXT_HASH_SEED;
    for (size_t i = 0; i < e->key.dims.count; i++) {
        e->dims_hash = hash_text(e->key.dims.dims[i].name, e->dims_hash);
        e->dims_hash = hash_text(e->key.dims.dims[i].value, e->dims_hash);
    }
    e->hash = hash_text(e->key.namespace_name, e->metric_hash ^ e->dims_hash);
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
        st = aws_metric_key(&metric, arena, &e->key);
    if (st == OK)
        st = aws_metric_period(&stat, &e->period_ms);
    if (st == OK)
        st = aws_metric_unit(&stat, &e->unit);
    if (st == OK)
        st = awsvalue_string(&stat, "Stat", AWS_REQUIRED, 1, ID_MAX, &e->stat_name);
    if (st == OK)
        st = aws_metric_statistic(&stat, "Stat", e->stat_name, &e->stat);
    return st;
}

static enum status
read_entry(const struct awslist *list, struct arena *arena, struct metric_data_entry *e)
{
    static const char *const known[] = { "Id", "MetricStat", "Label", "ReturnData", NULL };
    struct awsvalue in;
    enum status st;

    *e = (struct metric_data_entry){ .unit = -1, .is_returned = true };
    st = awslist_struct(list, &in);
    if (st == OK && awsvalue_has(&in, "Expression"))
        return awsvalue_invalid(&in, "Expression",
                                "is not supported: obsview computes no metric math");
    if (st == OK)
        st = aws_only(&in, known);
    if (st == OK)
        st = read_id(&in, &e->id);
    if (st == OK)
        st = read_label(&in, &e->label);
    if (st == OK)
        st = awsvalue_bool(&in, "ReturnData", AWS_OPTIONAL, &e->is_returned);
    if (st == OK)
        st = read_metric_stat(&in, arena, e);
    if (st == OK)
        hash_entry(e);
    return st;
}

static bool
same_dims(const struct dimension_set *a, const struct dimension_set *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        if (strcmp(a->dims[i].name, b->dims[i].name) != 0 ||
            strcmp(a->dims[i].value, b->dims[i].value) != 0)
            return false;
    }
    return true;
}

static bool
same_group(const struct metric_data_entry *a, const struct metric_data_entry *b)
{
    return a->hash == b->hash && a->period_ms == b->period_ms && a->unit == b->unit &&
           strcmp(a->key.metric, b->key.metric) == 0 &&
           strcmp(a->key.namespace_name, b->key.namespace_name) == 0 &&
           same_dims(&a->key.dims, &b->key.dims);
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
    st = relate(data, key, in->error);
    if (st == OK)
        *out = data;
    return st;
}
