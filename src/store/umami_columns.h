/* umami_columns.h - the events of all websites in memory, a column each.
 * SPDX-License-Identifier: MIT
 *
 * Between the reading threads there is one copy. Texts are numbers of one dictionary: number 0 is
 * NULL, and a filter looks at each text once, not at each row. */
#ifndef OV_STORE_UMAMI_COLUMNS_H
#define OV_STORE_UMAMI_COLUMNS_H

#include "base/numbers.h"
#include "store/umami_read.h"

#define UMAMI_SESSION_COLUMNS (UMAMI_COLUMNS - UMAMI_EVENT_COLUMNS)

struct umami_stay { /* a (session, visit) pair: a token may carry a visit into another session */
    uint32_t session, visit;
};

struct umami_seen {
    bool is_known; /* has a row of its own */
    uint32_t text[UMAMI_SESSION_COLUMNS];
};

/* Of one website; rows stand in order of time, then of arrival. */
struct umami_events {
    uint32_t count, room;
    uint32_t ordered; /* the rows in order: all, while entered */
    int64_t lowest_row_id;
    int64_t *time_ms, *row_id;
    uint32_t *stay;
    uint8_t *type;
    uint32_t *text[UMAMI_EVENT_COLUMNS]; /* NULL while no row has a value */
    struct numbers sessions, visits;     /* by id */
    struct numbers stays;                /* by struct umami_stay */
    struct umami_seen *visitors;         /* by number of the session */
    uint32_t *last_stay;                 /* by number of the visit */
    uint32_t visitor_room, visit_room;   /* of the two */
};

struct umami_columns;

struct umami_columns *umami_columns_new(void);
void umami_columns_free(struct umami_columns *columns); /* NULL is fine */

/* Brings the columns up to date and takes them for reading. *out is NULL when the website has no
 * event. umami_columns_leave() after any status. */
MUST_CHECK enum status umami_columns_enter(struct store_reader *reader, const uint8_t website[16],
                                           const struct umami_events **out, struct err *err);
void umami_columns_leave(struct store_reader *reader);
size_t umami_columns_bytes(struct umami_columns *columns);

/* While entered: */
int64_t umami_first_row(const struct store_reader *reader); /* row_ids below it are gone */
const char *umami_text(const struct store_reader *reader, uint32_t number); /* NULL for 0 */
uint32_t umami_text_count(const struct store_reader *reader); /* numbers are below this */
/* 0 when no row ever had this text. */
uint32_t umami_text_number(const struct store_reader *reader, const char *text);

static inline const struct umami_stay *
umami_stay_of(const struct umami_events *e, uint32_t row)
{
    const void *stays = e->stays.keys;

    return (const struct umami_stay *)stays + e->stay[row];
}

static inline const struct umami_seen *
umami_visitor_of(const struct umami_events *e, uint32_t row)
{
    return &e->visitors[umami_stay_of(e, row)->session];
}

static inline uint32_t
umami_number(const struct umami_events *e, uint32_t row, enum umami_column column)
{
    if (column < UMAMI_EVENT_COLUMNS)
        return e->text[column] == NULL ? 0 : e->text[column][row];
    return umami_visitor_of(e, row)->text[column - UMAMI_EVENT_COLUMNS];
}

#endif
