/* post_id.h - ids of rows that are kept in time order.
 * SPDX-License-Identifier: MIT
 *
 * Milliseconds of product time << 20, plus a counter within the millisecond. */
#ifndef OV_STORE_POST_ID_H
#define OV_STORE_POST_ID_H

#include <stdint.h>

#define POST_ID_BITS 20

static inline int64_t
post_id_first(int64_t time_ms)
{
    if (time_ms < 0)
        return 0;
    return time_ms > INT64_MAX >> POST_ID_BITS ? INT64_MAX : time_ms << POST_ID_BITS;
}

static inline int64_t
post_id_time(int64_t id)
{
    return id >> POST_ID_BITS;
}

#endif
