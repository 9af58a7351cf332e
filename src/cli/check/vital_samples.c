/* vital_samples.c - values of each vital and route, from wherever they are told.
 * SPDX-License-Identifier: MIT
 *
 * Where only so many values of a route are kept, they are a fair sample: each later value takes the
 * place of a kept one with the chance that it be among as many out of all (Vitter's algorithm R,
 * 1985), by numbers that follow from a seed, so that who looks again sees the same ones.
 *
 * Against a baseline it is not p75 that is tested, which has no simple distribution, but whether
 * the values are larger than chance explains (rank_test.h); a change is that, and a p75 that moved
 * enough for somebody to feel it. Many routes are many chances to be wrong, so they share one level
 * of significance (Bonferroni). */
#include "config.h"

#include "cli/check/vital_samples.h"

#include "base/json.h"
#include "base/text.h"
#include "domain/emf.h"
#include "domain/names.h"
#include "domain/route.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH         "/metrics/web-vitals"
#define ROUTES_MAX   10000
#define VALUES_MAX   5000000
#define CHANCE       0.05 /* of one false alarm among all comparisons */
#define GROWTH_LEAST 0.05

void
vital_samples_init(struct vital_samples *c, size_t most)
{
    *c = (struct vital_samples){
        .arena = arena_new(), .scratch = arena_new(), .most = most, .random = TEXT_HASH_SEED
    };
    table_init(&c->index, sizeof(size_t));
}

void
vital_samples_fini(struct vital_samples *c)
{
    for (size_t i = 0; i < c->count; i++)
        free(c->list[i].values);
    table_fini(&c->index);
    arena_free(c->scratch);
    arena_free(c->arena);
}

static struct vital_series *
samples_of(struct vital_samples *c, enum vital vital, const char *route)
{
    char key[ROUTE_TEXT + 16];
    size_t *place;

    snprintf(key, sizeof key, "%d %.*s", (int)vital, ROUTE_TEXT, route);
    place = table_find(&c->index, key, strlen(key));
    if (place != NULL)
        return &c->list[*place];
    if (c->count == ROUTES_MAX)
        return NULL;
    place = table_add(&c->index, key, strlen(key));
    *place = c->count;
    c->list = arena_grow(c->arena, c->list, c->count, &c->room, 32, sizeof *c->list);
    c->list[c->count] =
        (struct vital_series){ .vital = vital,
                               .route = arena_strndup(c->arena, route, ROUTE_TEXT) };
    return &c->list[c->count++];
}

/* Which of the `s->seen` values so far the next one is put in the place of; splitmix64. */
static size_t
next_place(struct vital_samples *c, const struct vital_series *s)
{
    uint64_t x = c->random += UINT64_C(0x9e3779b97f4a7c15);

    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return (size_t)((x ^ x >> 31) % s->seen);
}

static void
add_value(struct vital_samples *c, enum vital vital, const char *route, double value)
{
    struct vital_series *s = samples_of(c, vital, route);
    size_t place;

    if (s == NULL || !isfinite(value) || value < 0 ||
        (c->values == VALUES_MAX && s->count < c->most)) {
        c->dropped++;
        return;
    }
    s->seen++;
    if (s->count == c->most) {
        place = next_place(c, s);
        if (place < s->count)
            s->values[place] = value;
        return;
    }
    if (s->count == s->room) {
        s->room = s->room == 0 ? 32 : 2 * s->room;
        s->values = xreallocarray(s->values, s->room, sizeof *s->values);
    }
    s->values[s->count++] = value;
    c->values++;
}

static void
take_body(struct vital_samples *c, const struct check_item *item)
{
    struct field_errors errors = { 0 };
    struct vitals_post post;
    const cJSON *body;

    if (!check_is_post(item, PATH))
        return;
    if (json_parse_in(&body, c->scratch, item->text, item->length, NULL) != OK ||
        !web_vitals_read(&post, c->scratch, body, &errors)) {
        c->unread += !check_expects_refusal(item);
        return;
    }
    if (check_was_refused(item))
        return;
    for (size_t i = 0; i < post.sample_count; i++)
        add_value(c, post.samples[i].vital, post.samples[i].route, post.samples[i].value);
}

