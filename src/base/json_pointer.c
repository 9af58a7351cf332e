/* json_pointer.c - places in JSON as JSON pointers.
 * SPDX-License-Identifier: MIT
 *
 * A tree does not remember where its values stood in the text, and need not: only a sentence about
 * a fault asks, and then the text is walked once more. It was read before, so the walk refuses
 * nothing; it only never leaves the text. */
#include "config.h"

#include "base/json_pointer.h"

#include "base/json.h"

#include <stdio.h>
#include <string.h>

#define BLANKS " \t\r\n"

struct walk {
    const char *at, *end;
};

void
json_pointer_add(struct buf *b, const char *name)
{
    buf_addc(b, '/');
    for (; *name != '\0' && !buf_failed(b); name++) {
        if (*name == '~' || *name == '/')
            buf_adds(b, *name == '~' ? "~0" : "~1");
        else
            buf_addc(b, *name);
    }
}

bool
json_pointer_is_step(const char *step, size_t length, const char *name)
{
    size_t i = 0;

    for (; i < length && *name != '\0'; i++, name++) {
        char c = step[i];

        if (c == '~' && i + 1 < length)
            c = step[++i] == '1' ? '/' : '~';
        if (c != *name)
            return false;
    }
    return i == length && *name == '\0';
}

static void
skip_of(struct walk *w, const char *set)
{
    while (w->at < w->end && *w->at != '\0' && strchr(set, *w->at) != NULL)
        w->at++;
}

static void
skip_string(struct walk *w)
{
    for (w->at++; w->at < w->end && *w->at != '"'; w->at++)
        w->at += *w->at == '\\' && w->at + 1 < w->end;
    w->at += w->at < w->end;
}

static void
skip_value(struct walk *w)
{
    size_t depth = 0;

    do {
        if (*w->at == '"') {
            skip_string(w);
            continue;
        }
        depth += *w->at == '{' || *w->at == '[';
        depth -= depth > 0 && (*w->at == '}' || *w->at == ']');
        w->at++;
    } while (w->at < w->end &&
             (depth > 0 || strchr(",}]" BLANKS, *w->at) == NULL || *w->at == '\0'));
}

/* The name at the cursor, which goes behind its colon. */
static bool
take_name(struct walk *w, const char *step, size_t length)
{
    const char *begin = w->at;
    cJSON *name = NULL;
    bool is_it;

    skip_string(w);
    is_it = json_parse(&name, begin, (size_t)(w->at - begin), NULL) == OK && cJSON_IsString(name) &&
            json_pointer_is_step(step, length, name->valuestring);
    cJSON_Delete(name);
    skip_of(w, BLANKS ":");
    return is_it;
}

/* To the child of the value at the cursor; false: it has no such one. */
static bool
go_down(struct walk *w, const char *step, size_t length)
{
    const bool is_object = *w->at == '{';
    size_t index = 0;

    if (!is_object && *w->at != '[')
        return false;
    w->at++;
    for (skip_of(w, BLANKS); w->at < w->end && *w->at != '}' && *w->at != ']'; index++) {
        char number[24];

        snprintf(number, sizeof number, "%zu", index);
        if (is_object ? take_name(w, step, length) : json_pointer_is_step(step, length, number))
            return w->at < w->end;
        if (w->at < w->end)
            skip_value(w);
        skip_of(w, BLANKS ",");
    }
    return false;
}

size_t
json_pointer_offset(const char *text, size_t len, const char *pointer)
{
    struct walk w = { text, text + len };
    const char *found;

    skip_of(&w, BLANKS);
    found = w.at;
    while (*pointer == '/' && w.at < w.end) {
        const size_t length = strcspn(pointer + 1, "/");

        if (!go_down(&w, pointer + 1, length))
            break;
        found = w.at;
        pointer += 1 + length;
    }
    return (size_t)(found - text);
}
