/* fuzz_metric_math.c - any text as an expression over a few series; what can be read is computed.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "domain/metric_math.h"
#include "domain/series_search.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const int64_t times[] = { 1795392000000, 1795392060000, 1795392240000 };
static const double values[] = { 30, -0.5, 7 };
static const struct math_series all[] = {
    { "a", NULL, times, values, 3, 60000 },
    { "b", NULL, times + 1, values, 2, 300000 },
    { "c", NULL, times, values, 0, 60000 },
};

static bool
lookup(void *arg, const char *id, enum math_type *type, bool *is_metric)
{
    (void)arg;
    *type = *id == 's' ? MATH_SCALAR : *id == 'r' ? MATH_ARRAY : MATH_SERIES;
    *is_metric = *id == 'a';
    return *id != 'x';
}

static enum status
metrics(void *arg, const char *part, struct math_value *out, struct err *err)
{
    (void)arg;
    (void)part;
    (void)err;
    *out = (struct math_value){ .type = MATH_ARRAY, .series = all, .count = 3 };
    return OK;
}

static enum status
search(void *arg, const struct series_search *query, const char *stat, int64_t period_ms,
       struct math_value *out, struct err *err)
{
    const struct dimension dim = { "Page", "/home" };
    const struct series_key key = { "Shop/Web", "CustomCount1", { &dim, 1 } };
    enum status st = metrics(arg, stat, out, err);

    assert(period_ms >= 0);
    if (!series_search_matches(query, &key, "000000000000"))
        out->count = 0;
    return st;
}

static enum status
by_id(void *arg, const char *id, struct math_value *out, struct err *err)
{
    if (*id == 'r')
        return metrics(arg, id, out, err);
    if (*id == 's')
        *out = (struct math_value){ .type = MATH_SCALAR, .scalar = 2 };
    else
        *out = (struct math_value){ .type = MATH_SERIES, .series = &all[*id % 3], .count = 1 };
    return OK;
}

static void
range(void *arg, int64_t period_ms, int64_t *start_ms, int64_t *end_ms)
{
    (void)arg;
    *start_ms = times[0] - times[0] % period_ms;
    *end_ms = *start_ms + 6 * 60000;
}

static void
check_value(const struct math_value *value)
{
    for (size_t i = 0; i < value->count; i++) {
        const struct math_series *s = &value->series[i];

        for (size_t k = 0; k < s->count; k++) {
            assert(isfinite(s->values[k]));
            assert(k == 0 || s->times_ms[k - 1] < s->times_ms[k]);
        }
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = xstrndup((const char *)data, size);
    struct arena *arena = arena_new();
    size_t budget = 20000;
    const struct math_world world = { NULL, by_id, metrics, search, range, 60000, &budget };
    struct metric_math *math = NULL;
    struct err err = { 0 };
    enum math_type type;

    if (metric_math_parse(&math, arena, text, &err) != OK) {
        assert(math == NULL && err.text[0] != '\0');
    } else if (metric_math_check(math, lookup, NULL, &type, &err) == OK) {
        struct math_value value;

        if (metric_math_eval(math, &world, arena, &value, &err) == OK) {
            assert(value.type == type);
            check_value(&value);
        }
    }
    arena_free(arena);
    free(text);
    return 0;
}
