/* umami_print.c - what is printed tells whether a comma is due.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "emulator/umami_print.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/iso8601.h"
#include "base/json.h"

void
put_item(struct buf *b)
{
    if (b->len > 0 && strchr("{[:", b->data[b->len - 1]) == NULL)
        buf_addc(b, ',');
}

void
put_key(struct buf *b, const char *key)
{
    put_item(b);
    if (key == NULL)
        return;
    json_print_string(b, key, strlen(key));
    buf_addc(b, ':');
}

void
put_text(struct buf *b, const char *key, const char *text)
{
    put_key(b, key);
    if (text == NULL)
        buf_adds(b, "null");
    else
        json_print_string(b, text, strlen(text));
}

void
put_int(struct buf *b, const char *key, int64_t value)
{
    put_key(b, key);
    buf_addf(b, "%" PRId64, value);
}

void
put_digits(struct buf *b, const char *key, int64_t value)
{
    put_key(b, key);
    buf_addf(b, "\"%" PRId64 "\"", value);
}

void
put_number(struct buf *b, const char *key, double value)
{
    put_key(b, key);
    json_print_number(b, value);
}

void
put_bool(struct buf *b, const char *key, bool value)
{
    put_key(b, key);
    buf_adds(b, value ? "true" : "false");
}

void
put_id(struct buf *b, const char *key, const uint8_t id[16])
{
    char text[UUID_TEXT];

    uuid_format(id, text);
    put_text(b, key, text);
}

void
put_time(struct buf *b, const char *key, int64_t ms)
{
    char text[ISO8601_TEXT];

    iso8601_format_ms(ms, text);
    put_text(b, key, text);
}

void
put_null(struct buf *b, const char *key)
{
    put_key(b, key);
    buf_adds(b, "null");
}
