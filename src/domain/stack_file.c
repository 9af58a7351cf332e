/* stack_file.c - places, faults, members and values of a stack file.
 * SPDX-License-Identifier: MIT
 *
 * A fault names its place as a JSON pointer (RFC 6901), which is made only when there is one: while
 * all is well a place is two words on the C stack. Texts of the file are hostile and end up on
 * terminals, so sentences and pointers are cleaned before they are kept. */
#include "config.h"

#include "domain/stack_file.h"

#include "base/buf.h"
#include "base/iso8601.h"
#include "base/json.h"
#include "base/json_pointer.h"
#include "base/text.h"
#include "domain/money.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TAG_KEY_CHARS   128 /* AWS's own limits */
#define TAG_VALUE_CHARS 256
#define SCRATCH_MAX     8192

/* --- faults --- */

static void
add_pointer(struct buf *b, const struct stack_place *place)
{
    if (place == NULL || place->is_root)
        return;
    add_pointer(b, place->up);
    if (place->key == NULL)
        buf_addf(b, "/%zu", place->index);
    else
        json_pointer_add(b, place->key);
}

/* Cleaned, and cut between characters. */
static void
keep_text(char *out, size_t size, const struct buf *from)
{
    struct buf clean;
    size_t len;

    buf_init(&clean, 4 * SCRATCH_MAX);
    text_clean(&clean, from->data, from->len);
    len = clean.len;
    if (len > size - 1) {
        len = size - 1;
        while (len > 0 && ((unsigned char)clean.data[len] & 0xc0) == 0x80)
            len--;
    }
    memcpy(out, clean.data, len);
    out[len] = '\0';
    buf_fini(&clean);
}

void
stack_fault(struct stack_reader *r, const struct stack_place *place, const char *fmt, ...)
{
    struct stack_fault *fault;
    struct buf b;
    va_list ap;

    if (r->faults->count++ >= STACK_FAULTS_MAX)
        return;
    fault = &r->faults->items[r->faults->count - 1];
    buf_init(&b, SCRATCH_MAX);
    add_pointer(&b, place);
    keep_text(fault->pointer, sizeof fault->pointer, &b);
    buf_clear(&b);
    va_start(ap, fmt);
    buf_addv(&b, fmt, ap);
    va_end(ap);
    keep_text(fault->text, sizeof fault->text, &b);
    buf_fini(&b);
}

const char *
stack_kind(const cJSON *value)
{
    if (cJSON_IsString(value))
        return "a text";
    if (cJSON_IsNumber(value))
        return "a number";
    if (cJSON_IsBool(value))
        return cJSON_IsTrue(value) ? "true" : "false";
    if (cJSON_IsObject(value))
        return "an object";
    return cJSON_IsArray(value) ? "an array" : "null";
}

static bool
expected(struct stack_reader *r, const struct stack_place *in, const char *key, const char *what,
         const cJSON *value)
{
    stack_fault_at(r, in, key, "expected %s, got %s", what, stack_kind(value));
    return false;
}

/* --- members --- */

/* Members mostly come in the order of the names: each search begins where the last one ended. */
static size_t
name_of(const char *const *names, size_t count, size_t from, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        size_t at = from + i < count ? from + i : from + i - count;

        if (strcmp(names[at], name) == 0)
            return at;
    }
    return count;
}

static void
tell_unknown(struct stack_reader *r, const struct stack_place *place, const char *name,
             const char *const *names, size_t count)
{
    const char *candidates[STACK_MEMBERS_MAX + 1] = { NULL };
    const char *near;

    for (size_t i = 0; i < count; i++)
        candidates[i] = names[i];
    near = text_nearest(name, candidates);
    if (near == NULL)
        stack_fault_at(r, place, name, "unknown member");
    else
        stack_fault_at(r, place, name, "unknown member (did you mean \"%s\"?)", near);
}

static void
gather(struct stack_reader *r, const struct stack_place *place, const cJSON *object, bool is_own,
       const char *const *names, size_t count, const cJSON **found)
{
    const cJSON *member;
    bool seen[STACK_MEMBERS_MAX] = { false };
    size_t at = 0;

    cJSON_ArrayForEach(member, object)
    {
        at = name_of(names, count, at, member->string);
        if (at == count && is_own && strcmp(member->string, "about") == 0) {
            if (!cJSON_IsString(member))
                expected(r, place, "about", "a text", member);
        } else if (at == count && is_own) {
            tell_unknown(r, place, member->string, names, count);
        } else if (at < count && seen[at] && is_own) {
            stack_fault_at(r, place, names[at], "is there twice");
        } else if (at < count && found[at] == NULL) {
            found[at] = member;
        }
        if (at < count)
            seen[at++] = true;
    }
}

