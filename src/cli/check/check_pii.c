/* check_pii.c - what an emulator found in clear: the lines of log group /obsview/privacy.
 * SPDX-License-Identifier: MIT
 *
 * The emulator searches what it receives as it comes in, so asking it costs a look at its findings;
 * they are asked for when it has no more to search. What is named is searched by
 * check_pii_search.c. Nothing here ever sees a value: a finding has its shape and a hash. */
#include "config.h"

#include "cli/check/check_pii.h"

#include "base/clock.h"
#include "base/iso8601.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/check/checks.h"
#include "cli/reporting.h"
#include "cli/watching.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define KEY       "pii.findings"
#define HEALTH    "pii.health"
#define PAUSE_MS  50
#define WAIT_MS   30000
#define RULE      "pii"
#define LINES_MAX 10000

/* --- until it has searched all ---------------------------------------------------------------- */

struct progress {
    bool is_searching;
    char rules[80]; /* their hash; "" when no emulator is asked */
    int64_t texts, batches;
};

static void
ask_health(struct ask_list *asks, const struct view_query *q)
{
    ask_list_add(asks, &(struct ask){ .key = HEALTH,
                                      .kind = ASK_EMULATOR,
                                      .range = q->range,
                                      .path = "/_obsview/health" });
}

static void
read_health(void *arg, const struct view_query *q)
{
    const struct answer *answer = snapshot_answer(q->snapshot, HEALTH);
    const cJSON *said = answer == NULL ? NULL : json_get(answer->json, "privacy");
    struct progress *out = arg;

    *out = (struct progress){ .is_searching = json_get_bool(said, "isSearching", false),
                              .texts = json_get_int(said, "texts", 0),
                              .batches = json_get_int(said, "batches", 0) };
    snprintf(out->rules, sizeof out->rules, "%s", json_get_string(said, "rules", ""));
}

/* An account has nobody who searches. */
static enum status
find_searcher(bool *is_emulator, const struct settings *s, struct err *err)
{
    struct aws_target target;
    enum status st = watching_target(&target, s, NULL, err);

    if (st != OK)
        return st;
    *is_emulator = target.is_emulator;
    aws_target_fini(&target);
    return OK;
}

static enum status
await_emulator(struct findings *found, struct settings *s, struct err *err)
{
    static const struct view health = { .name = "health", .ask = ask_health };
    const struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000L };
    const uint64_t until = mono_ns() + WAIT_MS * UINT64_C(1000000);
    struct progress progress = { .is_searching = false };
    struct asking asking = {
        .view = &health, .range = { .span_ms = 1 }, .key = "", .told = read_health, .arg = &progress
    };
    enum status st;

    while ((st = asking_run(s, &asking, err)) == OK && progress.is_searching && mono_ns() < until)
        nanosleep(&pause, NULL);
    if (st != OK)
        return st;
    if (progress.is_searching)
        findings_add(found, FINDING_UNKNOWN, RULE, "ask again later",
                     "cannot judge: the emulator still searches what it got, after %d seconds",
                     WAIT_MS / 1000);
    else if (progress.rules[0] != '\0' && progress.texts + progress.batches == 0)
        findings_add(found, FINDING_UNKNOWN, RULE, NULL,
                     "not enough data: the emulator got nothing to search since it was started");
    if (progress.rules[0] != '\0')
        findings_note(
            found,
            "searched by the emulator: %lld message%s and %lld batch%s of recordings; rules "
            "sha256 %s",
            (long long)progress.texts, text_s((uint64_t)progress.texts),
            (long long)progress.batches, progress.batches == 1 ? "" : "es", progress.rules);
    return OK;
}

enum status
check_pii_await(struct findings *found, struct settings *s, struct err *err)
{
    bool is_emulator = false;
    enum status st = find_searcher(&is_emulator, s, err);

    return st == OK && is_emulator ? await_emulator(found, s, err) : st;
}

/* --- asking and judging ----------------------------------------------------------------------- */

