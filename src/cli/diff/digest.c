/* digest.c - lines, hits and definitions in, sorted lists out.
 * SPDX-License-Identifier: MIT
 *
 * A line goes to the collectors that the checks use, so that a group of errors or a regression is
 * the same thing here and there. */
#include "config.h"

#include "cli/diff/digest.h"

#include "base/json.h"
#include "domain/lambda_line.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOGS_MAX     2000
#define WATCHES_MAX  20000
#define FILTERS_MAX  20000
#define HITS_MAX     20000
#define FINDINGS_MAX 20000
#define GAPS_MAX     50
#define EMF_MARK     "\"_aws\""

void
digest_init(struct digest *d, const char *name)
{
    *d = (struct digest){ .arena = arena_new(), .scratch = arena_new() };
    d->name = arena_strdup(d->arena, name);
    error_groups_init(&d->errors);
    vital_samples_init(&d->vitals, DIGEST_VALUES_MAX);
    check_series_init(&d->series);
    table_init(&d->hit_index, sizeof(size_t));
    table_init(&d->finding_index, sizeof(size_t));
}

void
digest_fini(struct digest *d)
{
    for (size_t i = 0; i < d->log_count; i++)
        log_shape_fini(&d->logs[i].shape);
    table_fini(&d->finding_index);
    table_fini(&d->hit_index);
    check_series_fini(&d->series);
    vital_samples_fini(&d->vitals);
    error_groups_fini(&d->errors);
    arena_free(d->scratch);
    arena_free(d->arena);
}

static bool
has_gap(const struct digest *d, const char *text)
{
    for (size_t i = 0; i < d->gap_count; i++) {
        if (strcmp(d->gaps[i], text) == 0)
            return true;
    }
    return false;
}

void
digest_add_gap(struct digest *d, const char *fmt, ...)
{
    char text[ERR_TEXT_MAX];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (d->gap_count == GAPS_MAX || has_gap(d, text))
        return;
    d->gaps = arena_grow(d->arena, d->gaps, d->gap_count, &d->gap_room, 8, sizeof(const char *));
    d->gaps[d->gap_count++] = arena_strdup(d->arena, text);
}

void
digest_saw(struct digest *d, int64_t time_ms)
{
    if (time_ms <= 0)
        return;
    if (d->first_ms == 0 || time_ms < d->first_ms)
        d->first_ms = time_ms;
    if (time_ms > d->last_ms)
        d->last_ms = time_ms;
}

/* --- logs ------------------------------------------------------------------------------------- */

struct digest_log *
digest_add_log(struct digest *d, const char *name)
{
    struct digest_log *log;

    if (d->log_count == LOGS_MAX) {
        digest_add_gap(d, "there are more than %d log groups", LOGS_MAX);
        return NULL;
    }
    d->logs = arena_grow(d->arena, d->logs, d->log_count, &d->log_room, 16, sizeof *d->logs);
    log = &d->logs[d->log_count++];
    *log = (struct digest_log){ .name = arena_strdup(d->arena, name) };
    log_shape_init(&log->shape);
    return log;
}

/* What the line is made of, behind the prefix that a runtime may have put in front. */
static void
take_fields(struct digest *d, struct digest_log *log, const char *line, size_t length)
{
    struct lambda_line read;
    const cJSON *object;

    lambda_line_read(&read, line, length);
    if (read.message_len == 0 || read.message[0] != '{' ||
        json_parse_in(&object, d->scratch, read.message, read.message_len, NULL) != OK)
        return;
    log_shape_take(&log->shape, object);
    if (cJSON_IsObject(json_get(object, "_aws"))) {
        d->emf_lines++;
        d->emf_bytes += length;
    }
}

void
digest_take_line(struct digest *d, struct digest_log *log, int64_t ingested_ms, const char *line,
                 size_t length)
{
    struct check_item item = { .kind = CHECK_LINE, .time_ms = ingested_ms, .length = length };

    arena_clear(d->scratch);
    item.where = log->name;
    item.text = arena_strndup(d->scratch, line, length);
    digest_saw(d, ingested_ms);
    log->lines++;
    log->bytes += length;
    d->lines++;
    d->bytes += length;
    error_groups_take(&d->errors, &item);
    if (memmem(line, length, EMF_MARK, sizeof EMF_MARK - 1) != NULL)
        vital_samples_take(&d->vitals, &item);
    take_fields(d, log, item.text, length);
}

