/* dynamic_label.c - fills the variables of a label from the series it stands for.
 * SPDX-License-Identifier: MIT
 *
 * The variables are CloudWatch's ("Use dynamic labels", CloudWatch user guide): statistics of the
 * points shown, properties of the metric, dimensions. All statistics come from one walk. */
#include "config.h"

#include "domain/dynamic_label.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/iso8601.h"

#define VALUES_MAX  5 /* "up to five dynamic statistical values" */
#define LABEL_BYTES 65536

/* Everything a series can be asked for, in one walk. */
struct facts {
    double sum, min, max;
    int64_t min_ms, max_ms;
};

typedef void write_value(struct buf *b, const struct dynamic_label_source *s,
                         const struct facts *f);

static void
put_number(struct buf *b, double number)
{
    buf_addf(b, "%.15g", number);
}

static void
put_time(struct buf *b, const struct dynamic_label_source *s, int64_t time_ms)
{
    char text[ISO8601_TEXT];
    int zone = abs(s->zone_minutes);

    iso8601_format_s(time_ms + (int64_t)s->zone_minutes * 60000, text);
    if (zone == 0)
        buf_adds(b, text);
    else
        buf_addf(b, "%.19s%c%02d:%02d", text, s->zone_minutes < 0 ? '-' : '+', zone / 60,
                 zone % 60);
}

