/* fuzz_tape.c - a recording of answers, asked its own questions.
 * SPDX-License-Identifier: MIT
 *
 * What was answered last must be found when everything is over; nothing of a moment may come from
 * later. */
#include "config.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/json.h"
#include "fixture/fixture.h"
#include "fixture/tape.h"

#define EVENTS_MAX 100

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
ask_at(const struct tape *tape, const struct fixture_event *event, int64_t now_ms)
{
    struct tape_answer told;
    struct err err = { 0 };
    enum status st = tape_ask(tape,
                              &(struct tape_call){ .service = event->service,
                                                   .operation = event->operation,
                                                   .region = event->region,
                                                   .parameters = event->parameters },
                              now_ms, &told, &err);

    assert(st == OK || st == E_UNRECORDED);
    if (st != OK)
        return;
    assert(told.status == 0 || told.answer != NULL);
    cJSON_Delete(told.answer);
}

static void
ask_all(const struct tape *tape, struct fixture *fixture)
{
    for (int i = 0; i < EVENTS_MAX; i++) {
        struct fixture_event event;
        enum status st = fixture_next(fixture, &event, NULL);

        if (st == E_NOTFOUND || st == E_IO)
            return;
        if (st != OK)
            continue;
        if (event.source == FIXTURE_AWS) {
            ask_at(tape, &event, tape_start_ms(tape) - 1);
            ask_at(tape, &event, tape_start_ms(tape) + event.t_ms);
            ask_at(tape, &event, INT64_MAX);
        }
        fixture_event_fini(&event);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char path[] = "/tmp/fuzz-tape-XXXXXX";
    static int file = -1;
    struct fixture *fixture;
    struct tape *tape;

    if (file < 0)
        file = mkstemp(path);
    assert(file >= 0);
    assert(ftruncate(file, 0) == 0 && pwrite(file, data, size, 0) == (ssize_t)size);
    if (tape_open(&tape, path, NULL) != OK)
        return 0;
    if (fixture_open(&fixture, path, NULL) == OK) {
        ask_all(tape, fixture);
        fixture_close(fixture);
    }
    tape_close(tape);
    return 0;
}