/* --- what is counted by its name ---------------------------------------------------------------
 */

/* The place of a name; *is_new: there was none, and it is `count`, unless that is `most`. */
static size_t
place_of(struct table *index, const char *name, size_t count, size_t most, bool *is_new)
{
    size_t *place = table_find(index, name, strlen(name));

    *is_new = place == NULL;
    if (place != NULL)
        return *place;
    if (count == most)
        return most;
    place = table_add(index, name, strlen(name));
    *place = count;
    return count;
}

void
digest_add_hit(struct digest *d, const struct digest_hit *hit)
{
    const char *key;
    size_t place;
    bool is_new;

    arena_clear(d->scratch);
    key = arena_printf(d->scratch, "%s\n%s\n%s", hit->site, hit->kind, hit->name);
    place = place_of(&d->hit_index, key, d->hit_count, HITS_MAX, &is_new);
    if (place == HITS_MAX) {
        digest_add_gap(d, "there are more than %d pages and events", HITS_MAX);
        return;
    }
    if (is_new) {
        d->hits = arena_grow(d->arena, d->hits, d->hit_count, &d->hit_room, 32, sizeof *d->hits);
        d->hits[d->hit_count++] = (struct digest_hit){ .site = arena_strdup(d->arena, hit->site),
                                                       .kind = hit->kind,
                                                       .name = arena_strdup(d->arena, hit->name) };
    }
    d->hits[place].count += hit->count;
}

void
digest_add_finding(struct digest *d, const struct digest_finding *f)
{
    const char *key;
    size_t place;
    bool is_new;

    arena_clear(d->scratch);
    key = arena_printf(d->scratch, "%s\n%s", f->kind, f->place);
    place = place_of(&d->finding_index, key, d->finding_count, FINDINGS_MAX, &is_new);
    if (place == FINDINGS_MAX) {
        digest_add_gap(d, "there are more than %d places with personal data", FINDINGS_MAX);
        return;
    }
    if (is_new) {
        d->findings = arena_grow(d->arena, d->findings, d->finding_count, &d->finding_room, 32,
                                 sizeof *d->findings);
        d->findings[d->finding_count++] =
            (struct digest_finding){ .kind = arena_strdup(d->arena, f->kind),
                                     .place = arena_strdup(d->arena, f->place),
                                     .severity = f->severity };
    }
    d->findings[place].count += f->count;
    if (f->severity > d->findings[place].severity)
        d->findings[place].severity = f->severity;
}

/* --- definitions ------------------------------------------------------------------------------ */

static void
add_watch(struct digest *d, const char *alarm, const cJSON *metric)
{
    const cJSON *list = json_get(metric, "Dimensions"), *one;
    struct dimension *dims =
        arena_alloc(d->arena, ((size_t)cJSON_GetArraySize(list) + 1) * sizeof *dims);
    struct digest_watch watch = { .alarm = arena_strdup(d->arena, alarm) };

    if (json_get_string(metric, "MetricName", NULL) == NULL)
        return;
    if (d->watch_count == WATCHES_MAX) {
        digest_add_gap(d, "alarms look at more than %d series", WATCHES_MAX);
        return;
    }
    watch.key.namespace_name = arena_strdup(d->arena, json_get_string(metric, "Namespace", ""));
    watch.key.metric = arena_strdup(d->arena, json_get_string(metric, "MetricName", ""));
    cJSON_ArrayForEach(one, list) dims[watch.key.dims.count++] =
        (struct dimension){ arena_strdup(d->arena, json_get_string(one, "Name", "")),
                            arena_strdup(d->arena, json_get_string(one, "Value", "")) };
    watch.key.dims.dims = dims;
    if (metric_sort_dimensions(dims, watch.key.dims.count, NULL) != OK)
        return;
    d->watches =
        arena_grow(d->arena, d->watches, d->watch_count, &d->watch_room, 32, sizeof *d->watches);
    d->watches[d->watch_count++] = watch;
}

void
digest_add_alarm(struct digest *d, const char *name, const char *definition)
{
    const cJSON *object, *query;

    arena_clear(d->scratch);
    d->alarms++;
    if (json_parse_in(&object, d->scratch, definition, strlen(definition), NULL) != OK)
        return;
    add_watch(d, name, object);
    cJSON_ArrayForEach(query, json_get(object, "Metrics"))
        add_watch(d, name, json_get(json_get(query, "MetricStat"), "Metric"));
}

