/* check_vitals.c - p75 of each vital and route against its limits, and against what it was.
 * SPDX-License-Identifier: MIT
 *
 * How they are collected, and what a regression is: vital_samples.h. Few samples say nothing, and a
 * check that says nothing is not passed. */
#include "config.h"

#include "cli/check/check_stream.h"

#include "base/json.h"
#include "base/text.h"
#include "cli/check/vital_samples.h"
#include "domain/rank_test.h"
#include "domain/route.h"
#include "domain/web_vitals.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RULE            "vitals"
#define RULE_P75        RULE ".p75"
#define RULE_REGRESSION RULE ".regression"
#define RULE_BASELINE   RULE ".baseline"
#define SAVED_MAX       ((size_t)64 << 20)

struct judging {
    struct vital_samples now, before;
    const char *baseline, *save;
    size_t least;
};

static void
take_vitals(void *state, const struct check_item *item)
{
    vital_samples_take(&((struct judging *)state)->now, item);
}

static void
take_baseline(void *state, const struct check_item *item)
{
    vital_samples_take(state, item);
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
judge_limits(struct findings *found, const struct judging *j, const struct vital_series *s)
{
    static const enum finding_level levels[] = { [RATING_NONE] = FINDING_UNKNOWN,
                                                 [RATING_GOOD] = FINDING_OK,
                                                 [RATING_FAIR] = FINDING_WARN,
                                                 [RATING_POOR] = FINDING_FAIL };
    const struct vital_info *info = &vitals[s->vital];
    double p75 = rank_quantile(s->values, s->count, VITAL_SHARE);
    enum rating rating = vital_rate(s->vital, p75);
    bool is_enough = s->count >= j->least;
    char value[32], good[32];
    struct told t;

    print_value(value, sizeof value, s->vital, p75);
    print_value(good, sizeof good, s->vital, info->good);
    snprintf(t.subject, sizeof t.subject, "%s %s", info->name, s->route);
    if (is_enough)
        snprintf(t.evidence, sizeof t.evidence, "p75 is %s, %s, of %zu sample%s", value,
                 rating_wire_name(rating), s->count, text_s(s->count));
    else
        snprintf(t.evidence, sizeof t.evidence,
                 "not enough data: %zu sample%s, %zu %s needed (p75 of %s is %s)", s->count,
                 text_s(s->count), j->least, text_are(j->least), s->count == 1 ? "it" : "these",
                 value);
    snprintf(t.expected, sizeof t.expected, "p75 up to %s", good);
    findings_put(found, &(struct finding){ .level = is_enough ? levels[rating] : FINDING_UNKNOWN,
                                           .rule = RULE_P75,
                                           .subject = t.subject,
                                           .evidence = t.evidence,
                                           .expected = t.expected });
}

/* Both have samples enough. */
static void
compare(struct findings *found, const struct vital_series *before, const struct vital_series *later,
        size_t comparisons)
{
    struct vital_change change = vital_compare(before, later, comparisons);
    char from[32], to[32];
    struct told t;

    print_value(from, sizeof from, later->vital, change.was);
    print_value(to, sizeof to, later->vital, change.is);
    snprintf(t.subject, sizeof t.subject, "%s %s", vitals[later->vital].name, later->route);
    snprintf(
        t.evidence, sizeof t.evidence,
        "p75 went from %s to %s; n %zu and %zu, U %.1f, z %.2f, p %.2g (one-sided; %.2g counts "
        "with %zu comparison%s)",
        from, to, before->count, later->count, change.test.u, change.test.z, change.test.p,
        change.chance, comparisons, text_s(comparisons));
    findings_put(found,
                 &(struct finding){ .level = change.way == VITAL_SLOWER ? FINDING_FAIL : FINDING_OK,
                                    .rule = RULE_REGRESSION,
                                    .subject = t.subject,
                                    .evidence = t.evidence,
                                    .expected = "not slower than the baseline by more than "
                                                "5 % and chance" });
}

static size_t
count_of(const struct vital_series *series)
{
    return series == NULL ? 0 : series->count;
}

/* One of the two has too few, or none. */
static void
tell_too_few(struct findings *found, const struct judging *j, const struct vital_series *before,
             const struct vital_series *later)
{
    const struct vital_series *any = later == NULL ? before : later;
    struct told t;

    snprintf(t.subject, sizeof t.subject, "%s %s", vitals[any->vital].name, any->route);
    snprintf(t.evidence, sizeof t.evidence,
             "not enough data: %zu sample%s in the baseline and %zu now, %zu %s needed",
             count_of(before), text_s(count_of(before)), count_of(later), j->least,
             text_are(j->least));
    findings_put(found, &(struct finding){ .level = FINDING_UNKNOWN,
                                           .rule = RULE_REGRESSION,
                                           .subject = t.subject,
                                           .evidence = t.evidence });
}

static bool
is_comparable(const struct judging *j, const struct vital_series *before,
              const struct vital_series *later)
{
    return before != NULL && later != NULL && before->count >= j->least && later->count >= j->least;
}

static void
judge_baseline(struct findings *found, const struct judging *j)
{
    size_t comparisons = 0, added = 0;

    for (size_t i = 0; i < j->before.count; i++) {
        const struct vital_series *later = vital_samples_find(&j->now, &j->before.list[i]);

        comparisons += is_comparable(j, &j->before.list[i], later);
    }
    for (size_t i = 0; i < j->before.count; i++) {
        const struct vital_series *before = &j->before.list[i],
                                  *later = vital_samples_find(&j->now, before);

        if (is_comparable(j, before, later))
            compare(found, before, later, comparisons);
        else
            tell_too_few(found, j, before, later);
    }
    for (size_t i = 0; i < j->now.count; i++)
        added += vital_samples_find(&j->before, &j->now.list[i]) == NULL;
    if (added > 0)
        findings_note(found, "not in the baseline: %zu vital%s of %s", added, text_s(added),
                      added == 1 ? "a route" : "routes");
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
    buf_adds(&b, "{\"" VITAL_SAMPLES_MARK "\":1,\"samples\":[");
    for (size_t i = 0; i < j->now.count; i++) {
        const struct vital_series *s = &j->now.list[i];

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
    vital_samples_init(&j->now, SIZE_MAX);
    vital_samples_init(&j->before, SIZE_MAX);
    files.is_of_files = true;
    if (j->baseline != NULL)
        check_files_read(&files, RULE_BASELINE, &j->baseline, 1, take_baseline, &j->before);
    return j;
}

static enum status
close_vitals(void *state, const struct check_run *run, struct err *err)
{
    struct judging *j = state;
    enum status st = OK;

    vital_samples_sort(&j->now);
    vital_samples_sort(&j->before);
    for (size_t i = 0; i < j->now.count; i++)
        judge_limits(run->found, j, &j->now.list[i]);
    if (j->now.count == 0)
        findings_add(run->found, FINDING_UNKNOWN, RULE, NULL,
                     "not enough data: no web vital in %zu %s", j->now.items,
                     j->now.items == 1 ? "body or line" : "bodies and lines");
    if (j->now.unread > 0)
        findings_add(run->found, FINDING_UNKNOWN, RULE,
                     "check contract tells what is wrong with them",
                     "cannot judge all: %zu bod%s of vitals cannot be read", j->now.unread,
                     j->now.unread == 1 ? "y" : "ies");
    if (j->baseline != NULL)
        judge_baseline(run->found, j);
    if (j->now.dropped + j->before.dropped > 0)
        findings_add(run->found, FINDING_UNKNOWN, RULE, NULL,
                     "cannot judge all: %zu values are no numbers from 0, or too many",
                     j->now.dropped + j->before.dropped);
    if (j->save != NULL && j->now.count > 0)
        st = save(j, err);
    vital_samples_fini(&j->before);
    vital_samples_fini(&j->now);
    free(j);
    return st;
}

const struct check_stream check_vitals = { .live = CHECK_LIVE_INTAKE,
                                           .pattern = "CloudWatchMetrics",
                                           .open = open_vitals,
                                           .take = take_vitals,
                                           .close = close_vitals };