static const char *
route_of(const struct metric_datum *datum)
{
    for (size_t i = 0; i < datum->set_count; i++) {
        const struct dimension_set *set = &datum->sets[i];

        for (size_t k = 0; k < set->count; k++) {
            if (strcmp(name_canonical(NAME_DIMENSION, "", set->dims[k].name), "route") == 0)
                return set->dims[k].value;
        }
    }
    return ROUTE_UNKNOWN;
}

static void
take_document(struct vital_samples *c, const struct check_item *item)
{
    struct emf_result result;
    enum vital vital;

    emf_read(&result, c->scratch, item->text, item->length,
             check_document_ms(item->text, item->length));
    for (size_t i = 0; i < result.datum_count; i++) {
        const struct metric_datum *d = &result.data[i];

        for (size_t k = 0; vital_parse(&vital, d->metric) && k < d->value_count; k++)
            add_value(c, vital, route_of(d), d->values[k]);
    }
}

/* What --save wrote. */
static bool
take_saved(struct vital_samples *c, const struct check_item *item)
{
    const cJSON *saved, *one, *value;
    enum vital vital;

    if (memmem(item->text, item->length < 32 ? item->length : 32, VITAL_SAMPLES_MARK,
               sizeof VITAL_SAMPLES_MARK - 1) == NULL ||
        json_parse_in(&saved, c->scratch, item->text, item->length, NULL) != OK ||
        json_get_int(saved, VITAL_SAMPLES_MARK, 0) != 1)
        return false;
    cJSON_ArrayForEach(one, json_get(saved, "samples"))
    {
        const char *route = json_get_string(one, "route", ROUTE_UNKNOWN);

        if (!vital_parse(&vital, json_get_string(one, "vital", "")))
            continue;
        cJSON_ArrayForEach(value, json_get(one, "values"))
        {
            if (cJSON_IsNumber(value))
                add_value(c, vital, route, value->valuedouble);
        }
    }
    return true;
}

void
vital_samples_take(struct vital_samples *c, const struct check_item *item)
{
    arena_clear(c->scratch);
    c->items++;
    if (item->kind == CHECK_REQUEST)
        take_body(c, item);
    else if (item->kind == CHECK_LINE && !take_saved(c, item))
        take_document(c, item);
}

static int
by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static int
by_vital_and_route(const void *a, const void *b)
{
    const struct vital_series *x = a, *y = b;

    return x->vital != y->vital ? (int)x->vital - (int)y->vital : strcmp(x->route, y->route);
}

void
vital_samples_sort(struct vital_samples *c)
{
    for (size_t i = 0; i < c->count; i++)
        qsort(c->list[i].values, c->list[i].count, sizeof(double), by_value);
    if (c->count > 1)
        qsort(c->list, c->count, sizeof *c->list, by_vital_and_route);
}

const struct vital_series *
vital_samples_find(const struct vital_samples *c, const struct vital_series *wanted)
{
    return c->count == 0 ? NULL
                         : bsearch(wanted, c->list, c->count, sizeof *c->list, by_vital_and_route);
}

struct vital_change
vital_compare(const struct vital_series *before, const struct vital_series *later,
              size_t comparisons)
{
    struct vital_change c = {
        .was = rank_quantile(before->values, before->count, VITAL_SHARE),
        .is = rank_quantile(later->values, later->count, VITAL_SHARE),
        .test = rank_test(before->values, before->count, later->values, later->count),
        .chance = CHANCE / (double)(comparisons > 0 ? comparisons : 1),
    };
    struct rank_test back = rank_test(later->values, later->count, before->values, before->count);

    if (c.test.p < c.chance && c.is > c.was * (1 + GROWTH_LEAST))
        c.way = VITAL_SLOWER;
    else if (back.p < c.chance && c.was > c.is * (1 + GROWTH_LEAST))
        c.way = VITAL_FASTER;
    return c;
}
