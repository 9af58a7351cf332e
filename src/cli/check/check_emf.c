/* check_emf.c - documents that CloudWatch would drop without a word, as a whole or in part.
 * SPDX-License-Identifier: MIT
 *
 * The rules are those of emf.h, each with a JSON pointer and a mend. A line of a file does not say
 * when it was sent, so its time is judged by its order of magnitude (seconds and microseconds are
 * the usual slips) and by not being ahead of the clock; where the time of arrival is known, the two
 * weeks that CloudWatch takes are judged as well.
 *
 * The first of each kind of fault comes with the whole document as it should have been, where that
 * takes no decision (emf_mend.h). */
#include "config.h"

#include "base/text.h"
#include "cli/check/check_groups.h"
#include "cli/check/check_stream.h"

#include "domain/emf.h"
#include "domain/emf_mend.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RULE       "emf"
#define ARENA_MOST ((size_t)256 << 10) /* lines share an arena up to here */

struct judging {
    const struct check_run *run;
    struct arena *arena;
    struct check_groups faults;
    uint64_t lines, documents, metrics, faulty;
};

static void *
open_emf(const struct check_run *run, struct err *err)
{
    struct judging *j = xcalloc(1, sizeof *j);

    (void)err;
    j->run = run;
    j->arena = arena_new();
    check_groups_init(&j->faults);
    return j;
}

/* true: the first of its kind. */
static bool
take_fault(struct judging *j, const struct check_item *item, const struct emf_fault *fault)
{
    char rule[64];

    snprintf(rule, sizeof rule, RULE ".%s", fault->rule);
    return check_groups_add(&j->faults, item->where,
                            &(struct finding){ .level = FINDING_FAIL,
                                               .rule = rule,
                                               .subject = fault->pointer,
                                               .evidence = fault->text,
                                               .fix = fault->fix });
}

/* The last `count` kinds came with this document. */
static void
add_correction(struct judging *j, const struct check_item *item, size_t count)
{
    struct check_groups *faults = &j->faults;
    struct buf document;
    const char *kept;

    buf_init(&document, (size_t)4 << 20);
    if (emf_mend(&document, item->text, item->length, check_moment(item, j->run->now_ms))) {
        kept = arena_strdup(faults->arena, document.data);
        for (size_t i = faults->count - count; i < faults->count; i++)
            faults->list[i].finding.corrected = kept;
    }
    buf_fini(&document);
}

/* One event where a program's output is not cut into lines, as Lambda has it, and CloudWatch reads
 * it then; elsewhere each line is an event, and none of them a document. */
static void
take_begun(struct judging *j, const struct check_item *item)
{
    check_groups_add(&j->faults, item->where,
                     &(struct finding){ .level = FINDING_UNKNOWN,
                                        .rule = RULE ".over-lines",
                                        .subject = "",
                                        .evidence = "a document begins here that is printed over "
                                                    "several lines: one event in Lambda, many, and "
                                                    "no document, where a log driver cuts lines",
                                        .fix = "print each document on one line" });
}

static void
take_emf(void *state, const struct check_item *item)
{
    struct judging *j = state;
    struct emf_result result;
    size_t added = 0;

    if (item->kind != CHECK_LINE)
        return;
    j->lines++;
    if (arena_used(j->arena) > ARENA_MOST)
        arena_clear(j->arena);
    emf_read(&result, j->arena, item->text, item->length, check_moment(item, j->run->now_ms));
    j->documents += result.kind != EMF_PLAIN || result.fault_count > 0;
    j->metrics += result.datum_count;
    j->faulty += result.fault_count > 0;
    if (result.kind == EMF_PLAIN && result.fault_count == 0 &&
        emf_begins_over_lines(item->text, item->length))
        take_begun(j, item);
    for (size_t i = 0; i < result.fault_count; i++)
        added += take_fault(j, item, &result.faults[i]);
    if (added > 0)
        add_correction(j, item, added);
}

static enum status
close_emf(void *state, const struct check_run *run, struct err *err)
{
    struct judging *j = state;

    (void)err;
    check_groups_put(&j->faults, run->found);
    if (j->documents == 0)
        findings_add(run->found, FINDING_UNKNOWN, RULE, NULL,
                     "not enough data: no document in %" PRIu64 " line%s of %s", j->lines,
                     text_s(j->lines), run->source == NULL ? "nobody" : run->source);
    else
        findings_add(run->found, FINDING_OK, RULE, NULL,
                     "%" PRIu64 " of %" PRIu64 " document%s %s whole", j->documents - j->faulty,
                     j->documents, text_s(j->documents), text_are(j->documents));
    findings_note(run->found,
                  "looked at: %" PRIu64 " line%s, %" PRIu64 " document%s with %" PRIu64
                  " metric%s, %" PRIu64 " of them with faults",
                  j->lines, text_s(j->lines), j->documents, text_s(j->documents), j->metrics,
                  text_s(j->metrics), j->faulty);
    check_groups_fini(&j->faults);
    arena_free(j->arena);
    free(j);
    return OK;
}

const struct check_stream check_emf = { .live = CHECK_LIVE_INTAKE,
                                        .pattern = "CloudWatchMetrics",
                                        .open = open_emf,
                                        .take = take_emf,
                                        .close = close_emf };
