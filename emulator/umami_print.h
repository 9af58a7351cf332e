/* umami_print.h - members and items of Umami's answers, with their commas.
 * SPDX-License-Identifier: MIT */
#ifndef OV_EMULATOR_UMAMI_PRINT_H
#define OV_EMULATOR_UMAMI_PRINT_H

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

/* A comma, unless it is the first of its object or array; then the name. */
void put_key(struct buf *b, const char *key);
void put_item(struct buf *b);

/* In these `key` NULL makes an item of an array. */
void put_text(struct buf *b, const char *key, const char *text); /* NULL prints null */
void put_int(struct buf *b, const char *key, int64_t value);
void put_digits(struct buf *b, const char *key, int64_t value); /* as a string */
void put_number(struct buf *b, const char *key, double value);
void put_bool(struct buf *b, const char *key, bool value);
void put_id(struct buf *b, const char *key, const uint8_t id[16]);
void put_time(struct buf *b, const char *key, int64_t ms); /* "2026-11-20T10:00:00.000Z" */
void put_null(struct buf *b, const char *key);

#endif
