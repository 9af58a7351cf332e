/* check_logs.c - log lines against the schema for structured logs, secrets, and what was lost.
 * SPDX-License-Identifier: MIT
 *
 * The schema and its sentences are log_schema.h's, which knows what pino and winston write by
 * default. A line that is no JSON at all is what console.log() leaves; some may stay (the document
 * writes that tracking failed this way), so they can be allowed. Personal data and secrets are
 * searched as `check pii` does. With a baseline, as before a migration to a logger, each message of
 * it must be there still, whatever the form: numbers and ids do not count. */
#include "config.h"

#include "cli/check/check_groups.h"
#include "cli/check/check_stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/json.h"
#include "base/table.h"
#include "base/text.h"
#include "domain/error_report.h"
#include "domain/lambda_line.h"
#include "domain/log_schema.h"
#include "domain/pii_texts.h"

#define RULE         "logs"
#define MESSAGES_MAX 100000
#define KINDS_MAX    16
#define SHOWN        200 /* bytes of a message */
#define KEPT         512 /* more, so that no value is cut where it would not be known any more */

struct messages {
    struct arena *arena;
    struct table index; /* of numbers, by normalised message */
    struct message {
        const char *key; /* normalised: of all of it, whatever is shown */
        const char *text, *where;
    } * list;
    size_t count, room, dropped;
};

struct judging {
    const struct check_run *run;
    struct arena *arena;
    struct check_groups faults;
    struct pii_rules *rules;
    struct pii_scanner *scanner;
    enum pii_severity least;
    struct messages now, before;
    const char *baseline;
    const char *where; /* of the line that is searched */
    const char *found[KINDS_MAX];
    size_t found_count; /* kinds of personal data in it */
    size_t lines, structured, well, plain, unjudged, below;
};

/* --- messages, whatever their form ------------------------------------------------------------ */

static void
messages_init(struct messages *m)
{
    *m = (struct messages){ .arena = arena_new() };
    table_init(&m->index, sizeof(size_t));
}

static void
messages_fini(struct messages *m)
{
    table_fini(&m->index);
    arena_free(m->arena);
}

static void
messages_add(struct messages *m, struct arena *scratch, const char *text, const char *where)
{
    struct fingerprint print;
    const char *key;

    fingerprint_make(&print, scratch, "", text, "");
    key = print.normalised_message;
    if (*key == '\0' || table_find(&m->index, key, strlen(key)) != NULL)
        return;
    if (m->count == MESSAGES_MAX) {
        m->dropped++;
        return;
    }
    *(size_t *)table_add(&m->index, key, strlen(key)) = m->count;
    m->list = arena_grow(m->arena, m->list, m->count, &m->room, 64, sizeof *m->list);
    m->list[m->count++] = (struct message){ .key = arena_strdup(m->arena, key),
                                            .text = arena_strndup(m->arena, text, KEPT),
                                            .where = arena_strdup(m->arena, where) };
}

/* What the line says, NULL when it is a document or the platform's. */
static const char *
message_of(struct arena *arena, const char *text, size_t length, const cJSON *json)
{
    const char *message;

    if (json == NULL)
        return arena_strndup(arena, text, length);
    if (!log_schema_applies(json))
        return NULL;
    message = json_get_string(json, "message", NULL);
    return message != NULL ? message : json_get_string(json, "msg", NULL);
}

/* --- one line --------------------------------------------------------------------------------- */

struct line {
    struct lambda_line lambda;
    const char *text;
    size_t length;
    const cJSON *json; /* NULL: it is no object */
};

/* false: it is the runtime's, or empty. */
static bool
read_line(struct line *out, struct arena *arena, const struct check_item *item)
{
    const cJSON *json = NULL;

    *out = (struct line){ .json = NULL };
    if (item->kind != CHECK_LINE)
        return false;
    lambda_line_read(&out->lambda, item->text, item->length);
    out->text = out->lambda.message;
    out->length = out->lambda.message_len;
    while (out->length > 0 && strchr(" \t\r\n", *out->text) != NULL && *out->text != '\0') {
        out->text++;
        out->length--;
    }
    if (out->lambda.kind != LAMBDA_LINE_OTHER || out->length == 0)
        return false;
    if (*out->text == '{' && json_parse_in(&json, arena, out->text, out->length, NULL) == OK &&
        cJSON_IsObject(json))
        out->json = json;
    return true;
}

