/* api_database.c - GET /_obsview/database: a copy of all that is kept, as an SQLite file.
 * SPDX-License-Identifier: MIT
 *
 * For a command that reads databases (obsview diff) and has but the address of an emulator. The
 * copy is made on a reader thread and read from there on by the HTTP thread, from the page cache.
 */
#include "config.h"

#include "emulator/api.h"

#include <errno.h>
#include <unistd.h>

#include "emulator/exchange_own.h"
#include "emulator/parts.h"

#define COPY_MAX ((int64_t)1 << 30)

static void
open_copy(void *state, const struct exchange_waiter *waiter)
{
    (void)state;
    (void)waiter; /* there are always bytes until the end */
}

static ssize_t
read_copy(void *state, char *to, size_t max)
{
    const int *fd = state;
    ssize_t n;

    do
        n = read(*fd, to, max);
    while (n < 0 && errno == EINTR);
    return n > 0 ? n : n == 0 ? EXCHANGE_STREAM_END : EXCHANGE_STREAM_BROKEN;
}

static void
close_copy(void *state)
{
    close(*(int *)state);
}

static const struct exchange_stream copy_stream = {
    .open = open_copy,
    .read = read_copy,
    .close = close_copy,
};

static void
make_copy(struct exchange *x, struct store_reader *reader, void *arg)
{
    int *fd = arg;
    struct err err = { 0 };
    enum status st = store_copy(reader, COPY_MAX, fd, &err);

    if (st == OK) {
        exchange_set_header(x, "Cache-Control", "no-store");
        exchange_stream(x, 200, "application/vnd.sqlite3", &copy_stream, fd);
    } else if (st == E_LIMIT) {
        exchange_refuse(x, REFUSAL_ANSWERED, 413, "copy the file of its --db", "%s", err.text);
    } else {
        exchange_refuse(x, REFUSAL_STORAGE, 503, NULL, "%s", err.text);
    }
}

void
api_database(struct exchange *x)
{
    x->is_unseen = true;
    exchange_defer(x, make_copy, arena_alloc(exchange_arena(x), sizeof(int)));
}
