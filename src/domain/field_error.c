/* field_error.c - a bounded list of complaints and its answer.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "domain/field_error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"

/* Takes back a last character that was cut in the middle. */
static void
trim_partial(char *text)
{
    size_t len = strlen(text), back = 0;

    while (back < len && back < 3 && ((unsigned char)text[len - 1 - back] & 0xc0) == 0x80)
        back++;
    if (back < len && (unsigned char)text[len - 1 - back] >= 0xc0)
        text[len - 1 - back] = '\0';
}

static void
copy_cut(char *to, size_t size, const char *from)
{
    size_t len = strnlen(from, size);

    if (len < size) {
        memcpy(to, from, len + 1);
        return;
    }
    memcpy(to, from, size - 1);
    to[size - 1] = '\0';
    trim_partial(to);
}

void
field_error_add(struct field_errors *errors, const char *field, const char *fmt, ...)
{
    struct field_error *e;
    va_list ap;
    int n;

    if (errors->count++ >= FIELD_ERRORS_MAX)
        return;
    e = &errors->list[errors->count - 1];
    copy_cut(e->field, sizeof e->field, field);
    va_start(ap, fmt);
    n = vsnprintf(e->message, sizeof e->message, fmt, ap);
    va_end(ap);
    if (n >= (int)sizeof e->message)
        trim_partial(e->message);
}

void
field_errors_print(struct buf *b, const struct field_errors *errors)
{
    size_t kept = errors->count < FIELD_ERRORS_MAX ? errors->count : FIELD_ERRORS_MAX;

    buf_adds(b, "{\"success\":false,\"errors\":[");
    for (size_t i = 0; i < kept; i++) {
        const struct field_error *e = &errors->list[i];

        buf_adds(b, i > 0 ? ",{\"field\":" : "{\"field\":");
        json_print_string(b, e->field, strlen(e->field));
        buf_adds(b, ",\"message\":");
        json_print_string(b, e->message, strlen(e->message));
        buf_addc(b, '}');
    }
    buf_addc(b, ']');
    if (errors->count > kept)
        buf_addf(b, ",\"moreErrors\":%zu", errors->count - kept);
    buf_addc(b, '}');
}