/* The sentence says what is wrong, and behind a colon what mends it. */
static void
fault(struct judging *j, enum log_rule rule)
{
    const char *sentence = log_rule_sentence(rule), *colon = strstr(sentence, ": ");
    char name[64], evidence[256];

    snprintf(name, sizeof name, RULE ".%s", log_rule_name(rule));
    snprintf(evidence, sizeof evidence, "%.*s",
             (int)(colon == NULL ? strlen(sentence) : (size_t)(colon - sentence)), sentence);
    check_groups_add(&j->faults, j->where,
                     &(struct finding){ .level = FINDING_FAIL,
                                        .rule = name,
                                        .evidence = evidence,
                                        .fix = colon == NULL ? NULL : colon + 2 });
}

static void
judge_schema(struct judging *j, const cJSON *line)
{
    unsigned broken = log_schema_judge(line);

    if (!j->run->is_production)
        broken &= ~(1u << LOG_DEBUG_IN_PROD);
    j->structured++;
    j->well += broken == 0;
    for (int rule = 0; rule < LOG_RULES; rule++) {
        if ((broken & 1u << rule) != 0)
            fault(j, (enum log_rule)rule);
    }
}

static bool
is_allowed(const struct judging *j, const char *text, size_t length)
{
    const char *const *allowed = settings_list(j->run->settings, SET_ALLOW);

    for (; allowed != NULL && *allowed != NULL; allowed++) {
        if (memmem(text, length, *allowed, strlen(*allowed)) != NULL)
            return true;
    }
    return false;
}

static void
judge_plain(struct judging *j, const struct line *line)
{
    j->plain++;
    if (!is_allowed(j, line->text, line->length))
        check_groups_add(&j->faults, j->where,
                         &(struct finding){ .level = FINDING_WARN,
                                            .rule = RULE ".plain",
                                            .evidence = "a line that is not JSON",
                                            .expected = "one JSON object a line",
                                            .fix = "write it with the logger, or let it pass with "
                                                   "--allow TEXT" });
}

static void
tell_personal(struct judging *j, const char *kind, enum pii_severity severity, const char *evidence,
              const char *fix)
{
    char rule[64];

    if (severity < j->least) {
        j->below++;
        return;
    }
    snprintf(rule, sizeof rule, RULE ".pii.%s", kind);
    check_groups_add(&j->faults, j->where,
                     &(struct finding){ .level = severity == PII_HIGH ? FINDING_FAIL : FINDING_WARN,
                                        .rule = rule,
                                        .evidence = evidence,
                                        .expected = "no personal data and no credentials in logs",
                                        .fix = fix });
}

static void
on_personal(void *arg, const struct pii_finding *finding)
{
    struct judging *j = arg;
    char evidence[256];

    snprintf(evidence, sizeof evidence, "%s in %s", finding->shape,
             finding->field == NULL ? "the line" : finding->field);
    if (j->found_count < KINDS_MAX)
        j->found[j->found_count++] = arena_strdup(j->arena, finding->kind);
    tell_personal(j, finding->kind, finding->severity, evidence, finding->advice);
}

static bool
is_found(const struct judging *j, const char *kind)
{
    for (size_t i = 0; i < j->found_count; i++) {
        if (strcmp(j->found[i], kind) == 0)
            return true;
    }
    return false;
}

/* What a line of a fixture held before it was redacted; not every pseudonym can be found. */
static void
judge_replaced(struct judging *j, const cJSON *replaced)
{
    const cJSON *kind;
    enum pii_severity severity;

    cJSON_ArrayForEach(kind, replaced)
    {
        if (cJSON_IsNumber(kind) && kind->valuedouble >= 1 && !is_found(j, kind->string) &&
            pii_rules_severity(j->rules, kind->string, &severity))
            tell_personal(j, kind->string, severity, "in the line, and redacted since",
                          "do not log it");
    }
}

static void
take_logs(void *state, const struct check_item *item)
{
    struct judging *j = state;
    const struct pii_origin origin = { .source = "log", .message = item->where };
    const char *message;
    struct line line;

    arena_clear(j->arena);
    if (!read_line(&line, j->arena, item))
        return;
    j->lines++;
    j->where = item->where;
    j->found_count = 0;
    if (line.json == NULL && !lambda_line_is_the_runtimes(&line.lambda))
        judge_plain(j, &line);
    else if (line.json != NULL && log_schema_applies(line.json))
        judge_schema(j, line.json);
    j->unjudged += pii_texts_scan_line(j->scanner, &origin, line.text, line.length, on_personal, j);
    judge_replaced(j, check_replaced(item));
    message = message_of(j->arena, line.text, line.length, line.json);
    if (message != NULL && j->baseline != NULL)
        messages_add(&j->now, j->arena, message, item->where);
}

