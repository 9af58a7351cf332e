/* field.c - editing one line.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/widgets/field.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

void
field_set(struct field *field, const char *text)
{
    size_t n = strlen(text);

    if (n >= FIELD_MAX)
        n = 0; /* never half a text */
    memcpy(field->text, text, n);
    field->text[n] = '\0';
    field->len = field->at = n;
}

static size_t
before(const struct field *field, size_t at)
{
    while (at > 0 && ((unsigned char)field->text[--at] & 0xc0) == 0x80)
        continue;
    return at;
}

static size_t
behind(const struct field *field, size_t at)
{
    if (at < field->len)
        at++;
    while (at < field->len && ((unsigned char)field->text[at] & 0xc0) == 0x80)
        at++;
    return at;
}

static void
remove_bytes(struct field *field, size_t from, size_t to)
{
    memmove(field->text + from, field->text + to, field->len - to + 1);
    field->len -= to - from;
    field->at = from;
}

static void
insert(struct field *field, key_code key)
{
    struct buf bytes;

    buf_init(&bytes, 8);
    canvas_print_code_point(&bytes, key);
    if (field->len + bytes.len < FIELD_MAX) {
        memmove(field->text + field->at + bytes.len, field->text + field->at,
                field->len - field->at + 1);
        memcpy(field->text + field->at, bytes.data, bytes.len);
        field->len += bytes.len;
        field->at += bytes.len;
    }
    buf_fini(&bytes);
}

static size_t
word_start(const struct field *field)
{
    size_t at = field->at;

    while (at > 0 && field->text[at - 1] == ' ')
        at--;
    while (at > 0 && field->text[at - 1] != ' ')
        at--;
    return at;
}

bool
field_key(struct field *field, key_code key)
{
    if (key >= 0x20 && key < KEYSYM_NONE && key != 0x7f) {
        insert(field, key);
        return true;
    }
    switch (key) {
    case KEYSYM_LEFT:
        field->at = before(field, field->at);
        break;
    case KEYSYM_RIGHT:
        field->at = behind(field, field->at);
        break;
    case KEYSYM_HOME:
    case CONTROL('A'):
        field->at = 0;
        break;
    case KEYSYM_END:
    case CONTROL('E'):
        field->at = field->len;
        break;
    case KEYSYM_BACKSPACE:
        remove_bytes(field, before(field, field->at), field->at);
        break;
    case KEYSYM_DELETE:
        remove_bytes(field, field->at, behind(field, field->at));
        break;
    case CONTROL('U'):
        remove_bytes(field, 0, field->at);
        break;
    case CONTROL('K'):
        remove_bytes(field, field->at, field->len);
        break;
    case CONTROL('W'):
        remove_bytes(field, word_start(field), field->at);
        break;
    default:
        return false;
    }
    return true;
}

int
field_draw(const struct pen *pen, struct area area, const struct field *field, const char *prompt)
{
    char before_caret[FIELD_MAX];
    const char *from = field->text;
    int used, caret, room;

    used = pen_text(pen, area.x, area.y, area.columns, prompt, (struct ink){ .role = ROLE_ACCENT });
    room = area.columns - used - 1;
    snprintf(before_caret, sizeof(before_caret), "%.*s", (int)field->at, field->text);
    caret = text_columns(before_caret);
    while (caret > room && *from != '\0') { /* scroll: drop characters at the left */
        const char *next = from;

        caret -= text_columns_of(text_next(&next));
        from = next;
    }
    pen_text(pen, area.x + used, area.y, room + 1, from, (struct ink){ .role = ROLE_TEXT });
    return area.x + used + caret;
}
