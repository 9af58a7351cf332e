/* check_tags.c - the tagging schema, resource by resource, and what the bill can be grouped by.
 * SPDX-License-Identifier: MIT
 *
 * A resource has one finding for each part of the schema that it breaks: the five required tags,
 * Component and Function, what is asked of its kind, and values. The document asks for its tags to
 * be validated (its acceptance criterion 7); its own command counts them, and the note says what
 * that would have found. */
#include "config.h"

#include "base/buf.h"
#include "base/text.h"
#include "cli/check/checks.h"
#include "tui/views/known_tags.h"

#include <stdio.h>
#include <string.h>

#define TEXT_MOST 4096
#define COST_KEYS "tags.costs"

void
check_tags_ask(struct ask_list *asks, const struct view_query *q)
{
    known_tags_ask(asks, q);
    known_cost_tags_ask(asks);
}

/* --- resources --- */

static const char *const missing_rules[] = {
    [TAG_REQUIRED] = "tags.required",
    [TAG_FUNCTIONAL] = "tags.functional",
    [TAG_CONDITIONAL] = "tags.conditional",
};

/* What the rules of one demand expect of what is missing or wrong. */
static void
tell_expected(struct buf *out, const struct tag_verdict *verdict, enum tag_state state,
              enum tag_demand demand, bool is_any_demand)
{
    const char *before = "";

    for (size_t i = 0; i < TAG_RULES; i++) {
        if (verdict->states[i] != state || (!is_any_demand && tag_rules[i].demand != demand))
            continue;
        buf_addf(out, "%s%s=%s", before, tag_rules[i].key, tag_rules[i].expected);
        before = "; ";
    }
}

/* The keys that are there under another spelling. */
static void
tell_fix(struct buf *out, const struct known_tag *tag, enum tag_state state, enum tag_demand demand)
{
    const char *before = "in SST, rename ";

    for (size_t i = 0; i < TAG_RULES; i++) {
        const char *hint = tag_hint(tag->resource, tag->verdict, i);

        if (tag->verdict->states[i] != state || tag_rules[i].demand != demand || hint == NULL)
            continue;
        buf_addf(out, "%s\"%s\" to %s", before, hint, tag_rules[i].key);
        before = ", ";
    }
    if (out->len == 0)
        buf_adds(out, "add them where it is made, in SST, and deploy");
}

static void
judge_missing(struct findings *found, const struct known_tag *tag, enum tag_demand demand)
{
    struct buf evidence, expected, fix;

    buf_init(&evidence, TEXT_MOST);
    buf_init(&expected, TEXT_MOST);
    buf_init(&fix, TEXT_MOST);
    buf_adds(&evidence, "lacks ");
    if (tag_list_keys(&evidence, tag->verdict, TAG_MISSING, demand) > 0) {
        tell_expected(&expected, tag->verdict, TAG_MISSING, demand, false);
        tell_fix(&fix, tag, TAG_MISSING, demand);
        findings_put(found, &(struct finding){ .level = FINDING_FAIL,
                                               .rule = missing_rules[demand],
                                               .subject = tag->resource->arn,
                                               .evidence = evidence.data,
                                               .expected = expected.data,
                                               .fix = fix.data });
    }
    buf_fini(&fix);
    buf_fini(&expected);
    buf_fini(&evidence);
}

static void
judge_values(struct findings *found, const struct known_tag *tag)
{
    struct tag_verdict wrong_only = *tag->verdict;
    struct buf evidence, expected;

    if (tag->verdict->wrong == 0)
        return;
    for (size_t i = 0; i < TAG_RULES; i++) {
        if (wrong_only.states[i] == TAG_MISSING)
            wrong_only.states[i] = TAG_NOT_ASKED;
    }
    wrong_only.missing = 0;
    buf_init(&evidence, TEXT_MOST);
    buf_init(&expected, TEXT_MOST);
    tag_tell(&evidence, tag->resource, &wrong_only);
    tell_expected(&expected, tag->verdict, TAG_WRONG, TAG_REQUIRED, true);
    findings_put(found, &(struct finding){ .level = FINDING_FAIL,
                                           .rule = "tags.value",
                                           .subject = tag->resource->arn,
                                           .evidence = evidence.data,
                                           .expected = expected.data,
                                           .fix = "correct it where it is made, in SST" });
    buf_fini(&expected);
    buf_fini(&evidence);
}

