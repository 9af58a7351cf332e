/* api_database.c - GET /_obsview/database: a copy of all that is kept, as an SQLite file.
 * SPDX-License-Identifier: MIT
 *
 * For a command that reads databases (obsview diff) and has but the address of an emulator. The
 * copy is made on a reader thread and read from there on by the HTTP thread, from the page cache.
 * Each takes room on the disk and a while of a reader, so there are few at a time, and a page that
 * could not read one gets none made: any page can ask for what it must not see, with an image.
 */
#include "config.h"

#include "emulator/api.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "emulator/exchange_own.h"
#include "emulator/parts.h"

#define COPY_MAX   ((int64_t)1 << 30)
#define COPIES_MAX 4

struct copy {
    atomic_uint *copies; /* of the emulator: how many there are */
    int fd;
};

static void
open_copy(void *state, const struct exchange_waiter *waiter)
{
    (void)state;
    (void)waiter; /* there are always bytes until the end */
}

static ssize_t
read_copy(void *state, char *to, size_t max)
{
    const struct copy *copy = state;
    ssize_t n;

    do
        n = read(copy->fd, to, max);
    while (n < 0 && errno == EINTR);
    return n > 0 ? n : n == 0 ? EXCHANGE_STREAM_END : EXCHANGE_STREAM_BROKEN;
}

static void
close_copy(void *state)
{
    const struct copy *copy = state;

    close(copy->fd);
    atomic_fetch_sub(copy->copies, 1);
}

static const struct exchange_stream copy_stream = {
    .open = open_copy,
    .read = read_copy,
    .close = close_copy,
};

static void
make_copy(struct exchange *x, struct store_reader *reader, void *arg)
{
    struct copy *copy = arg;
    struct err err = { 0 };
    enum status st;

    if (atomic_fetch_add(copy->copies, 1) >= COPIES_MAX) {
        atomic_fetch_sub(copy->copies, 1);
        exchange_set_header(x, "Retry-After", "1");
        exchange_refuse(x, REFUSAL_BUSY, 503, "wait for one of them", "%d others read a copy",
                        COPIES_MAX);
        return;
    }
    st = store_copy(reader, COPY_MAX, &copy->fd, &err);
    if (st == OK) {
        exchange_set_header(x, "Cache-Control", "no-store");
        exchange_stream(x, 200, "application/vnd.sqlite3", &copy_stream, copy);
        return;
    }
    atomic_fetch_sub(copy->copies, 1);
    if (st == E_LIMIT) {
        exchange_refuse(x, REFUSAL_ANSWERED, 413, "copy the file of its --db", "%s", err.text);
    } else {
        exchange_refuse(x, REFUSAL_STORAGE, 503, NULL, "%s", err.text);
    }
}

void
api_database(struct exchange *x)
{
    struct copy *copy = arena_alloc(exchange_arena(x), sizeof *copy);
    const char *site = exchange_header(x, "Sec-Fetch-Site");

    x->is_unseen = true;
    if (site != NULL && strcmp(site, "cross-site") == 0 && exchange_header(x, "Origin") == NULL) {
        exchange_refuse(x, REFUSAL_ORIGIN, 403, "open it by its address",
                        "a page of another site may not ask for it");
        return;
    }
    *copy = (struct copy){ .copies = emulator_copies(exchange_emulator(x)), .fd = -1 };
    exchange_defer(x, make_copy, copy);
}
