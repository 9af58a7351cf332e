/* check_vitals.c - p75 of each vital and route against its limits, and against what it was.
 * SPDX-License-Identifier: MIT
 *
 * Samples come from bodies of the vitals endpoint and from EMF documents with metrics of these
 * names, which is what the function behind the endpoint writes. Against a baseline it is not p75
 * that is tested, which has no simple distribution, but whether the values are larger than chance
 * explains (rank_test.h); a regression is that, and a p75 that grew enough for somebody to feel it.
 * Many routes are many chances to be wrong, so they share one level of significance (Bonferroni).
 *
 * Few samples say nothing, and a check that says nothing is not passed. */
#include "config.h"

#include "cli/check_stream.h"

#include "base/json.h"
#include "base/table.h"
#include "domain/emf.h"
#include "domain/names.h"
#include "domain/rank_test.h"
#include "domain/route.h"
#include "domain/web_vitals.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RULE            "vitals"
#define RULE_P75        RULE ".p75"
#define RULE_REGRESSION RULE ".regression"
#define RULE_BASELINE   RULE ".baseline"
#define PATH            "/metrics/web-vitals"
#define MARK            "obsview-vitals" /* of a saved file */
#define SHARE           0.75
#define CHANCE          0.05 /* of one false alarm among all comparisons */
#define GROWTH_LEAST    0.05
#define ROUTES_MAX      10000
#define VALUES_MAX      5000000
#define SAVED_MAX       ((size_t)64 << 20)

struct samples {
    enum vital vital;
    const char *route;
    double *values;
    size_t count, room;
};

struct collection {
    struct arena *arena, *scratch;
    struct table index; /* of numbers */
    struct samples *list;
    size_t count, room, values, items, dropped;
};

struct judging {
    struct collection now, before;
    const char *baseline, *save;
    size_t least;
};

/* --- collecting ------------------------------------------------------------------------------- */

static void
collection_init(struct collection *c)
{
    *c = (struct collection){ .arena = arena_new(), .scratch = arena_new() };
    table_init(&c->index, sizeof(size_t));
}

static void
collection_fini(struct collection *c)
{
    for (size_t i = 0; i < c->count; i++)
        free(c->list[i].values);
    table_fini(&c->index);
    arena_free(c->scratch);
    arena_free(c->arena);
}

static struct samples *
samples_of(struct collection *c, enum vital vital, const char *route)
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
        (struct samples){ .vital = vital, .route = arena_strndup(c->arena, route, ROUTE_TEXT) };
    return &c->list[c->count++];
}