void
stack_members(struct stack_reader *r, const struct stack_item *item, const char *const *names,
              size_t count, const cJSON **found)
{
    for (size_t i = 0; i < count; i++)
        found[i] = NULL;
    if (item->own != NULL)
        gather(r, &item->place, item->own, true, names, count, found);
    if (item->under != NULL)
        gather(r, &item->place, item->under, false, names, count, found);
}

/* --- arrays of things with names --- */

/* The name of an element, or NULL and a fault. */
static const char *
element_name(struct stack_reader *r, const struct stack_place *place, const cJSON *element,
             const char *name_key)
{
    const cJSON *member = json_get(element, name_key);
    const char *name = NULL;

    if (!cJSON_IsObject(element))
        stack_fault(r, place, "expected an object, got %s", stack_kind(element));
    else if (member == NULL)
        stack_fault(r, place, "has no \"%s\"", name_key);
    else if (stack_take_text(r, place, name_key, member, STACK_NAME_MAX, &name) && *name == '\0')
        stack_fault_at(r, place, name_key, "is empty");
    return name == NULL || *name == '\0' ? NULL : name;
}

/* The elements of the file that is extended; they are known to be good. */
static void
merge_under(struct stack_items *items, struct table *known, const cJSON *under,
            const char *name_key)
{
    static const struct stack_place extends = { .up = NULL, .key = "extends" };
    const cJSON *element;

    cJSON_ArrayForEach(element, under)
    {
        const char *name = json_get_string(element, name_key, "");
        size_t *at = table_add(known, name, strlen(name));

        *at = items->count;
        items->list[items->count++] = (struct stack_item){ .under = element, .place = extends };
    }
}

struct stack_items
stack_merge(struct stack_reader *r, const struct stack_place *place, const cJSON *own,
            const cJSON *under, const char *name_key, size_t most)
{
    struct stack_items items = { 0 };
    size_t base = (size_t)cJSON_GetArraySize(under), index = 0;
    const cJSON *element;
    struct table known;

    if (own != NULL && !stack_is_array(r, place->up, place->key, own))
        own = NULL;
    if ((size_t)cJSON_GetArraySize(own) + base > most) {
        stack_fault(r, place, "more than %zu", most);
        return items;
    }
    items.list =
        arena_alloc(r->arena, (base + (size_t)cJSON_GetArraySize(own) + 1) * sizeof *items.list);
    table_init(&known, sizeof(size_t));
    merge_under(&items, &known, under, name_key);
    cJSON_ArrayForEach(element, own)
    {
        const struct stack_place at = { .up = place, .index = index++ };
        const char *name = element_name(r, &at, element, name_key);
        struct stack_item item = { .own = element, .place = at };
        size_t *old = name == NULL ? NULL : table_find(&known, name, strlen(name));

        if (old != NULL && items.list[*old].own != NULL) {
            stack_fault_at(r, &at, name_key, "\"%s\" is the name of element %zu already", name,
                           items.list[*old].place.index);
        } else if (old != NULL) {
            item.under = items.list[*old].under;
            items.list[*old] = item;
        } else if (name != NULL) {
            old = table_add(&known, name, strlen(name));
            *old = items.count;
            items.list[items.count++] = item;
        }
    }
    table_fini(&known);
    return items;
}

/* --- values --- */

bool
stack_take_text(struct stack_reader *r, const struct stack_place *in, const char *key,
                const cJSON *value, size_t max, const char **out)
{
    if (value == NULL)
        return false;
    if (!cJSON_IsString(value))
        return expected(r, in, key, "a text", value);
    if (strnlen(value->valuestring, max + 1) > max) {
        stack_fault_at(r, in, key, "longer than %zu bytes", max);
        return false;
    }
    *out = value->valuestring;
    return true;
}

bool
stack_take_number(struct stack_reader *r, const struct stack_place *in, const char *key,
                  const cJSON *value, double least, double most, double *out)
{
    if (value == NULL)
        return false;
    if (!cJSON_IsNumber(value)) {
        stack_fault_at(r, in, key, "expected a number from %g to %.15g, got %s", least, most,
                       stack_kind(value));
        return false;
    }
    if (!(value->valuedouble >= least && value->valuedouble <= most)) {
        stack_fault_at(r, in, key, "expected a number from %g to %.15g, got %.15g", least, most,
                       value->valuedouble);
        return false;
    }
    *out = value->valuedouble;
    return true;
}

bool
stack_take_bool(struct stack_reader *r, const struct stack_place *in, const char *key,
                const cJSON *value, bool *out)
{
    if (value == NULL)
        return false;
    if (!cJSON_IsBool(value))
        return expected(r, in, key, "true or false", value);
    *out = cJSON_IsTrue(value);
    return true;
}