void
digest_add_filter(struct digest *d, const char *group, const char *name, const char *definition)
{
    const cJSON *object, *one;
    const char *pattern;

    arena_clear(d->scratch);
    if (d->filter_count == FILTERS_MAX) {
        digest_add_gap(d, "there are more than %d metric filters", FILTERS_MAX);
        return;
    }
    if (json_parse_in(&object, d->scratch, definition, strlen(definition), NULL) != OK)
        return;
    pattern = json_get_string(object, "filterPattern", "");
    cJSON_ArrayForEach(one, json_get(object, "metricTransformations"))
    {
        const cJSON *dimension;

        pattern =
            arena_printf(d->scratch, "%s %s", pattern, json_get_string(one, "metricValue", ""));
        cJSON_ArrayForEach(dimension, json_get(one, "dimensions")) pattern = arena_printf(
            d->scratch, "%s %s", pattern, cJSON_IsString(dimension) ? dimension->valuestring : "");
    }
    d->filters =
        arena_grow(d->arena, d->filters, d->filter_count, &d->filter_room, 16, sizeof *d->filters);
    d->filters[d->filter_count++] =
        (struct digest_filter){ .group = arena_strdup(d->arena, group),
                                .name = arena_strdup(d->arena, name),
                                .pattern = arena_strdup(d->arena, pattern) };
}

/* --- the end ---------------------------------------------------------------------------------- */

static int
by_log(const void *a, const void *b)
{
    const struct digest_log *x = a, *y = b;

    return strcmp(x->name, y->name);
}

static int
by_alarm(const void *a, const void *b)
{
    const struct digest_watch *x = a, *y = b;
    int order = strcmp(x->alarm, y->alarm);

    return order != 0 ? order : series_key_compare(&x->key, &y->key);
}

static int
by_filter(const void *a, const void *b)
{
    const struct digest_filter *x = a, *y = b;
    int order = strcmp(x->group, y->group);

    return order != 0 ? order : strcmp(x->name, y->name);
}

static int
by_hit(const void *a, const void *b)
{
    const struct digest_hit *x = a, *y = b;
    int order = strcmp(x->site, y->site);

    order = order != 0 ? order : strcmp(x->kind, y->kind);
    return order != 0 ? order : strcmp(x->name, y->name);
}

static int
by_finding(const void *a, const void *b)
{
    const struct digest_finding *x = a, *y = b;
    int order = strcmp(x->kind, y->kind);

    return order != 0 ? order : strcmp(x->place, y->place);
}

static void
sort(void *list, size_t count, size_t size, int (*by)(const void *a, const void *b))
{
    if (count > 1)
        qsort(list, count, size, by);
}

/* What the collectors had no room for. */
static void
tell_gaps(struct digest *d)
{
    if (d->errors.dropped > 0)
        digest_add_gap(d, "there are more than %d groups of errors", ERROR_GROUPS_MAX);
    if (d->vitals.dropped > 0)
        digest_add_gap(d, "%zu values of vitals are no numbers from 0, or too many",
                       d->vitals.dropped);
    if (d->series.dropped > 0)
        digest_add_gap(d, "there are more than %d series", CHECK_SERIES_MAX);
    for (size_t i = 0; i < d->log_count; i++) {
        if (d->logs[i].shape.dropped > 0)
            digest_add_gap(d, "%.200s has more than %d fields, or some with long names",
                           d->logs[i].name, LOG_SHAPE_FIELDS);
    }
}

void
digest_end(struct digest *d)
{
    vital_samples_sort(&d->vitals);
    sort(d->logs, d->log_count, sizeof *d->logs, by_log);
    sort(d->watches, d->watch_count, sizeof *d->watches, by_alarm);
    sort(d->filters, d->filter_count, sizeof *d->filters, by_filter);
    sort(d->hits, d->hit_count, sizeof *d->hits, by_hit);
    sort(d->findings, d->finding_count, sizeof *d->findings, by_finding);
    for (size_t i = 0; i < d->log_count; i++)
        log_shape_sort(&d->logs[i].shape);
    tell_gaps(d);
}
