/* memory_store.c - what tests of the store begin with.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "memory_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

int
memory_store_open(void **state, size_t max_bytes)
{
    struct fixture *f = xcalloc(1, sizeof *f);
    struct store_options options = { .path = ":memory:", .max_bytes = max_bytes };
    struct err err = { 0 };

    f->clock = clock_new_virtual(MEMORY_STORE_NOW);
    options.clock = f->clock;
    f->arena = arena_new();
    if (store_open(&f->store, &options, &err) != OK ||
        store_reader_open(&f->reader, f->store, &err) != OK)
        fail_msg("%s", err.text);
    *state = f;
    return 0;
}

int
memory_store_close(void **state)
{
    struct fixture *f = *state;

    store_reader_close(f->reader);
    store_close(f->store);
    clock_free(f->clock);
    arena_free(f->arena);
    free(f);
    return 0;
}

void
submit(struct fixture *f, struct store_write *write)
{
    struct err err = { 0 };

    if (store_submit_wait(f->store, write, &err) != OK)
        fail_msg("%s", err.text);
}