static void
add_value(struct collection *c, enum vital vital, const char *route, double value)
{
    struct samples *s = samples_of(c, vital, route);

    if (s == NULL || c->values == VALUES_MAX || !isfinite(value) || value < 0) {
        c->dropped++;
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
take_body(struct collection *c, const struct check_item *item)
{
    struct field_errors errors = { 0 };
    struct vitals_post post;
    const cJSON *body;

    if (strncmp(item->path, PATH, sizeof PATH - 1) != 0 || strcmp(item->method, "POST") != 0 ||
        (item->status != 0 && item->status != 200) ||
        json_parse_in(&body, c->scratch, item->text, item->length, NULL) != OK ||
        !web_vitals_read(&post, c->scratch, body, &errors))
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
take_document(struct collection *c, const struct check_item *item)
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
take_saved(struct collection *c, const struct check_item *item)
{
    const cJSON *saved, *one, *value;
    enum vital vital;

    if (memmem(item->text, item->length < 32 ? item->length : 32, MARK, sizeof MARK - 1) == NULL ||
        json_parse_in(&saved, c->scratch, item->text, item->length, NULL) != OK ||
        json_get_int(saved, MARK, 0) != 1)
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

static void
take_into(void *state, const struct check_item *item)
{
    struct collection *c = state;

    arena_clear(c->scratch);
    c->items++;
    if (item->kind == CHECK_REQUEST)
        take_body(c, item);
    else if (item->kind == CHECK_LINE && !take_saved(c, item))
        take_document(c, item);
}

static void
take_vitals(void *state, const struct check_item *item)
{
    take_into(&((struct judging *)state)->now, item);
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
    const struct samples *x = a, *y = b;

    return x->vital != y->vital ? (int)x->vital - (int)y->vital : strcmp(x->route, y->route);
}

/* From here on samples are in order, and the index is of no use. */
static void
sort(struct collection *c)
{
    for (size_t i = 0; i < c->count; i++)
        qsort(c->list[i].values, c->list[i].count, sizeof(double), by_value);
    if (c->count > 1)
        qsort(c->list, c->count, sizeof *c->list, by_vital_and_route);
}

static const struct samples *
find(const struct collection *c, const struct samples *wanted)
{
    return c->count == 0 ? NULL
                         : bsearch(wanted, c->list, c->count, sizeof *c->list, by_vital_and_route);
}

/* --- judging ---------------------------------------------------------------------------------- */

static void
print_value(char *out, size_t size, enum vital vital, double value)
{
    if (vitals[vital].unit == UNIT_NONE)
        snprintf(out, size, "%.3f", value);
    else
        snprintf(out, size, "%.0f ms", value);
}

struct told {
    char subject[ROUTE_TEXT + 16], evidence[320], expected[96];
};

static void
judge_limits(struct findings *found, const struct judging *j, const struct samples *s)
{
    static const enum finding_level levels[] = { [RATING_NONE] = FINDING_UNKNOWN,
                                                 [RATING_GOOD] = FINDING_OK,
                                                 [RATING_FAIR] = FINDING_WARN,
                                                 [RATING_POOR] = FINDING_FAIL };
    const struct vital_info *info = &vitals[s->vital];
    double p75 = rank_quantile(s->values, s->count, SHARE);
    enum rating rating = vital_rate(s->vital, p75);
    bool is_enough = s->count >= j->least;
    char value[32], good[32];
    struct told t;

    print_value(value, sizeof value, s->vital, p75);
    print_value(good, sizeof good, s->vital, info->good);
    snprintf(t.subject, sizeof t.subject, "%s %s", info->name, s->route);
    if (is_enough)
        snprintf(t.evidence, sizeof t.evidence, "p75 is %s, %s, of %zu samples", value,
                 rating_wire_name(rating), s->count);
    else
        snprintf(t.evidence, sizeof t.evidence,
                 "not enough data: %zu samples, %zu are needed (p75 of these is %s)", s->count,
                 j->least, value);
    snprintf(t.expected, sizeof t.expected, "p75 up to %s", good);
    findings_put(found, &(struct finding){ .level = is_enough ? levels[rating] : FINDING_UNKNOWN,
                                           .rule = RULE_P75,
                                           .subject = t.subject,
                                           .evidence = t.evidence,
                                           .expected = t.expected });
}

/* Both have samples enough. */
static void
compare(struct findings *found, const struct samples *before, const struct samples *later,
        size_t comparisons)
{
    struct rank_test test = rank_test(before->values, before->count, later->values, later->count);
    double was = rank_quantile(before->values, before->count, SHARE);
    double is = rank_quantile(later->values, later->count, SHARE);
    bool is_worse = test.p < CHANCE / (double)comparisons && is > was * (1 + GROWTH_LEAST);
    char from[32], to[32];
    struct told t;

    print_value(from, sizeof from, later->vital, was);
    print_value(to, sizeof to, later->vital, is);
    snprintf(t.subject, sizeof t.subject, "%s %s", vitals[later->vital].name, later->route);
    snprintf(
        t.evidence, sizeof t.evidence,
        "p75 went from %s to %s; n %zu and %zu, U %.1f, z %.2f, p %.2g (one-sided; %.2g counts "
        "with %zu comparisons)",
        from, to, before->count, later->count, test.u, test.z, test.p, CHANCE / (double)comparisons,
        comparisons);
    findings_put(found, &(struct finding){ .level = is_worse ? FINDING_FAIL : FINDING_OK,
                                           .rule = RULE_REGRESSION,
                                           .subject = t.subject,
                                           .evidence = t.evidence,
                                           .expected = "not slower than the baseline by more than "
                                                       "5 % and chance" });
}

/* One of the two has too few, or none. */
static void
tell_too_few(struct findings *found, const struct judging *j, const struct samples *before,
             const struct samples *later)
{
    const struct samples *any = later == NULL ? before : later;
    struct told t;

    snprintf(t.subject, sizeof t.subject, "%s %s", vitals[any->vital].name, any->route);
    snprintf(t.evidence, sizeof t.evidence,
             "not enough data: %zu samples in the baseline and %zu now, %zu are needed",
             before == NULL ? 0 : before->count, later == NULL ? 0 : later->count, j->least);
    findings_put(found, &(struct finding){ .level = FINDING_UNKNOWN,
                                           .rule = RULE_REGRESSION,
                                           .subject = t.subject,
                                           .evidence = t.evidence });
}

static bool
is_comparable(const struct judging *j, const struct samples *before, const struct samples *later)
{
    return before != NULL && later != NULL && before->count >= j->least && later->count >= j->least;
}

static void
judge_baseline(struct findings *found, const struct judging *j)
{
    size_t comparisons = 0, added = 0;

    for (size_t i = 0; i < j->before.count; i++) {
        const struct samples *later = find(&j->now, &j->before.list[i]);

        comparisons += is_comparable(j, &j->before.list[i], later);
    }
    for (size_t i = 0; i < j->before.count; i++) {
        const struct samples *before = &j->before.list[i], *later = find(&j->now, before);

        if (is_comparable(j, before, later))
            compare(found, before, later, comparisons);
        else
            tell_too_few(found, j, before, later);
    }
    for (size_t i = 0; i < j->now.count; i++)
        added += find(&j->before, &j->now.list[i]) == NULL;
    if (added > 0)
        findings_note(found, "not in the baseline: %zu vitals of routes", added);
    if (j->before.count == 0)
        findings_put(found, &(struct finding){ .level = FINDING_UNKNOWN,
                                               .rule = RULE_BASELINE,
                                               .subject = j->baseline,
                                               .evidence = "not enough data: it has no vitals" });
}

/* --- keeping ---------------------------------------------------------------------------------- */

static enum status
save(const struct judging *j, struct err *err)
{
    struct buf b;
    enum status st;

    buf_init(&b, SAVED_MAX);
    buf_adds(&b, "{\"" MARK "\":1,\"samples\":[");
    for (size_t i = 0; i < j->now.count; i++) {
        const struct samples *s = &j->now.list[i];

        buf_addf(&b, "%s\n{\"vital\":\"%s\",\"route\":", i == 0 ? "" : ",", vitals[s->vital].name);
        json_print_string(&b, s->route, strlen(s->route));
        buf_adds(&b, ",\"values\":[");
        for (size_t k = 0; k < s->count; k++) {
            buf_adds(&b, k == 0 ? "" : ",");
            json_print_number(&b, s->values[k]);
        }
        buf_adds(&b, "]}");
    }
    buf_adds(&b, "\n]}\n");
    st = buf_failed(&b) ? err_set(err, E_LIMIT, "%s: more than %zu bytes", j->save, SAVED_MAX)
                        : check_save(j->save, &b, err);
    buf_fini(&b);
    return st;
}

/* --- the check -------------------------------------------------------------------------------- */

static void *
open_vitals(const struct check_run *run, struct err *err)
{
    struct judging *j = xcalloc(1, sizeof *j);
    struct check_run files = *run;

    (void)err;
    j->baseline = settings_text(run->settings, SET_BASELINE);
    j->save = settings_text(run->settings, SET_SAVE);
    j->least = (size_t)settings_int(run->settings, SET_LEAST);
    j->least = j->least < 2 ? 2 : j->least;
    collection_init(&j->now);
    collection_init(&j->before);
    files.is_of_files = true;
    if (j->baseline != NULL)
        check_files_read(&files, RULE_BASELINE, &j->baseline, 1, take_into, &j->before);
    return j;
}

static enum status
close_vitals(void *state, const struct check_run *run, struct err *err)
{
    struct judging *j = state;
    enum status st = OK;

    sort(&j->now);
    sort(&j->before);
    for (size_t i = 0; i < j->now.count; i++)
        judge_limits(run->found, j, &j->now.list[i]);
    if (j->now.count == 0)
        findings_add(run->found, FINDING_UNKNOWN, RULE, NULL,
                     "not enough data: no web vital in %zu bodies and lines", j->now.items);
    if (j->baseline != NULL)
        judge_baseline(run->found, j);
    if (j->now.dropped + j->before.dropped > 0)
        findings_add(run->found, FINDING_UNKNOWN, RULE, NULL,
                     "cannot judge all: %zu values are no numbers from 0, or too many",
                     j->now.dropped + j->before.dropped);
    if (j->save != NULL && j->now.count > 0)
        st = save(j, err);
    collection_fini(&j->before);
    collection_fini(&j->now);
    free(j);
    return st;
}

const struct check_stream check_vitals = { .live = CHECK_LIVE_INTAKE,
                                           .pattern = "CloudWatchMetrics",
                                           .open = open_vitals,
                                           .take = take_vitals,
                                           .close = close_vitals };
