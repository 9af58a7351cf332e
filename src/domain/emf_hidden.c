/* emf_hidden.c - documents that CloudWatch does not see, because they are not the whole line.
 * SPDX-License-Identifier: MIT
 *
 * Loggers do that: they put a prefix before the document, or make it a text or a member of an
 * object of theirs, at any depth. And printing an object is not printing JSON: Python's print(),
 * Node.js's console.log() and the like of Java and Go write a notation of their own, which looks
 * much like it.
 *
 * A text is taken for a document by its notation, not by its words: a message about "_aws" and
 * "CloudWatchMetrics" is none. The two names must stand there as names of members, the first one
 * with an object for its value. */
#include "config.h"

#include "domain/emf_own.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/json_pointer.h"

#define POINTER_BYTES ((size_t)16 << 10)

static const char metadata[] = "_aws", directives[] = "CloudWatchMetrics";

/* --- notation --------------------------------------------------------------------------------- */

static size_t
span(const char *at, const char *end, const char *of)
{
    const char *start = at;

    while (at < end && *at != '\0' && strchr(of, *at) != NULL)
        at++;
    return (size_t)(at - start);
}

/* Behind a name: `": `, `': `, `\": `, `: `, `=` or Go's `:`. NULL: it is a word like others. */
static const char *
skip_to_value(const char *at, const char *end)
{
    at += span(at, end, "\\\"'");
    at += span(at, end, " \t");
    if (at == end || (*at != ':' && *at != '='))
        return NULL;
    at++;
    return at + span(at, end, " \t\r\n");
}

/* The metadata's name where its value is an object; NULL: nowhere. */
static const char *
find_metadata(const char *text, const char *end)
{
    const size_t length = sizeof metadata - 1;

    for (const char *at = text; (at = memmem(at, (size_t)(end - at), metadata, length)) != NULL;
         at += length) {
        const char *value = skip_to_value(at + length, end);

        if (value == NULL)
            continue;
        if (end - value >= 4 && memcmp(value, "map[", 4) == 0) /* Go */
            return at;
        if (value < end && *value == '{')
            return at;
    }
    return NULL;
}

/* The metadata's name in what is a document by its notation; NULL: it is none. */
static const char *
find_document(const char *text, const char *end)
{
    const size_t length = sizeof directives - 1;
    const char *aws = find_metadata(text, end);

    for (const char *at = aws; at != NULL; at += length) {
        at = memmem(at, (size_t)(end - at), directives, length);
        if (at == NULL || skip_to_value(at + length, end) != NULL)
            return at == NULL ? NULL : aws;
    }
    return NULL;
}

bool
emf_begins_over_lines(const char *line, size_t len)
{
    const char *end = line + len, *aws = find_metadata(line, end);
    const char *value = aws == NULL ? NULL : skip_to_value(aws + sizeof metadata - 1, end);

    return value != NULL && line + span(line, end, " \t\"'") == aws && *value == '{' &&
           value + 1 + span(value + 1, end, " \t\r") == end;
}

/* --- in JSON ---------------------------------------------------------------------------------- */

struct step {
    const struct step *up;
    const cJSON *item;
    size_t index; /* of a list's item, which has no name */
};

static void
add_steps(struct buf *b, const struct step *step)
{
    char index[24];

    if (step->up == NULL)
        return;
    add_steps(b, step->up);
    snprintf(index, sizeof index, "%zu", step->index);
    json_pointer_add(b, step->item->string != NULL ? step->item->string : index);
}

static const char *
pointer_of(struct emf_reading *r, const struct step *step)
{
    const char *pointer;
    struct buf b;

    buf_init(&b, POINTER_BYTES);
    add_steps(&b, step);
    pointer = arena_strdup(r->arena, b.data);
    buf_fini(&b);
    return pointer;
}

static const char *
name_of(struct emf_reading *r, const struct step *step)
{
    if (step->item->string != NULL)
        return emf_quote(r, step->item->string);
    return step->up == NULL ? "quotes" : "a list";
}

/* As deep as JSON_DEPTH_MAX at most, or it would not have been parsed. */
static void
look_inside(struct emf_reading *r, const struct step *here)
{
    const cJSON *aws = json_get(here->item, metadata), *child;
    const char *text = cJSON_IsString(here->item) ? here->item->valuestring : NULL;
    size_t index = 0;

    if (text != NULL && find_document(text, text + strlen(text)) != NULL)
        emf_fault(r, "document-inside-text", pointer_of(r, here),
                  "print the document itself: with Lambda's JSON log format, write to stdout "
                  "instead of console.log",
                  "would not be extracted: the document is inside %s", name_of(r, here));
    else if (cJSON_IsObject(aws) && cJSON_GetObjectItem(aws, directives) != NULL)
        emf_fault(r, "document-inside-object", pointer_of(r, here),
                  "print the document itself: _aws must be at the root",
                  "would not be extracted: the document is inside %s", name_of(r, here));
    else {
        cJSON_ArrayForEach(child, here->item)
            look_inside(r, &(struct step){ .up = here, .item = child, .index = index++ });
    }
}

void
emf_look_inside(struct emf_reading *r, const cJSON *root)
{
    look_inside(r, &(struct step){ .item = root });
}

/* --- in what is no JSON ----------------------------------------------------------------------- */

/* "INFO {...}": readable for a person, not for CloudWatch. */
static bool
is_behind_prefix(struct emf_reading *r, const char *line, size_t len)
{
    const char *open = memchr(line, '{', len);
    const cJSON *root;

    if (open == NULL || open == line ||
        json_parse_in(&root, r->arena, open, len - (size_t)(open - line), NULL) != OK ||
        !cJSON_IsObject(json_get(root, metadata)))
        return false;
    emf_fault(r, "document-behind-text", "",
              "print the document alone on its line; only what Lambda's Node.js runtime writes "
              "for console.log may stand before it",
              "would not be extracted: %zu bytes of other text stand before the document",
              (size_t)(open - line));
    return true;
}

/* What stands before the name tells who wrote it. */
static void
tell_notation(struct emf_reading *r, const char *line, const char *aws)
{
    const char before = aws > line ? aws[-1] : '\0';
    const char earlier = aws > line + 1 ? aws[-2] : '\0';

    if (before == '"' && (earlier == '\\' || earlier == '"'))
        emf_fault(r, "document-inside-text", "",
                  "print the document itself, without quotes around it",
                  "would not be extracted: the document is inside a text");
    else if (before == '"')
        emf_fault(
            r, "not-json", "",
            "one whole document per line and nothing else; log drivers may cut lines at 16 KB",
            "would not be extracted: a document stands in this line, not whole or not alone");
    else
        emf_fault(r, "not-json", "", "print JSON: json.dumps(document), JSON.stringify(document)",
                  "would not be extracted: this is how a language prints an object, not JSON");
}

void
emf_look_around(struct emf_reading *r, const char *line, size_t len)
{
    const char *aws = find_document(line, line + len);

    if (aws != NULL && !is_behind_prefix(r, line, len))
        tell_notation(r, line, aws);
}
