/* umami_id.h - Umami's ids: text in rows, 16 bytes everywhere else.
 * SPDX-License-Identifier: MIT */
#ifndef OV_STORE_UMAMI_ID_H
#define OV_STORE_UMAMI_ID_H

#include "base/clock.h"

#include <sqlite3.h>
#include <stdint.h>
#include <string.h>

/* Anything but an id reads as zeros. */
static inline void
umami_id_read(sqlite3_stmt *st, int column, uint8_t id[16])
{
    const char *text = (const char *)sqlite3_column_text(st, column);

    if (text == NULL || !uuid_parse(id, text))
        memset(id, 0, 16);
}

static inline void
umami_id_bind(sqlite3_stmt *st, int at, const uint8_t id[16])
{
    char text[UUID_TEXT];

    uuid_format(id, text);
    sqlite3_bind_text(st, at, text, -1, SQLITE_TRANSIENT);
}

#endif