bool
stack_take_time(struct stack_reader *r, const struct stack_place *in, const char *key,
                const cJSON *value, int64_t *out)
{
    if (value == NULL)
        return false;
    if (cJSON_IsString(value) && iso8601_parse(out, value->valuestring))
        return true;
    if (!cJSON_IsString(value))
        return expected(r, in, key, "a time in ISO 8601", value);
    stack_fault_at(r, in, key,
                   "expected a time in ISO 8601 such as \"2026-02-03T04:05:00Z\", got \"%.60s\"",
                   value->valuestring);
    return false;
}

bool
stack_take_money(struct stack_reader *r, const struct stack_place *in, const char *key,
                 const cJSON *value, int64_t *out)
{
    bool is_money = false;
    struct buf text;

    if (value == NULL)
        return false;
    buf_init(&text, SCRATCH_MAX);
    if (cJSON_IsString(value)) {
        buf_addf(&text, "%.80s", value->valuestring);
        is_money = money_parse(out, value->valuestring) && *out >= 0;
    } else if (cJSON_IsNumber(value)) {
        json_print_number(&text, value->valuedouble);
        is_money = money_parse(out, text.data) && *out >= 0;
    } else {
        buf_adds(&text, stack_kind(value));
    }
    if (!is_money)
        stack_fault_at(r, in, key, "expected dollars such as \"150\" or 0.25, got %s", text.data);
    buf_fini(&text);
    return is_money;
}

bool
stack_is_object(struct stack_reader *r, const struct stack_place *in, const char *key,
                const cJSON *value)
{
    return cJSON_IsObject(value) || (value != NULL && expected(r, in, key, "an object", value));
}

bool
stack_is_array(struct stack_reader *r, const struct stack_place *in, const char *key,
               const cJSON *value)
{
    return cJSON_IsArray(value) || (value != NULL && expected(r, in, key, "an array", value));
}

/* --- tags --- */

static bool
has_at_most(const char *text, size_t characters)
{
    size_t count = 0;

    if (strnlen(text, characters + 1) <= characters)
        return true; /* bytes are more than characters */
    while (text_next(&text) != 0 && count <= characters)
        count++;
    return count <= characters;
}

static const char *
with_stage(struct stack_reader *r, const char *value)
{
    static const char stage[] = "$stage";
    const char *at = strstr(value, stage);

    if (at == NULL)
        return value;
    return arena_printf(r->arena, "%.*s%s%s", (int)(at - value), value, r->world->environment,
                        with_stage(r, at + sizeof stage - 1));
}

static bool
is_tag(struct stack_reader *r, const struct stack_place *tags, const cJSON *member)
{
    if (!cJSON_IsString(member))
        return expected(r, tags, member->string, "a text", member);
    if (*member->string == '\0' || !has_at_most(member->string, TAG_KEY_CHARS)) {
        stack_fault_at(r, tags, member->string, "a tag's key has 1 to %d characters",
                       TAG_KEY_CHARS);
        return false;
    }
    if (has_at_most(member->valuestring, TAG_VALUE_CHARS))
        return true;
    stack_fault_at(r, tags, member->string, "a tag's value has at most %d characters",
                   TAG_VALUE_CHARS);
    return false;
}

static int
by_key(const void *a, const void *b)
{
    const struct stack_tag *left = a, *right = b;

    return strcmp(left->key, right->key);
}

const struct stack_tag *
stack_take_tags(struct stack_reader *r, const struct stack_place *in, const char *key,
                const cJSON *value, size_t *count)
{
    const struct stack_place place = { .up = in, .key = key };
    size_t most = 0;
    const cJSON *member;
    struct stack_tag *tags;

    *count = 0;
    if (!stack_is_object(r, in, key, value))
        return NULL;
    cJSON_ArrayForEach(member, value)
    {
        most++;
    }
    if (most > STACK_TAGS_MAX) {
        stack_fault(r, &place, "more than %d tags", STACK_TAGS_MAX);
        return NULL;
    }
    tags = arena_alloc(r->arena, (most + 1) * sizeof *tags);
    cJSON_ArrayForEach(member, value)
    {
        if (is_tag(r, &place, member))
            tags[(*count)++] = (struct stack_tag){ .key = member->string,
                                                   .value = with_stage(r, member->valuestring) };
    }
    qsort(tags, *count, sizeof *tags, by_key);
    for (size_t i = 1; i < *count; i++) {
        if (strcmp(tags[i - 1].key, tags[i].key) == 0)
            stack_fault_at(r, &place, tags[i].key, "is there twice");
    }
    return tags;
}
