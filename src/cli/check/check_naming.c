/* check_naming.c - names of namespaces, metrics and dimensions.
 * SPDX-License-Identifier: MIT
 *
 * The document's naming standard: namespaces are UserMetrics/Category, metrics PascalCase,
 * dimension keys camelCase. Where the document itself spells a name two ways, names.h says which
 * one counts; the other one is a warning, told once. */
#include "config.h"

#include "cli/check/check_groups.h"
#include "cli/check/check_series.h"

#include "base/table.h"
#include "base/text.h"
#include "domain/limits.h"
#include "domain/names.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RULE "naming"

struct judging {
    struct check_series series;
    struct check_groups faults;
    struct table seen; /* names that were judged */
    struct arena *arena;
    size_t names, well;
};

/* What a name is: "camelCase", "PascalCase". */
static bool
is_words(const char *name, bool begins_large)
{
    if (begins_large ? !isupper((unsigned char)*name) : !islower((unsigned char)*name))
        return false;
    for (; *name != '\0'; name++) {
        if (!isalnum((unsigned char)*name))
            return false;
    }
    return true;
}

/* "cold_start-time" as words: "ColdStartTime", "coldStartTime"; NULL: it does not become one. */
static const char *
as_words(struct arena *arena, const char *name, bool begins_large)
{
    char *out = arena_alloc(arena, strlen(name) + 1);
    bool is_head = true, is_large = begins_large;
    size_t length = 0;

    for (; *name != '\0'; name++) {
        if (!isalnum((unsigned char)*name)) {
            is_large = length > 0 || begins_large;
            continue;
        }
        out[length++] = (char)(is_large                   ? toupper((unsigned char)*name)
                               : is_head && !begins_large ? tolower((unsigned char)*name)
                                                          : *name);
        is_head = false;
        is_large = false;
    }
    out[length] = '\0';
    return is_words(out, begins_large) ? out : NULL;
}

static void
fault(struct judging *j, const char *rule, const char *where, const char *name,
      const char *evidence, const char *expected, const char *fix)
{
    check_groups_add(&j->faults, where,
                     &(struct finding){ .level = FINDING_WARN,
                                        .rule = rule,
                                        .subject = name,
                                        .evidence = evidence,
                                        .expected = expected,
                                        .fix = fix });
}

static bool
judge_alias(struct judging *j, enum name_kind kind, const char *namespace_name, const char *name,
            const char *where)
{
    const char *canonical = name_canonical(kind, namespace_name, name);
    char evidence[320], fix[320];

    if (strcmp(canonical, name) == 0)
        return false;
    snprintf(evidence, sizeof evidence, "another spelling of %s: two names for one %s", canonical,
             kind == NAME_METRIC ? "metric" : "dimension");
    snprintf(fix, sizeof fix, "write %s everywhere; obsview shows both as one series", canonical);
    fault(j, kind == NAME_METRIC ? RULE ".metric-alias" : RULE ".dimension-alias", where, name,
          evidence, canonical, fix);
    return true;
}

static void
judge_metric(struct judging *j, const char *namespace_name, const char *name, const char *where)
{
    const char *better;

    if (judge_alias(j, NAME_METRIC, namespace_name, name, where))
        return;
    if (is_words(name, true)) {
        j->well++;
        return;
    }
    better = as_words(j->arena, name, true);
    fault(j, RULE ".metric-case", where, name, "not PascalCase",
          better == NULL ? "PascalCase" : better, "rename the metric where it is published");
}

static void
judge_dimension(struct judging *j, const char *namespace_name, const char *name, const char *where)
{
    const char *better;

    if (judge_alias(j, NAME_DIMENSION, namespace_name, name, where))
        return;
    if (is_words(name, false)) {
        j->well++;
        return;
    }
    better = as_words(j->arena, name, false);
    fault(j, RULE ".dimension-case", where, name, "not camelCase",
          better == NULL ? "camelCase" : better,
          strcmp(name, "LogGroup") == 0 || strcmp(name, "ServiceName") == 0 ||
                  strcmp(name, "ServiceType") == 0
              ? "aws-embedded-metrics adds it by default: metrics.setDimensions() replaces the "
                "defaults"
              : "rename the dimension where it is published");
}