static void
take_before(void *state, const struct check_item *item)
{
    struct judging *j = state;
    const char *message;
    struct line line;

    arena_clear(j->arena);
    if (!read_line(&line, j->arena, item))
        return;
    message = message_of(j->arena, line.text, line.length, line.json);
    if (message != NULL)
        messages_add(&j->before, j->arena, message, item->where);
}

/* --- the check -------------------------------------------------------------------------------- */

/* By their shapes, as on_personal() tells them. */
static void
put_lost(struct findings *found, const struct judging *j, const struct message *m)
{
    char subject[SHOWN + 1];
    struct buf text;

    buf_init(&text, (size_t)8 * KEPT);
    (void)pii_scrub(j->scanner, PII_JSON, m->text, strlen(m->text),
                    &text); /* false: it is shorter */
    snprintf(subject, sizeof subject, "%s", text.len == 0 ? "" : text.data);
    findings_put(found, &(struct finding){ .level = FINDING_FAIL,
                                           .rule = RULE ".lost",
                                           .subject = subject,
                                           .evidence = m->where,
                                           .where = m->where,
                                           .expected = "what was logged before is logged still",
                                           .fix = "log it again, with the same message" });
    buf_fini(&text);
}

static void
judge_baseline(struct findings *found, const struct judging *j)
{
    size_t lost = 0;

    for (size_t i = 0; i < j->before.count; i++) {
        const struct message *m = &j->before.list[i];

        if (table_find(&j->now.index, m->key, strlen(m->key)) != NULL)
            continue;
        lost++;
        put_lost(found, j, m);
    }
    findings_note(found, "of %zu message%s of the baseline, %zu %s lost", j->before.count,
                  text_s(j->before.count), lost, text_are(lost));
    if (j->before.count == 0 || j->before.dropped + j->now.dropped > 0)
        findings_put(found,
                     &(struct finding){ .level = FINDING_UNKNOWN,
                                        .rule = RULE ".baseline",
                                        .subject = j->baseline,
                                        .evidence = j->before.count == 0
                                                        ? "not enough data: it has no messages"
                                                        : "cannot judge all: too many messages" });
}

static void *
open_logs(const struct check_run *run, struct err *err)
{
    struct judging *j = xcalloc(1, sizeof *j);
    uint8_t key[PII_KEY_BYTES];

    if (getrandom(key, sizeof key, 0) != sizeof key) {
        free(j);
        err_set(err, E_IO, "cannot make a key");
        return NULL;
    }
    j->run = run;
    j->arena = arena_new();
    j->least = PII_MEDIUM;
    (void)!pii_severity_parse(settings_text(run->settings, SET_SEVERITY), &j->least);
    j->rules = pii_rules_default();
    j->scanner = pii_scanner_new(j->rules, key);
    j->baseline = settings_text(run->settings, SET_BASELINE);
    check_groups_init(&j->faults);
    messages_init(&j->now);
    messages_init(&j->before);
    if (j->baseline != NULL)
        check_files_read(run, RULE ".baseline", &j->baseline, 1, take_before, j);
    return j;
}

static enum status
close_logs(void *state, const struct check_run *run, struct err *err)
{
    struct judging *j = state;

    (void)err;
    check_groups_put(&j->faults, run->found);
    if (j->lines == 0)
        findings_add(run->found, FINDING_UNKNOWN, RULE, NULL,
                     "not enough data: no line of a function");
    else
        findings_add(run->found, FINDING_OK, RULE, NULL,
                     "%zu of %zu structured line%s the schema; %zu line%s %s plain", j->well,
                     j->structured, j->structured == 1 ? " keeps" : "s keep", j->plain,
                     text_s(j->plain), text_are(j->plain));
    if (j->unjudged > 0)
        findings_add(run->found, FINDING_UNKNOWN, RULE, NULL,
                     "cannot judge %zu text%s more work than %s worth", j->unjudged,
                     j->unjudged == 1 ? " that needs" : "s that need",
                     j->unjudged == 1 ? "it is" : "they are");
    if (j->baseline != NULL)
        judge_baseline(run->found, j);
    if (j->below > 0)
        findings_note(run->found, "not counted: %zu personal data below severity %s", j->below,
                      pii_severity_name(j->least));
    messages_fini(&j->before);
    messages_fini(&j->now);
    check_groups_fini(&j->faults);
    pii_scanner_free(j->scanner);
    pii_rules_free(j->rules);
    arena_free(j->arena);
    free(j);
    return OK;
}

const struct check_stream check_logs = {
    .live = CHECK_LIVE_LOGS, .open = open_logs, .take = take_logs, .close = close_logs
};
