/* openreplay_message.c - the fields of a message, read as its row of the table says.
 * SPDX-License-Identifier: MIT
 *
 * Nothing is trusted and nothing copied: a text points into the body. A varint has at most ten
 * bytes and 64 bits, whatever the tracker's JavaScript could have made (2^53). */
#include "config.h"

#include "domain/openreplay_message.h"

#include <string.h>

#include "domain/openreplay_decode.h"

/* The real server refuses longer ones. */
#define TEXT_MAX 10000000

static const char *const kind_names[OPENREPLAY_KINDS] = {
    [OPENREPLAY_NOISE] = "noise",       [OPENREPLAY_PAGE] = "page",
    [OPENREPLAY_CLICK] = "click",       [OPENREPLAY_INPUT] = "input",
    [OPENREPLAY_CONSOLE] = "console",   [OPENREPLAY_NETWORK] = "network",
    [OPENREPLAY_RESOURCE] = "resource", [OPENREPLAY_ERROR] = "error",
    [OPENREPLAY_LOAD] = "load",         [OPENREPLAY_VITAL] = "vital",
    [OPENREPLAY_EVENT] = "event",       [OPENREPLAY_ISSUE] = "issue",
    [OPENREPLAY_USER] = "user",         [OPENREPLAY_META] = "meta",
    [OPENREPLAY_TAB] = "tab",           [OPENREPLAY_VISIBILITY] = "visibility",
    [OPENREPLAY_SOCKET] = "socket",     [OPENREPLAY_STATE] = "state",
    [OPENREPLAY_GRAPHQL] = "graphql",   [OPENREPLAY_SELECTION] = "selection",
};

const char *
openreplay_kind_name(enum openreplay_kind kind)
{
    return kind_names[kind];
}

int
openreplay_field_index(const struct openreplay_layout *layout, const char *name)
{
    for (unsigned i = 0; i < layout->field_count; i++)
        if (strcmp(layout->fields[i].name, name) == 0)
            return (int)i;
    return -1;
}

static bool
fail(struct openreplay_fault *fault, enum openreplay_fault_kind kind,
     const struct openreplay_cursor *cursor, const uint8_t *at)
{
    *fault = (struct openreplay_fault){ .kind = kind, .offset = (size_t)(at - cursor->start) };
    return false;
}

bool
openreplay_decode_varint(struct openreplay_cursor *cursor, uint64_t *out,
                         struct openreplay_fault *fault)
{
    const uint8_t *at = cursor->at, *begin = at;
    uint64_t value = 0;

    for (unsigned shift = 0; at < cursor->end; shift += 7) {
        uint64_t byte = *at++;

        if (shift == 63 && byte > 1)
            return fail(fault, OPENREPLAY_OVERLONG, cursor, begin);
        value |= (byte & 0x7f) << shift;
        if (byte < 0x80) {
            cursor->at = at;
            *out = value;
            return true;
        }
    }
    return fail(fault, OPENREPLAY_TRUNCATED, cursor, begin);
}

static bool
decode_text(struct openreplay_cursor *cursor, struct openreplay_text *out,
            struct openreplay_fault *fault)
{
    const uint8_t *begin = cursor->at;
    uint64_t length;

    if (!openreplay_decode_varint(cursor, &length, fault))
        return false;
    if (length > (size_t)(cursor->end - cursor->at))
        return fail(fault, OPENREPLAY_TRUNCATED, cursor, begin);
    if (length > TEXT_MAX)
        return fail(fault, OPENREPLAY_TEXT_TOO_LONG, cursor, begin);
    *out = (struct openreplay_text){ (const char *)cursor->at, (size_t)length };
    cursor->at += length;
    return true;
}

static bool
decode_field(struct openreplay_cursor *cursor, enum openreplay_type type,
             union openreplay_value *out, struct openreplay_fault *fault)
{
    uint64_t number;

    if (type == OPENREPLAY_TEXT)
        return decode_text(cursor, &out->text, fault);
    if (type == OPENREPLAY_BOOL) {
        if (cursor->at == cursor->end)
            return fail(fault, OPENREPLAY_TRUNCATED, cursor, cursor->at);
        out->b = *cursor->at++ != 0;
        return true;
    }
    if (!openreplay_decode_varint(cursor, &number, fault))
        return false;
    if (type == OPENREPLAY_INT)
        out->i = (int64_t)(number >> 1) ^ -(int64_t)(number & 1);
    else
        out->u = number;
    return true;
}

static void
empty_field(enum openreplay_type type, union openreplay_value *out)
{
    *out = (union openreplay_value){ .u = 0 };
    if (type == OPENREPLAY_TEXT)
        out->text = (struct openreplay_text){ "", 0 };
}

bool
openreplay_decode_fields(struct openreplay_cursor *cursor, struct openreplay_message *message,
                         bool may_end, struct openreplay_fault *fault)
{
    const struct openreplay_layout *layout = message->layout;

    for (unsigned i = 0; i < layout->field_count; i++) {
        enum openreplay_type type = layout->fields[i].type;

        if (may_end && cursor->at == cursor->end)
            empty_field(type, &message->values[i]);
        else if (!decode_field(cursor, type, &message->values[i], fault))
            return false;
    }
    return true;
}
