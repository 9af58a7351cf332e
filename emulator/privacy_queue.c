/* privacy_queue.c - first in, first out, and a part of it that log lines do not get.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "emulator/privacy_queue.h"

#include <stdlib.h>

#include "base/clock.h"

#define QUEUE_BYTES ((size_t)16 << 20)
#define LINES_BYTES ((size_t)12 << 20) /* of lines and what waits with them */
#define FLOOD_BYTES ((size_t)1 << 20)
#define FLOOD_NS    UINT64_C(50000000) /* lines that came so shortly before have not ended */

void
privacy_load_free(struct privacy_load *load)
{
    buf_fini(&load->bytes);
    free(load);
}

void
privacy_queue_init(struct privacy_queue *q)
{
    *q = (struct privacy_queue){ .first = NULL };
    q->end = &q->first;
}

void
privacy_queue_push(struct privacy_queue *q, struct privacy_load *load)
{
    const bool is_lines = load->lines > 0;

    if (is_lines)
        q->lines_ns = mono_ns();
    if (q->bytes + load->bytes.len <= (is_lines ? LINES_BYTES : QUEUE_BYTES)) {
        load->next = NULL;
        *q->end = load;
        q->end = &load->next;
        q->count++;
        q->bytes += load->bytes.len;
        return;
    }
    q->lines_missed += load->lines;
    q->requests_missed += !is_lines;
    privacy_load_free(load);
}

struct privacy_load *
privacy_queue_pop(struct privacy_queue *q)
{
    struct privacy_load *load = q->first;

    if (load == NULL)
        return NULL;
    q->first = load->next;
    if (q->first == NULL)
        q->end = &q->first;
    q->count--;
    q->bytes -= load->bytes.len;
    return load;
}

bool
privacy_queue_takes_lines(struct privacy_queue *q, size_t count)
{
    /* room for one load of a hundred kilobytes or so */
    if (q->bytes + (LINES_BYTES >> 6) <= LINES_BYTES)
        return true;
    q->lines_missed += count;
    q->lines_ns = mono_ns();
    return false;
}

bool
privacy_queue_is_flooded(const struct privacy_queue *q)
{
    return q->bytes > FLOOD_BYTES && mono_ns() - q->lines_ns < FLOOD_NS;
}

bool
privacy_queue_is_settled(const struct privacy_queue *q)
{
    return q->first == NULL && q->requests_missed == 0 && q->lines_missed == 0;
}
