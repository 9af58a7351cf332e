/* memory_store.h - an empty store in memory and a reader of it, for a test.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TESTS_MEMORY_STORE_H
#define OV_TESTS_MEMORY_STORE_H

#include "base/clock.h"
#include "base/mem.h"
#include "store/store.h"

#define MEMORY_STORE_NOW INT64_C(1795500000000) /* a whole minute */

struct fixture {
    struct clock *clock; /* stands at MEMORY_STORE_NOW */
    struct store *store;
    struct store_reader *reader;
    struct arena *arena;
};

/* As cmocka's setup and teardown want it; 0: no cap. */
int memory_store_open(void **state, size_t max_bytes);
int memory_store_close(void **state);
void submit(struct fixture *f, struct store_write *write); /* and waits */

#endif
