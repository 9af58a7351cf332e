/* emf_fault.c - says what is wrong with a document, where, and what to do.
 * SPDX-License-Identifier: MIT
 *
 * On AWS the sender never hears of it, so this is what people will read: each fault quotes what it
 * found, and guesses at the slip behind it where one is likely. */
#include "config.h"

#include "domain/emf_own.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/json_pointer.h"
#include "base/text.h"

#define FAULTS_MAX    50 /* kept per document */
#define QUOTE_COLUMNS 40
#define QUOTE_BYTES   256

const char *
emf_quote(struct emf_reading *r, const char *text)
{
    struct buf clean;
    const char *quoted;
    size_t fit;

    buf_init(&clean, (size_t)4 * QUOTE_BYTES);
    text_clean(&clean, text, strnlen(text, QUOTE_BYTES));
    fit = text_fit(clean.data, QUOTE_COLUMNS);
    quoted =
        arena_printf(r->arena, "\"%.*s%s\"", (int)fit, clean.data, fit < clean.len ? "..." : "");
    buf_fini(&clean);
    return quoted;
}

const char *
emf_type_name(const cJSON *value)
{
    return cJSON_IsNull(value)     ? "null"
           : cJSON_IsBool(value)   ? "a boolean"
           : cJSON_IsNumber(value) ? "a number"
           : cJSON_IsString(value) ? "a string"
           : cJSON_IsArray(value)  ? "an array"
                                   : "an object";
}

/* A root member as a JSON pointer. */
const char *
emf_pointer_to(struct emf_reading *r, const char *name)
{
    struct buf b;
    const char *pointer;

    buf_init(&b, (size_t)4 * METRIC_DIM_VALUE_MAX);
    json_pointer_add(&b, name);
    pointer = arena_strdup(r->arena, b.data);
    buf_fini(&b);
    return pointer;
}

void
emf_fault(struct emf_reading *r, const char *rule, const char *pointer, const char *fix,
          const char *fmt, ...)
{
    char text[512];
    va_list ap;

    if (r->out->fault_count == FAULTS_MAX)
        return;
    if (r->faults == NULL)
        r->faults = arena_alloc(r->arena, FAULTS_MAX * sizeof *r->faults);
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    r->faults[r->out->fault_count++] = (struct emf_fault){
        .rule = rule, .pointer = pointer, .text = arena_strdup(r->arena, text), .fix = fix
    };
    r->out->faults = r->faults;
}

const char *
emf_pointer_at(struct emf_reading *r, const struct emf_place *at, const char *member)
{
    const char *slash = member[0] == '\0' ? "" : "/";

    if (at->list == NULL)
        return arena_printf(r->arena, EMF_DIRECTIVES "/%zu%s%s", at->directive, slash, member);
    return arena_printf(r->arena, EMF_DIRECTIVES "/%zu/%s/%zu%s%s", at->directive, at->list,
                        at->item, slash, member);
}

/* The slip behind most missing members: another case. */
const char *
emf_fix_missing(struct emf_reading *r, const cJSON *object, const char *name, const char *otherwise)
{
    const cJSON *near = cJSON_GetObjectItem(object, name); /* this one ignores case */

    if (near == NULL)
        return otherwise;
    return arena_printf(r->arena, "names are case-sensitive: write \"%s\" instead of %s", name,
                        emf_quote(r, near->string));
}

size_t
emf_characters(const char *text)
{
    size_t n = 0;

    for (; *text != '\0'; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

bool
emf_is_blank(const char *text)
{
    while (*text == ' ' || *text == '\t' || *text == '\r' || *text == '\n')
        text++;
    return *text == '\0';
}
