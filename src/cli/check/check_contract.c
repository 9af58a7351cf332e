/* check_contract.c - bodies of requests against what the endpoints take.
 * SPDX-License-Identifier: MIT
 *
 * The readers are the endpoints' own (web_vitals.h, error_report.h, umami_send.h), so a body is
 * judged as it would be answered. A rating is computed again from the value: a page that calls
 * 2.6 s good counts by other thresholds than everybody else. */
#include "config.h"

#include "cli/check/check_groups.h"
#include "cli/check/check_stream.h"

#include "base/json.h"
#include "base/text.h"
#include "domain/error_report.h"
#include "domain/limits.h"
#include "domain/umami_send.h"
#include "domain/web_vitals.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RULE "contract"

struct judging {
    struct arena *arena;
    struct check_groups faults;
    size_t requests, bodies, whole;
};

struct body {
    struct judging *j;
    const struct check_item *item;
    const char *path; /* of the endpoint */
    size_t faults;
};

static void
fault(struct body *b, const char *rule, const char *field, const char *evidence, const char *fix)
{
    char subject[192];

    snprintf(subject, sizeof subject, "POST %s%s%s", b->path, *field == '\0' ? "" : " ", field);
    b->faults++;
    check_groups_add(&b->j->faults, b->item->where,
                     &(struct finding){ .level = FINDING_FAIL,
                                        .rule = rule,
                                        .subject = subject,
                                        .evidence = evidence,
                                        .fix = fix });
}

/* "metrics[12].value" is "metrics[].value": what is wrong with one is with all. */
static void
fold_index(char *out, size_t size, const char *field)
{
    size_t used = 0;

    for (; *field != '\0' && used + 1 < size; field++) {
        out[used++] = *field;
        if (*field == '[')
            field += strspn(field + 1, "0123456789");
    }
    out[used] = '\0';
}

static void
tell_field_errors(struct body *b, const struct field_errors *errors)
{
    char field[96];

    for (size_t i = 0; i < errors->count && i < FIELD_ERRORS_MAX; i++) {
        fold_index(field, sizeof field, errors->list[i].field);
        fault(b, RULE ".schema", field, errors->list[i].message,
              "the endpoint answers 400, and nothing of the body is kept");
    }
}

static void
judge_rating(struct body *b, const struct vital_sample *s)
{
    const struct vital_info *info = &vitals[s->vital];
    char evidence[160], fix[160];

    if (s->claimed == RATING_NONE || s->claimed == s->rating)
        return;
    snprintf(evidence, sizeof evidence, "%s is called %s and is %s", info->name,
             rating_wire_name(s->claimed), rating_wire_name(s->rating));
    snprintf(fix, sizeof fix,
             "send the rating that web-vitals gives: good up to %g, poor beyond %g", info->good,
             info->poor);
    fault(b, RULE ".rating", "metrics[].rating", evidence, fix);
}

static void
judge_vitals(struct body *b, const cJSON *body)
{
    struct field_errors errors = { 0 };
    struct vitals_post post;

    if (!web_vitals_read(&post, b->j->arena, body, &errors)) {
        tell_field_errors(b, &errors);
        return;
    }
    for (size_t i = 0; i < post.sample_count; i++)
        judge_rating(b, &post.samples[i]);
}

static void
judge_error(struct body *b, const cJSON *body)
{
    struct field_errors errors = { 0 };
    struct error_report report;

    if (!error_report_read(&report, b->j->arena, body, &errors))
        tell_field_errors(b, &errors);
}

/* What either generation of servers takes is well. */
static void
judge_hit(struct body *b, const cJSON *body)
{
    struct umami_faults faults = { .count = 0 };
    struct umami_send send;
    char text[256];

    if (umami_send_read(&send, b->j->arena, UMAMI_V2, body, &faults))
        return;
    faults.count = 0;
    if (umami_send_read(&send, b->j->arena, UMAMI_V3, body, &faults))
        return;
    umami_faults_describe(text, sizeof text, &faults);
    fault(b, RULE ".schema", "", text, "the endpoint answers 400, and the hit is lost");
}