/* "2d 3h", "5m 30s", "0s" */
static void
put_span(struct buf *b, int64_t from_ms, int64_t to_ms)
{
    static const struct {
        int64_t seconds;
        char unit;
    } units[] = { { 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' } };
    int64_t left = llabs(to_ms - from_ms) / 1000;
    const char *blank = "";

    if (left == 0)
        buf_adds(b, "0s");
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (left < units[i].seconds)
            continue;
        buf_addf(b, "%s%lld%c", blank, (long long)(left / units[i].seconds), units[i].unit);
        left %= units[i].seconds;
        blank = " ";
    }
}

#define FIRST_MS (s->times_ms[0])
#define LAST_MS  (s->times_ms[s->count - 1])
#define FIRST_V  (s->values[0])
#define LAST_V   (s->values[s->count - 1])

/* clang-format off */
#define WRITER(name, body)                                                                         \
    static void name(struct buf *b, const struct dynamic_label_source *s, const struct facts *f)   \
    {                                                                                              \
        (void)s;                                                                                   \
        (void)f;                                                                                   \
        body;                                                                                      \
    }
WRITER(write_avg, put_number(b, f->sum / (double)s->count))
WRITER(write_count, buf_addf(b, "%zu", s->count))
WRITER(write_first, put_number(b, FIRST_V))
WRITER(write_first_last_range, put_number(b, LAST_V - FIRST_V))
WRITER(write_first_last_span, put_span(b, FIRST_MS, LAST_MS))
WRITER(write_first_time, put_time(b, s, FIRST_MS))
WRITER(write_first_ago, put_span(b, FIRST_MS, s->now_ms))
WRITER(write_last, put_number(b, LAST_V))
WRITER(write_last_time, put_time(b, s, LAST_MS))
WRITER(write_last_ago, put_span(b, LAST_MS, s->now_ms))
WRITER(write_max, put_number(b, f->max))
WRITER(write_max_time, put_time(b, s, f->max_ms))
WRITER(write_max_ago, put_span(b, f->max_ms, s->now_ms))
WRITER(write_min, put_number(b, f->min))
WRITER(write_min_max_range, put_number(b, f->max - f->min))
WRITER(write_min_max_span, put_span(b, f->min_ms, f->max_ms))
WRITER(write_min_time, put_time(b, s, f->min_ms))
WRITER(write_min_ago, put_span(b, f->min_ms, s->now_ms))
WRITER(write_sum, put_number(b, f->sum))

static const struct {
    const char *name;
    write_value *write;
} variables[] = {
    { "AVG", write_avg },
    { "DATAPOINT_COUNT", write_count },
    { "FIRST", write_first },
    { "FIRST_LAST_RANGE", write_first_last_range },
    { "FIRST_LAST_TIME_RANGE", write_first_last_span },
    { "FIRST_TIME", write_first_time },
    { "FIRST_TIME_RELATIVE", write_first_ago },
    { "LAST", write_last },
    { "LAST_TIME", write_last_time },
    { "LAST_TIME_RELATIVE", write_last_ago },
    { "MAX", write_max },
    { "MAX_TIME", write_max_time },
    { "MAX_TIME_RELATIVE", write_max_ago },
    { "MIN", write_min },
    { "MIN_MAX_RANGE", write_min_max_range },
    { "MIN_MAX_TIME_RANGE", write_min_max_span },
    { "MIN_TIME", write_min_time },
    { "MIN_TIME_RELATIVE", write_min_ago },
    { "SUM", write_sum },
};
/* clang-format on */
#define VARIABLES (sizeof variables / sizeof variables[0])

static const char *const properties[] = { "AccountId", "MetricName", "Namespace", "Period",
                                          "Region",    "Stat",       NULL };

static bool
is_text(const char *text, size_t len, const char *is)
{
    return strlen(is) == len && strncmp(text, is, len) == 0;
}

static write_value *
find_variable(const char *name, size_t len)
{
    for (size_t i = 0; i < VARIABLES; i++) {
        if (is_text(name, len, variables[i].name))
            return variables[i].write;
    }
    return NULL;
}

/* The name within PROP('name'); false: not of that shape. */
static bool
property_name(const char *text, size_t len, const char **name, size_t *name_len)
{
    if (len < 9 || strncmp(text, "PROP('", 6) != 0 || strncmp(text + len - 2, "')", 2) != 0)
        return false;
    *name = text + 6;
    *name_len = len - 8;
    return true;
}

static bool
is_property(const char *text, size_t len)
{
    const char *name;
    size_t name_len;

    if (!property_name(text, len, &name, &name_len))
        return false;
    if (name_len > 4 && strncmp(name, "Dim.", 4) == 0)
        return true;
    for (const char *const *p = properties; *p != NULL; p++) {
        if (is_text(name, name_len, *p))
            return true;
    }
    return false;
}

enum status
dynamic_label_check(const char *label, struct err *err)
{
    size_t values = 0, labels = 0;

    for (const char *c = strstr(label, "${"); c != NULL; c = strstr(c, "${")) {
        const char *end = strchr(c, '}');
        size_t len;

        if (end == NULL)
            return err_set(err, E_INVALID, "a dynamic label has a ${ without }");
        c += 2;
        len = (size_t)(end - c);
        if (is_text(c, len, "LABEL"))
            labels++;
        else if (find_variable(c, len) != NULL)
            values++;
        else if (!is_property(c, len))
            return err_set(err, E_INVALID, "${%.*s} is not a variable of dynamic labels",
                           (int)(len < 80 ? len : 80), c);
    }
    if (values > VALUES_MAX)
        return err_set(err, E_INVALID, "a dynamic label has at most %d values", VALUES_MAX);
    if (labels > 1)
        return err_set(err, E_INVALID, "${LABEL} may stand in a label once");
    return OK;
}

/* --- rendering --- */

static struct facts
facts_of(const struct dynamic_label_source *s)
{
    struct facts f = { 0 };

    for (size_t i = 0; i < s->count; i++) {
        f.sum += s->values[i];
        if (i == 0 || s->values[i] < f.min) {
            f.min = s->values[i];
            f.min_ms = s->times_ms[i];
        }
        if (i == 0 || s->values[i] > f.max) {
            f.max = s->values[i];
            f.max_ms = s->times_ms[i];
        }
    }
    return f;
}

static const char *
dimension_value(const struct series_key *key, const char *name, size_t len)
{
    for (size_t i = 0; i < key->dims.count; i++) {
        if (is_text(name, len, key->dims.dims[i].name))
            return key->dims.dims[i].value;
    }
    return "";
}

static void
put_property(struct buf *b, const struct dynamic_label_source *s, const char *name, size_t len)
{
    const char *text = NULL;

    if (is_text(name, len, "Period"))
        buf_addf(b, "%lld", (long long)(s->period_ms / 1000));
    else if (is_text(name, len, "AccountId"))
        text = s->account;
    else if (is_text(name, len, "Region"))
        text = s->region;
    else if (is_text(name, len, "Stat"))
        text = s->stat;
    else if (s->key != NULL && is_text(name, len, "MetricName"))
        text = s->key->metric;
    else if (s->key != NULL && is_text(name, len, "Namespace"))
        text = s->key->namespace_name;
    else if (s->key != NULL && len > 4)
        text = dimension_value(s->key, name + 4, len - 4);
    if (text != NULL)
        buf_adds(b, text);
}

static void
put_variable(struct buf *b, const struct dynamic_label_source *s, const struct facts *f,
             const char *name, size_t len)
{
    write_value *write = find_variable(name, len);
    const char *property;
    size_t property_len;

    if (is_text(name, len, "LABEL"))
        buf_adds(b, s->label);
    else if (write == write_count || (write != NULL && s->count > 0))
        write(b, s, f);
    else if (write != NULL)
        buf_adds(b, "--");
    else if (property_name(name, len, &property, &property_len))
        put_property(b, s, property, property_len);
}

const char *
dynamic_label_render(struct arena *arena, const char *label,
                     const struct dynamic_label_source *source)
{
    const struct facts facts = facts_of(source);
    const char *from = label, *c, *out;
    struct buf b;

    buf_init(&b, LABEL_BYTES);
    for (c = strstr(label, "${"); c != NULL; c = strstr(from, "${")) {
        const char *end = strchr(c, '}');

        if (end == NULL)
            break;
        buf_add(&b, from, (size_t)(c - from));
        put_variable(&b, source, &facts, c + 2, (size_t)(end - c) - 2);
        from = end + 1;
    }
    buf_adds(&b, from);
    out = arena_strdup(arena, b.data);
    buf_fini(&b);
    return out;
}
