/* lines.c - breaking text into lines.
 * SPDX-License-Identifier: MIT
 *
 * JSON is indented by walking its characters, not by parsing: a body that is cut off or broken is
 * still shown, and what is shown is what came, digit by digit. */
#include "config.h"

#include "tui/lines.h"

#include "base/mem.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_MAX  (4u << 20)
#define INPUT_MAX (1u << 20)
#define LINES_MAX 20000
#define TAB       "    "

void
lines_init(struct lines *lines)
{
    memset(lines, 0, sizeof(*lines));
    buf_init(&lines->text, TEXT_MAX);
}

void
lines_fini(struct lines *lines)
{
    buf_fini(&lines->text);
    free(lines->items);
    lines->items = NULL;
    lines->count = lines->cap = 0;
}

static void
push(struct lines *lines, size_t at, size_t len)
{
    if (lines->count == lines->cap) {
        lines->cap = lines->cap == 0 ? 32 : lines->cap * 2;
        lines->items = xreallocarray(lines->items, lines->cap, sizeof(*lines->items));
    }
    lines->items[lines->count++] = (struct line){ at, len };
}

/* The bytes of one wrapped line: up to the last blank that fits, or as much as fits. */
static size_t
wrap_at(const char *text, int columns, size_t *skip)
{
    size_t fit = text_fit(text, columns);
    size_t blank = fit;

    *skip = 0;
    if (text[fit] == '\0')
        return fit;
    while (blank > fit / 2 && text[blank] != ' ')
        blank--;
    if (text[blank] == ' ' && blank > fit / 2) {
        *skip = 1;
        return blank;
    }
    if (fit == 0) { /* a wide character in a column of one: never stand still */
        const char *next = text;

        text_next(&next);
        return (size_t)(next - text);
    }
    return fit;
}

static void
add_line(struct lines *lines, const char *text, size_t len, int columns, bool wraps)
{
    size_t at = lines->text.len, end;

    for (size_t i = 0; i < len; i++) {
        size_t run = i;

        while (run < len && text[run] != '\t')
            run++;
        text_clean(&lines->text, text + i, run - i);
        if (run < len)
            buf_adds(&lines->text, TAB);
        i = run;
    }
    end = lines->text.len;
    if (!wraps) {
        push(lines, at, end - at);
        buf_addc(&lines->text, '\0');
        return;
    }
    do {
        size_t skip, n = wrap_at(lines->text.data + at, columns, &skip);

        push(lines, at, n);
        at += n + skip;
    } while (at < end && lines->count < LINES_MAX);
    buf_addc(&lines->text, '\0');
}

static void
newline(struct buf *b, int depth)
{
    buf_addc(b, '\n');
    for (int i = 0; i < depth; i++)
        buf_adds(b, "  ");
}

static void
indent_json(struct buf *b, const char *text, size_t len)
{
    int depth = 0;
    bool in_string = false;

    for (size_t i = 0; i < len && !buf_failed(b); i++) {
        char c = text[i];

        if (in_string) {
            buf_addc(b, c);
            if (c == '\\' && i + 1 < len)
                buf_addc(b, text[++i]);
            in_string = c != '"';
        } else if (c == '{' || c == '[') {
            buf_addc(b, c);
            if (i + 1 < len && (text[i + 1] == '}' || text[i + 1] == ']'))
                buf_addc(b, text[++i]);
            else
                newline(b, depth < 40 ? ++depth : depth);
        } else if (c == '}' || c == ']') {
            newline(b, depth > 0 ? --depth : 0);
            buf_addc(b, c);
        } else if (c == ',') {
            buf_addc(b, c);
            newline(b, depth);
        } else if (c == ':') {
            buf_adds(b, ": ");
        } else if (c != ' ' && c != '\n' && c != '\r' && c != '\t') {
            buf_addc(b, c);
            in_string = c == '"';
        }
    }
}

static void
add_plain(struct lines *lines, const char *text, size_t len, int columns, bool wraps)
{
    size_t at = 0;

    while (at <= len && lines->count < LINES_MAX) {
        const char *end = at < len ? memchr(text + at, '\n', len - at) : NULL;
        size_t stop = end != NULL ? (size_t)(end - text) : len;
        size_t n = stop - at;

        if (n > 0 && text[stop - 1] == '\r')
            n--;
        if (at < len || len == 0 || text[len - 1] != '\n')
            add_line(lines, text + at, n, columns, wraps);
        at = stop + 1;
    }
}

/* Where the JSON in a text begins: at once, or behind the words a log line is shown with ("saved
 * {...}"); `len` when it holds none. */
static size_t
json_start(const char *text, size_t len)
{
    size_t i = 0;

    if (len == 0 || *text == '{' || *text == '[' || text[len - 1] != '}')
        return len == 0 || (*text != '{' && *text != '[') ? len : 0;
    while (i + 2 < len && memcmp(text + i, "  {", 3) != 0)
        i++;
    return i + 2 < len ? i + 2 : len;
}

void
lines_add(struct lines *lines, const char *text, size_t len, int columns, unsigned how)
{
    struct buf indented;
    bool is_cut = len > INPUT_MAX;
    bool wraps = (how & LINES_WRAP) != 0;
    size_t json;

    if (columns < 1)
        columns = 1;
    if (is_cut)
        len = INPUT_MAX;
    buf_init(&indented, TEXT_MAX);
    json = (how & LINES_INDENT_JSON) != 0 ? json_start(text, len) : len;
    if (json < len)
        indent_json(&indented, text + json, len - json);
    if (indented.len > 0 && json > 0)
        add_plain(lines, text, json - 2, columns, wraps);
    if (indented.len > 0)
        add_plain(lines, indented.data, indented.len, columns, wraps);
    else
        add_plain(lines, text, len, columns, wraps);
    if (is_cut || lines->count >= LINES_MAX)
        add_line(lines, "(more is not shown)", 19, columns, false);
    buf_fini(&indented);
}

const char *
lines_text(const struct lines *lines, size_t line, size_t *len)
{
    *len = lines->items[line].len;
    return lines->text.data + lines->items[line].at;
}