static void
judge_hits(struct body *b, const cJSON *body)
{
    struct umami_faults faults = { .count = 0 };
    const cJSON *hit;
    char text[256];

    if (!umami_batch_read(body, UMAMI_V3, &faults)) {
        umami_faults_describe(text, sizeof text, &faults);
        fault(b, RULE ".schema", "", text, "the endpoint answers 400, and all hits are lost");
        return;
    }
    cJSON_ArrayForEach(hit, body) judge_hit(b, hit);
}

static const struct endpoint {
    const char *path;
    size_t most; /* bytes of a body */
    void (*judge)(struct body *b, const cJSON *body);
} endpoints[] = {
    { "/metrics/web-vitals", LIMIT_BODY_BYTES, judge_vitals },
    { "/errors/report", LIMIT_BODY_BYTES, judge_error },
    { "/api/send", LIMIT_UMAMI_BODY_BYTES, judge_hit },
    { "/api/batch", LIMIT_UMAMI_BATCH_BYTES, judge_hits },
};

static const struct endpoint *
endpoint_of(const struct check_item *item)
{
    size_t length = strcspn(item->path, "?");

    for (size_t i = 0; i < sizeof endpoints / sizeof endpoints[0]; i++) {
        if (strlen(endpoints[i].path) == length &&
            memcmp(endpoints[i].path, item->path, length) == 0)
            return &endpoints[i];
    }
    return NULL;
}

static void
judge_body(struct body *b, const struct endpoint *endpoint)
{
    struct err err = { 0 };
    const cJSON *body;
    char text[128];

    if (b->item->length > endpoint->most) {
        snprintf(text, sizeof text, "%zu bytes, %zu are taken", b->item->length, endpoint->most);
        fault(b, RULE ".size", "", text, "send fewer at once: the endpoint answers 413");
        return;
    }
    if (json_parse_strict_in(&body, b->j->arena, b->item->text, b->item->length, &err) == OK)
        endpoint->judge(b, body);
    else
        fault(b, RULE ".json", "", b->item->length == 0 ? "there is no body" : err.text,
              "send JSON.stringify() of the body");
}

static void
take_contract(void *state, const struct check_item *item)
{
    struct judging *j = state;
    struct body b = { .j = j, .item = item };
    const struct endpoint *endpoint;

    if (item->kind != CHECK_REQUEST)
        return;
    j->requests++;
    endpoint = strcmp(item->method, "POST") == 0 ? endpoint_of(item) : NULL;
    if (endpoint == NULL)
        return;
    b.path = endpoint->path;
    arena_clear(j->arena);
    judge_body(&b, endpoint);
    j->bodies++;
    j->whole += b.faults == 0;
}

static void *
open_contract(const struct check_run *run, struct err *err)
{
    struct judging *j = xcalloc(1, sizeof *j);

    (void)run;
    (void)err;
    j->arena = arena_new();
    check_groups_init(&j->faults);
    return j;
}

static enum status
close_contract(void *state, const struct check_run *run, struct err *err)
{
    struct judging *j = state;

    (void)err;
    check_groups_put(&j->faults, run->found);
    if (j->bodies == 0)
        findings_add(run->found, FINDING_UNKNOWN, RULE,
                     "only an emulator and fixtures have bodies; an account keeps none",
                     "not enough data: no body for an endpoint in %zu request%s", j->requests,
                     text_s(j->requests));
    else
        findings_add(run->found, FINDING_OK, RULE, NULL, "%zu of %zu bod%s as asked for", j->whole,
                     j->bodies, j->bodies == 1 ? "y is" : "ies are");
    check_groups_fini(&j->faults);
    arena_free(j->arena);
    free(j);
    return OK;
}

const struct check_stream check_contract = {
    .live = CHECK_LIVE_INTAKE, .open = open_contract, .take = take_contract, .close = close_contract
};
