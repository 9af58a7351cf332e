/* input.c - the sequences terminals send for keys and the mouse.
 * SPDX-License-Identifier: MIT
 *
 * Every terminal of the last thirty years sends one of a few spellings for the keys we know, so
 * they are a table here instead of a question to terminfo: it works the same under a wrong TERM,
 * through tmux and in tests, and nothing but us reads from the keyboard. Mouse reports come in the
 * SGR form (1006) we ask for. */
#include "config.h"

#include "tui/input.h"

#include "base/text.h"

#include <string.h>

#define ESC 0x1b

static const struct {
    const char *bytes; /* behind the escape */
    key_code key;
} sequences[] = {
    { "[A", KEYSYM_UP },         { "[B", KEYSYM_DOWN },    { "[C", KEYSYM_RIGHT },
    { "[D", KEYSYM_LEFT },       { "OA", KEYSYM_UP },      { "OB", KEYSYM_DOWN },
    { "OC", KEYSYM_RIGHT },      { "OD", KEYSYM_LEFT },    { "[H", KEYSYM_HOME },
    { "[F", KEYSYM_END },        { "OH", KEYSYM_HOME },    { "OF", KEYSYM_END },
    { "[1~", KEYSYM_HOME },      { "[4~", KEYSYM_END },    { "[7~", KEYSYM_HOME },
    { "[8~", KEYSYM_END },       { "[3~", KEYSYM_DELETE }, { "[5~", KEYSYM_PAGE_UP },
    { "[6~", KEYSYM_PAGE_DOWN }, { "[Z", KEYSYM_BACKTAB }, { "OM", KEYSYM_ENTER },
};

/* The length of a CSI or SS3 sequence with its escape, 0 when its end is not there yet. */
static size_t
sequence_length(const unsigned char *bytes, size_t len)
{
    size_t i = 2;

    if (len < 3)
        return 0;
    if (bytes[1] == 'O')
        return 3;
    while (i < len && (bytes[i] < 0x40 || bytes[i] > 0x7e)) {
        if (bytes[i] < 0x20)
            return i; /* cut short: what is there means nothing */
        i++;
    }
    return i < len ? i + 1 : 0;
}

static bool
read_number(int *out, const unsigned char *bytes, size_t len, size_t *at)
{
    int n = 0;
    size_t from = *at;

    while (*at < len && bytes[*at] >= '0' && bytes[*at] <= '9' && n < 100000)
        n = n * 10 + (bytes[(*at)++] - '0');
    *out = n;
    return *at > from;
}

/* ESC [ < button ; column ; row M (pressed) or m (released) */
static void
parse_mouse(struct input_event *event, const unsigned char *bytes, size_t len)
{
    int button, x, y;
    size_t at = 3;

    if (!read_number(&button, bytes, len, &at) || bytes[at++] != ';' ||
        !read_number(&x, bytes, len, &at) || bytes[at++] != ';' ||
        !read_number(&y, bytes, len, &at) || bytes[at] != 'M')
        return;
    if (button == 0)
        event->key = KEYSYM_CLICK;
    if (button == 64)
        event->key = KEYSYM_WHEEL_UP;
    if (button == 65)
        event->key = KEYSYM_WHEEL_DOWN;
    event->x = x - 1;
    event->y = y - 1;
}

static void
parse_sequence(struct input_event *event, const unsigned char *bytes, size_t len)
{
    if (len > 3 && bytes[1] == '[' && bytes[2] == '<') {
        parse_mouse(event, bytes, len);
        return;
    }
    for (size_t i = 0; i < sizeof(sequences) / sizeof(sequences[0]); i++) {
        if (strlen(sequences[i].bytes) == len - 1 &&
            memcmp(sequences[i].bytes, bytes + 1, len - 1) == 0)
            event->key = sequences[i].key;
    }
}

static size_t
parse_escape(struct input_event *event, const unsigned char *bytes, size_t len, bool is_all)
{
    size_t n;

    if (len >= 2 && bytes[1] != '[' && bytes[1] != 'O') {
        event->key = KEYSYM_ESCAPE; /* typed quickly: the next key follows */
        return 1;
    }
    n = sequence_length(bytes, len);
    if (n > 0) {
        parse_sequence(event, bytes, n);
        return n;
    }
    if (!is_all)
        return 0;
    event->key = KEYSYM_ESCAPE;
    return 1;
}

static key_code
control_key(unsigned char byte)
{
    switch (byte) {
    case '\r':
    case '\n':
        return KEYSYM_ENTER;
    case '\t':
        return KEYSYM_TAB;
    case 0x7f:
    case '\b':
        return KEYSYM_BACKSPACE;
    default:
        return byte;
    }
}

size_t
input_parse(struct input_event *event, const unsigned char *bytes, size_t len, bool is_all)
{
    char text[5] = "";
    const char *next = text;
    size_t need;

    *event = (struct input_event){ .key = KEYSYM_NONE };
    if (len == 0)
        return 0;
    if (bytes[0] == ESC)
        return parse_escape(event, bytes, len, is_all);
    if (bytes[0] < 0x20 || bytes[0] == 0x7f) {
        event->key = control_key(bytes[0]);
        return 1;
    }
    need = bytes[0] < 0x80 ? 1 : bytes[0] < 0xe0 ? 2 : bytes[0] < 0xf0 ? 3 : 4;
    if (len < need && !is_all)
        return 0;
    memcpy(text, bytes, len < need ? len : need);
    event->key = text_next(&next);
    if (event->key == 0xfffd && need > 1)
        event->key = KEYSYM_NONE;
    return (size_t)(next - text);
}
