/* fuzz_fixture.c - a file of recorded traffic: read, written again, redacted.
 * SPDX-License-Identifier: MIT
 *
 * What is read is printed, and must read back; redacted, it must hold nothing that is looked for.
 */
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
#include "fixture/fixture.h"
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
        fixture_print(&line, &redacted);
        (void)!redact_search(redactor, line.data, line.len, see_found, &found);
        assert(found == 0);
    }
    buf_fini(&line);
    arena_free(arena);
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
    for (int i = 0; i < EVENTS_MAX; i++) {
        struct fixture_event event;
        enum status st = fixture_next(fixture, &event, &err);

        if (st == E_NOTFOUND || st == E_IO)
            break;
        if (st != OK)
            continue;
        look_at(redactor, &event);
        fixture_event_fini(&event);
    }
    fixture_close(fixture);
    return 0;
}