static void
judge_resource(struct findings *found, const struct known_tag *tag)
{
    if (tag->verdict->group == TAG_FOREIGN)
        return;
    if (!tag_is_faulty(tag->verdict)) {
        findings_put(found, &(struct finding){ .level = FINDING_OK,
                                               .rule = "tags",
                                               .subject = tag->resource->arn,
                                               .evidence = "keeps the schema" });
        return;
    }
    for (enum tag_demand d = TAG_REQUIRED; d <= TAG_CONDITIONAL; d++)
        judge_missing(found, tag, d);
    judge_values(found, tag);
}

/* What counting would have found, and what is nobody's to judge. */
static void
note_counts(struct findings *found, const struct known_tags *known)
{
    if (known->faulty > 0)
        findings_note(found,
                      "counting tags (length(Tags) < %d) would have found %zu of %s %zu resource%s",
                      TAG_COUNT_LEAST, known->counted, known->faulty == 1 ? "this" : "these",
                      known->faulty, text_s(known->faulty));
    if (known->groups[TAG_FOREIGN] > 0)
        findings_note(found,
                      "not judged: %zu with another Project, or with nothing that says whose",
                      known->groups[TAG_FOREIGN]);
}

static void
judge_resources(struct findings *found, const struct view_query *q)
{
    struct arena *arena = arena_new();
    struct known_tags known;
    bool is_whole = true;

    for (const char *const *key = known_tags_keys(q); *key != NULL; key++)
        is_whole &= check_answer(found, q, *key, "tags") != NULL;
    known_tags_read(&known, arena, q);
    for (size_t i = 0; i < known.count; i++)
        judge_resource(found, &known.items[i]);
    note_counts(found, &known);
    if (known.is_partial)
        findings_add(found, FINDING_UNKNOWN, "tags", NULL,
                     "cannot judge all: there are more resources than the %zu that were read",
                     known.count);
    if (known.judged == 0 && is_whole)
        findings_add(found, FINDING_UNKNOWN, "tags", "see --region, --profile and --env",
                     "cannot judge: none of %zu resource%s here is one of the schema's",
                     known.count, text_s(known.count));
    arena_free(arena);
}

/* --- cost allocation tags --- */

static void
judge_cost_key(struct findings *found, const struct view_query *q, const char *key)
{
    const struct known_cost_tag tag = known_cost_tag(q, key);
    struct finding finding = { .level = FINDING_OK, .rule = COST_KEYS, .subject = key };
    char text[160];

    snprintf(text, sizeof text, "active");
    if (tag.state == COST_TAG_UNLISTED || tag.state == COST_TAG_INACTIVE) {
        finding.level = FINDING_FAIL;
        finding.expected = "Active";
        finding.fix =
            tag.state == COST_TAG_INACTIVE
                ? "activate it: Billing, Cost Allocation Tags"
                : "put it on a resource; a day later activate it: Billing, Cost Allocation "
                  "Tags";
        snprintf(text, sizeof text,
                 tag.state == COST_TAG_INACTIVE
                     ? "inactive: costs cannot be grouped by it"
                     : "the bill does not know this key: no resource had it when it was made");
    } else if (tag.state == COST_TAG_SETTLING) {
        finding.level = FINDING_WARN;
        snprintf(text, sizeof text, "activated less than a day ago: in Cost Explorer in about %d h",
                 tag.hours_left);
        finding.fix = "wait";
    }
    finding.evidence = text;
    findings_put(found, &finding);
}

void
check_tags_judge(struct findings *found, const struct view_query *q)
{
    judge_resources(found, q);
    if (check_answer(found, q, known_cost_tags_key(), COST_KEYS) == NULL)
        return;
    for (size_t i = 0; tag_cost_keys[i] != NULL; i++)
        judge_cost_key(found, q, tag_cost_keys[i]);
}
