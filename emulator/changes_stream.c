/* changes_stream.c - "something changed" as server-sent events.
 * SPDX-License-Identifier: MIT
 *
 * An event says that there is something new, never what: a listener that asks then sees the store
 * as it is, however many events it has missed. A stream sleeps in the exchange until it is woken.
 */
#include "config.h"

#include "emulator/changes_stream.h"

#include <stdio.h>

#include "emulator/changes.h"
#include "emulator/parts.h"

#define HELLO "retry: 1000\n\n"

/* Lives in the exchange's arena. */
struct state {
    struct changes *changes;
    struct changes_listener listener;
    bool is_open, is_greeted;
};

static void
open_stream(void *arg, const struct exchange_waiter *waiter)
{
    struct state *state = arg;

    state->listener.sleep = waiter->sleep;
    state->listener.wake = waiter->wake;
    state->listener.arg = waiter->arg;
    state->is_open = true;
    changes_listen(state->changes, &state->listener);
}

static ssize_t
read_stream(void *arg, char *to, size_t max)
{
    struct state *state = arg;
    uint64_t generation;

    if (!state->is_greeted) {
        state->is_greeted = true;
        return snprintf(to, max, HELLO);
    }
    switch (changes_event(state->changes, &state->listener, &generation)) {
    case CHANGES_CHANGED:
        return snprintf(to, max, "event: changed\ndata: %llu\n\n", (unsigned long long)generation);
    case CHANGES_BEAT:
        return snprintf(to, max, ": beat\n\n");
    case CHANGES_END:
        return EXCHANGE_STREAM_END;
    case CHANGES_NOTHING:
        break;
    }
    return 0;
}

static void
close_stream(void *arg)
{
    struct state *state = arg;

    if (state->is_open)
        changes_leave(state->changes, &state->listener);
}

static const struct exchange_stream stream = {
    .open = open_stream,
    .read = read_stream,
    .close = close_stream,
};

void
changes_stream(struct exchange *x)
{
    struct state *state = arena_alloc(exchange_arena(x), sizeof *state);

    state->changes = emulator_changes(exchange_emulator(x));
    exchange_stream(x, 200, "text/event-stream", &stream, state);
}
