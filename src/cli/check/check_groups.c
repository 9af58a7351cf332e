/* check_groups.c - faults that are alike, told once.
 * SPDX-License-Identifier: MIT
 *
 * A function that gets a unit wrong does so in every line it writes: one finding with a number and
 * the first place says all there is to say. */
#include "config.h"

#include "cli/check/check_groups.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GROUPS_MAX 1000
#define KEY_MAX    4096

void
check_groups_init(struct check_groups *groups)
{
    *groups = (struct check_groups){ .arena = arena_new() };
    table_init(&groups->index, sizeof(size_t));
}

void
check_groups_fini(struct check_groups *groups)
{
    table_fini(&groups->index);
    arena_free(groups->arena);
    *groups = (struct check_groups){ .arena = NULL };
}

static const char *
keep(struct check_groups *groups, const char *text)
{
    return text == NULL ? NULL : arena_strdup(groups->arena, text);
}

static void
add_new(struct check_groups *groups, const char *where, const struct finding *finding)
{
    struct check_group *g;

    groups->list = arena_grow(groups->arena, groups->list, groups->count, &groups->room, 32,
                              sizeof *groups->list);
    g = &groups->list[groups->count++];
    *g = (struct check_group){ .finding = *finding, .first = keep(groups, where), .count = 1 };
    g->finding.rule = keep(groups, finding->rule);
    g->finding.subject = keep(groups, finding->subject);
    g->finding.evidence = keep(groups, finding->evidence);
    g->finding.expected = keep(groups, finding->expected);
    g->finding.fix = keep(groups, finding->fix);
    g->finding.corrected = keep(groups, finding->corrected);
    g->finding.details = keep(groups, finding->details);
}

static const char *
given(const char *text)
{
    return text == NULL ? "" : text;
}

bool
check_groups_add(struct check_groups *groups, const char *where, const struct finding *finding)
{
    char key[KEY_MAX];
    size_t length, *place;

    snprintf(key, sizeof key, "%s\n%s\n%s", finding->rule, given(finding->subject),
             given(finding->evidence));
    length = strlen(key);
    place = table_find(&groups->index, key, length);
    if (place != NULL) {
        groups->list[*place].count++;
        return false;
    }
    if (groups->count == GROUPS_MAX) {
        groups->unkept++;
        return false;
    }
    place = table_add(&groups->index, key, length);
    *place = groups->count;
    add_new(groups, where, finding);
    return true;
}

static int
by_count(const void *a, const void *b)
{
    const struct check_group *x = *(const struct check_group *const *)a;
    const struct check_group *y = *(const struct check_group *const *)b;

    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    return x < y ? -1 : x > y;
}

static void
put(struct findings *found, const struct check_group *g)
{
    struct finding finding = g->finding;
    char subject[1024], evidence[2048], same[3072];

    snprintf(same, sizeof same, "%s\n%s", given(finding.subject), given(finding.evidence));
    if (g->count > 1)
        snprintf(evidence, sizeof evidence, "%s (%zu times, first at %s)", given(finding.evidence),
                 g->count, g->first);
    else
        snprintf(evidence, sizeof evidence, "%s", given(finding.evidence));
    if (g->count == 1 && strcmp(g->first, given(finding.subject)) != 0)
        snprintf(subject, sizeof subject, "%s%s%s", g->first,
                 *given(finding.subject) == '\0' ? "" : " ", given(finding.subject));
    else
        snprintf(subject, sizeof subject, "%s",
                 *given(finding.subject) == '\0' ? g->first : finding.subject);
    finding.subject = subject;
    finding.evidence = evidence;
    finding.where = g->first;
    finding.same = same;
    findings_put(found, &finding);
}

void
check_groups_put(struct check_groups *groups, struct findings *found)
{
    const struct check_group **order =
        arena_alloc(groups->arena, (groups->count + 1) * sizeof(struct check_group *));

    for (size_t i = 0; i < groups->count; i++)
        order[i] = &groups->list[i];
    qsort(order, groups->count, sizeof(struct check_group *), by_count);
    for (size_t i = 0; i < groups->count; i++)
        put(found, order[i]);
    if (groups->unkept > 0)
        findings_add(found, FINDING_FAIL, groups->list[0].finding.rule, NULL,
                     "%zu further ones of more than %d kinds are not listed", groups->unkept,
                     GROUPS_MAX);
}