static void
judge_namespace(struct judging *j, const char *name, const char *where)
{
    size_t project = sizeof LIMIT_PROJECT - 1;

    if (strncmp(name, LIMIT_PROJECT "/", project + 1) == 0 && is_words(name + project + 1, true))
        j->well++;
    else
        fault(j, RULE ".namespace", where, name, "not " LIMIT_PROJECT "/Category",
              LIMIT_PROJECT "/{Category}, such as " LIMIT_PROJECT "/Lambda",
              "set the namespace where the metric is published");
}

/* Each name is judged once in its namespace. */
static bool
is_new(struct judging *j, char kind, const char *namespace_name, const char *name)
{
    char key[1100];
    size_t length = (size_t)snprintf(key, sizeof key, "%c%s\n%s", kind, namespace_name, name);

    length = length < sizeof key ? length : sizeof key - 1;
    if (table_find(&j->seen, key, length) != NULL)
        return false;
    (void)table_add(&j->seen, key, length);
    j->names++;
    return true;
}

/* What AWS's own agents publish, they name. */
static bool
is_of_an_agent(const char *namespace_name)
{
    static const char *const agents[] = { "ECS/ContainerInsights", "ContainerInsights", "CWAgent",
                                          "LambdaInsights", "CloudWatchSynthetics" };

    for (size_t i = 0; i < sizeof agents / sizeof agents[0]; i++) {
        if (strcmp(agents[i], namespace_name) == 0)
            return true;
    }
    return false;
}

static void
judge_series(struct judging *j, const struct series_key *key, const char *where)
{
    if (is_of_an_agent(key->namespace_name))
        return;
    if (is_new(j, 'n', key->namespace_name, ""))
        judge_namespace(j, key->namespace_name, where);
    if (is_new(j, 'm', key->namespace_name, key->metric))
        judge_metric(j, key->namespace_name, key->metric, where);
    for (size_t i = 0; i < key->dims.count; i++) {
        if (is_new(j, 'd', key->namespace_name, key->dims.dims[i].name))
            judge_dimension(j, key->namespace_name, key->dims.dims[i].name, where);
    }
}

static void *
open_naming(const struct check_run *run, struct err *err)
{
    struct judging *j = xcalloc(1, sizeof *j);

    (void)run;
    (void)err;
    check_series_init(&j->series);
    check_groups_init(&j->faults);
    table_init(&j->seen, 1);
    j->arena = arena_new();
    return j;
}

static void
take_naming(void *state, const struct check_item *item)
{
    check_series_take(&((struct judging *)state)->series, item);
}

static enum status
close_naming(void *state, const struct check_run *run, struct err *err)
{
    struct judging *j = state;

    (void)err;
    for (size_t i = 0; i < j->series.count; i++)
        judge_series(j, &j->series.list[i], j->series.where[i]);
    check_groups_put(&j->faults, run->found);
    if (j->names == 0)
        findings_add(run->found, FINDING_UNKNOWN, RULE, NULL,
                     "not enough data: no custom metric in %zu thing%s looked at", j->series.items,
                     text_s(j->series.items));
    else
        findings_add(run->found, FINDING_OK, RULE, NULL, "%zu of %zu name%s the standard", j->well,
                     j->names, j->names == 1 ? " keeps" : "s keep");
    if (j->series.dropped > 0)
        findings_add(run->found, FINDING_UNKNOWN, RULE, NULL,
                     "cannot judge all: there are more than %d series", CHECK_SERIES_MAX);
    arena_free(j->arena);
    table_fini(&j->seen);
    check_groups_fini(&j->faults);
    check_series_fini(&j->series);
    free(j);
    return OK;
}

const struct check_stream check_naming = {
    .live = CHECK_LIVE_SERIES, .open = open_naming, .take = take_naming, .close = close_naming
};
