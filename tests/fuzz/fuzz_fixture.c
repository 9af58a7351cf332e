/* fuzz_fixture.c - a file of recorded traffic: read, written again, redacted, held against answers.
 * SPDX-License-Identifier: MIT
 *
 * What is read is printed, and must read back; redacted, it must hold nothing that is looked for.
 * Its own body stands for the answer: each expectation is compared, values are kept and filled in,
 * and what is expected of the body itself must hold. */
#include "config.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "fixture/aws_times.h"
#include "fixture/expect.h"
#include "fixture/fixture.h"
#include "fixture/kept.h"
#include "fixture/record.h"
#include "fixture/redact.h"

#define EVENTS_MAX 200

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
see_found(void *arg, const char *kind, size_t offset)
{
    (void)kind;
    (void)offset;
    *(unsigned *)arg += 1;
}

static void
look_at(struct redactor *redactor, const struct fixture_event *event)
{
    struct arena *arena = arena_new();
    struct fixture_record record, redacted;
    unsigned found = 0;
    struct err err;
    struct buf line;
    cJSON *json;

    fixture_record_of(&record, arena, event);
    buf_init(&line, 2 * FIXTURE_LINE_MAX);
    fixture_print(&line, &record);
    assert(!buf_failed(&line) && json_parse(&json, line.data, line.len, &err) == OK);
    cJSON_Delete(json);
    if (redact_record(redactor, arena, &record, &redacted)) {
        buf_clear(&line);
        redacted.keep = NULL; /* its places are searched one by one */
        fixture_print(&line, &redacted);
        (void)!redact_search(redactor, line.data, line.len, see_found, &found);
        assert(found == 0);
    }
    buf_fini(&line);
    arena_free(arena);
}

static const char *
header(const void *arg, const char *name)
{
    const struct fixture_event *event = arg;

    return json_get_string(event->headers, name, NULL);
}

/* A body that is expected as it came. */
static void
expect_itself(const struct buf *body)
{
    struct fixture_facts facts = { 0 };
    struct fixture_event event = { .source = FIXTURE_HTTP };
    cJSON *expectation = fixture_expectation_of(body->data, body->len, body->data, body->len);
    struct buf why;

    if (expectation == NULL)
        return;
    event.expect_body = expectation;
    buf_init(&why, 1 << 20);
    assert(fixture_is_expected(
        &event, &(struct fixture_answer){ .status = 200, .body = body->data, .length = body->len },
        &facts, &why));
    buf_fini(&why);
    cJSON_Delete(expectation);
}

static void
hold(struct kept *kept, struct fixture_event *event)
{
    struct fixture_facts facts = { 0 };
    struct fixture_answer answer = { .status = 200, .header = header, .arg = event };
    struct buf body, why;

    if (event->source != FIXTURE_HTTP)
        return;
    if (kept_is_used(kept, event))
        (void)!kept_fill(kept, event, NULL);
    kept_announce(kept, event);
    buf_init(&body, 2 * FIXTURE_LINE_MAX);
    buf_init(&why, 1 << 20);
    if (event->body != NULL) {
        aws_times_print(&body, event, 3600000);
        buf_clear(&body);
        fixture_print_body(&body, event->body, 0);
    }
    answer.body = body.data;
    answer.length = body.len;
    (void)!fixture_is_expected(event, &answer, &facts, &why);
    (void)!kept_take(kept, event, &answer, &why);
    expect_itself(&body);
    buf_fini(&body);
    buf_fini(&why);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t key[PII_KEY_BYTES];
    static struct pii_rules *rules;
    static struct redactor *redactor;
    static char path[] = "/tmp/fuzz-fixture-XXXXXX";
    static int file = -1;
    struct fixture *fixture;
    struct kept *kept;
    struct err err = { 0 };

    if (file < 0) {
        rules = pii_rules_default();
        redactor = redactor_new(rules, key);
        file = mkstemp(path);
        assert(file >= 0);
    }
    assert(ftruncate(file, 0) == 0 && pwrite(file, data, size, 0) == (ssize_t)size);
    if (fixture_open(&fixture, path, &err) != OK)
        return 0;
    kept = kept_new();
    for (int i = 0; i < EVENTS_MAX; i++) {
        struct fixture_event event;
        enum status st = fixture_next(fixture, &event, &err);

        if (st == E_NOTFOUND || st == E_IO)
            break;
        if (st != OK)
            continue;
        look_at(redactor, &event);
        hold(kept, &event);
        fixture_event_fini(&event);
    }
    kept_free(kept);
    fixture_close(fixture);
    return 0;
}