void
check_pii_ask(struct ask_list *asks, const struct view_query *q)
{
    ask_list_add(asks, &(struct ask){ .key = KEY,
                                      .kind = ASK_LOG_EVENTS,
                                      .range = q->range,
                                      .group = PII_LOG_GROUP,
                                      .limit = LINES_MAX });
}

static const char *
given(const char *text)
{
    return text == NULL ? "" : text;
}

static void
put(struct findings *found, const struct pii_finding *f, const char *where,
    enum finding_level level)
{
    char rule[64], subject[512], evidence[512], time[ISO8601_TEXT];
    struct buf details;

    snprintf(time, sizeof time, "a time not told");
    if (f->time_ms > 0)
        iso8601_format_ms(f->time_ms, time);
    snprintf(rule, sizeof rule, RULE ".%s", f->kind);
    snprintf(subject, sizeof subject, "%s%s%s%s%s%s%s", f->session == NULL ? "" : "session ",
             given(f->session), f->session == NULL ? "" : " ", given(f->message),
             f->field == NULL ? "" : ".", given(f->field), f->element == NULL ? "" : ", ");
    snprintf(evidence, sizeof evidence, "%s %u time%s, first at %s%s%s%s", given(f->shape),
             f->count, text_s(f->count), time, f->page == NULL ? "" : " on ", given(f->page),
             f->is_scrubbed ? ", masked before it was logged" : "");
    if (f->element != NULL)
        snprintf(subject + strlen(subject), sizeof subject - strlen(subject), "%s", f->element);
    buf_init(&details, 8192);
    pii_finding_print_bare(&details, f);
    findings_put(found, &(struct finding){ .level = level,
                                           .rule = rule,
                                           .subject = subject,
                                           .evidence = evidence,
                                           .fix = f->advice,
                                           .where = where,
                                           .details = buf_failed(&details) ? NULL : details.data });
    buf_fini(&details);
}

void
check_pii_put(struct findings *found, const struct pii_finding *f, const char *where,
              enum pii_severity least, size_t *below)
{
    if (strcmp(f->kind, PII_UNJUDGED) == 0)
        put(found, f, where, FINDING_UNKNOWN);
    else if (f->severity < least)
        ++*below;
    else
        put(found, f, where, f->severity == PII_HIGH ? FINDING_FAIL : FINDING_WARN);
}

void
check_pii_note_below(struct findings *found, enum pii_severity least, size_t below)
{
    if (below > 0)
        findings_note(found, "not counted: %zu below severity %s", below, pii_severity_name(least));
}

void
check_pii_judge(struct findings *found, const struct view_query *q)
{
    const struct answer *answer = check_answer(found, q, KEY, RULE);
    enum pii_severity least = PII_MEDIUM;
    size_t below = 0, others = 0;
    struct arena *arena;

    if (answer == NULL)
        return;
    (void)!pii_severity_parse(q->key, &least);
    arena = arena_new();
    for (size_t i = 0; i < answer->event_count; i++) {
        const struct log_entry *event = &answer->events[i];
        struct pii_finding finding;

        if (!event->is_gap && pii_finding_read(&finding, arena, event->message, event->message_len))
            check_pii_put(found, &finding, NULL, least, &below);
        else
            others++;
    }
    arena_free(arena);
    if (others > 0)
        findings_add(found, FINDING_UNKNOWN, RULE, NULL,
                     "cannot judge: %zu line%s of " PII_LOG_GROUP " %s", others, text_s(others),
                     others == 1 ? "is no finding" : "are no findings");
    if (answer->event_count == 0 && !q->snapshot->is_emulator)
        findings_add(found, FINDING_UNKNOWN, RULE, NULL,
                     "not enough data: nobody published findings in " PII_LOG_GROUP);
    if (answer->is_partial)
        findings_add(found, FINDING_UNKNOWN, RULE, NULL,
                     "cannot judge: there are more than %d findings", LINES_MAX);
    if (found->count == 0)
        findings_add(found, FINDING_OK, RULE, NULL, "nothing from severity %s on was found",
                     pii_severity_name(least));
    check_pii_note_below(found, least, below);
}
