/* form.c - form bodies to JSON values.
 * SPDX-License-Identifier: MIT
 *
 * The pairs are decoded into one buffer, cut into path segments, and sorted by path (indexes by
 * number). A value is then a range of pairs that share their first segments, so building the tree
 * is one walk over neighbours: no look-ups, and hostile orders or indexes cost nothing extra.
 * Format: the "query" protocol of the AWS API models. */
#include "config.h"

#include "wire/form.h"

#include "base/buf.h"
#include "base/mem.h"
#include "wire/percent.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct pair {
    const char *name; /* segments, each followed by a NUL */
    const char *value;
    uint32_t depth; /* number of segments */
};

struct form {
    struct buf text;
    struct pair *pairs;
    size_t count;
};

/* The number a segment is, 0 when it is a name, -1 when it is digits but no index. */
static int64_t
segment_index(const char *segment)
{
    int64_t n = 0;
    const char *p = segment;

    if (*p == '\0' || segment[strspn(segment, "0123456789")] != '\0')
        return 0;
    if (*p == '0')
        return -1;
    for (; *p != '\0'; p++) {
        n = n * 10 + (*p - '0');
        if (n > FORM_INDEX_MAX)
            return -1;
    }
    return n;
}

static const char *
segment_at(const struct pair *p, size_t depth)
{
    const char *s = p->name;

    while (depth-- > 0)
        s += strlen(s) + 1;
    return s;
}

static int
compare_segments(const char *a, const char *b)
{
    int64_t m = segment_index(a);
    int64_t n = segment_index(b);

    if (m > 0 && n > 0)
        return m < n ? -1 : m > n;
    return strcmp(a, b);
}

static int
compare_pairs(const void *left, const void *right)
{
    const struct pair *a = left;
    const struct pair *b = right;
    const char *s = a->name;
    const char *t = b->name;

    for (uint32_t i = 0; i < a->depth && i < b->depth; i++) {
        int order = compare_segments(s, t);

        if (order != 0)
            return order;
        s += strlen(s) + 1;
        t += strlen(t) + 1;
    }
    return a->depth < b->depth ? -1 : a->depth > b->depth;
}

/* Cuts a decoded name at its dots. */
static enum status
cut_name(struct pair *p, char *name, size_t len, struct err *err)
{
    const char *segment = name;

    p->name = name;
    p->depth = 1;
    for (size_t i = 0; i <= len; i++) {
        if (i < len && name[i] != '.')
            continue;
        if (segment == name + i)
            return err_set(err, E_INVALID, "an empty name in a parameter's path");
        if (i == len)
            break;
        name[i] = '\0';
        if (segment_index(segment) < 0)
            return err_set(err, E_INVALID, "list index %.40s is not within 1 to %d", segment,
                           FORM_INDEX_MAX);
        segment = name + i + 1;
        if (++p->depth > FORM_DEPTH_MAX)
            return err_set(err, E_LIMIT, "parameter %.40s nests deeper than %d names", p->name,
                           FORM_DEPTH_MAX);
    }
    if (segment_index(segment) < 0)
        return err_set(err, E_INVALID, "list index %.40s is not within 1 to %d", segment,
                       FORM_INDEX_MAX);
    return OK;
}

/* Appends the decoded bytes and a NUL; the buffer was given room for all before, so what is
 * returned stays where it is. */
static char *
add_decoded(struct buf *text, const char *from, size_t len, size_t *decoded)
{
    size_t at = text->len;

    percent_decode(text, from, len, true);
    *decoded = text->len - at;
    buf_addc(text, '\0');
    return text->data + at;
}

static enum status
add_pair(struct form *form, const char *from, size_t len, struct err *err)
{
    const char *equals = memchr(from, '=', len);
    size_t name_len = equals == NULL ? len : (size_t)(equals - from);
    size_t value_len = equals == NULL ? 0 : len - name_len - 1;
    struct pair *p = &form->pairs[form->count];
    char *name, *value;

    name = add_decoded(&form->text, from, name_len, &name_len);
    value = add_decoded(&form->text, from + len - value_len, value_len, &value_len);
    if (strlen(name) != name_len || strlen(value) != value_len)
        return err_set(err, E_INVALID, "a NUL byte in parameter %.60s", name);
    p->value = value;
    form->count++;
    return cut_name(p, name, name_len, err);
}

static size_t
count_pairs(const char *text, size_t len)
{
    size_t n = 1;

    for (size_t i = 0; i < len; i++)
        n += text[i] == '&';
    return n;
}

static enum status
read_pairs(struct form *form, const char *text, size_t len, struct err *err)
{
    size_t most = count_pairs(text, len);
    size_t from = 0;

    if (most > FORM_PAIRS_MAX)
        return err_set(err, E_LIMIT, "more than %d parameters", FORM_PAIRS_MAX);
    form->pairs = xcalloc(most, sizeof form->pairs[0]);
    if (buf_room(&form->text, len + 2 * most) == NULL)
        return err_set(err, E_LIMIT, "form of %zu bytes", len);
    while (from < len) {
        const char *amp = memchr(text + from, '&', len - from);
        size_t end = amp == NULL ? len : (size_t)(amp - text);

        if (end > from) {
            enum status st = add_pair(form, text + from, end - from, err);

            if (st != OK)
                return st;
        }
        from = end + 1;
    }
    return OK;
}

/* Pairs lo..hi-1 share their first `depth` segments. The end of the run, from `lo` on, that shares
 * one segment more. */
static size_t
run_end(const struct form *form, size_t lo, size_t hi, size_t depth)
{
    const char *first = segment_at(&form->pairs[lo], depth);
    size_t i = lo + 1;

    while (i < hi && strcmp(segment_at(&form->pairs[i], depth), first) == 0)
        i++;
    return i;
}

/* Whether every pair of the range goes on with an index. */
static bool
is_indexed(const struct form *form, size_t lo, size_t hi, size_t depth)
{
    for (size_t i = lo; i < hi; i++) {
        if (form->pairs[i].depth <= depth || segment_index(segment_at(&form->pairs[i], depth)) <= 0)
            return false;
    }
    return true;
}

static enum status build(cJSON **out, const struct form *form, size_t lo, size_t hi, size_t depth,
                         struct err *err);

static enum status
build_array(cJSON **out, const struct form *form, size_t lo, size_t hi, size_t depth,
            struct err *err)
{
    cJSON *array = cJSON_CreateArray();

    for (size_t i = lo; i < hi;) {
        size_t end = run_end(form, i, hi, depth);
        cJSON *item = NULL;
        enum status st = build(&item, form, i, end, depth + 1, err);

        if (st != OK) {
            cJSON_Delete(array);
            return st;
        }
        cJSON_AddItemToArray(array, item);
        i = end;
    }
    *out = array;
    return OK;
}

static enum status
build_object(cJSON **out, const struct form *form, size_t lo, size_t hi, size_t depth,
             struct err *err)
{
    cJSON *object = cJSON_CreateObject();

    for (size_t i = lo; i < hi;) {
        const char *name = segment_at(&form->pairs[i], depth);
        size_t end = run_end(form, i, hi, depth);
        cJSON *item = NULL;
        enum status st = OK;

        if (segment_index(name) > 0)
            st = err_set(err, E_INVALID, "list index %s stands beside names or alone", name);
        else
            st = build(&item, form, i, end, depth + 1, err);
        if (st != OK) {
            cJSON_Delete(object);
            return st;
        }
        cJSON_AddItemToObject(object, name, item);
        i = end;
    }
    *out = object;
    return OK;
}

/* The entries were built as an array of {key, value}; turn it into {key: value}. */
static enum status
entries_to_object(cJSON **value, struct err *err)
{
    cJSON *object = cJSON_CreateObject();
    cJSON *entry;

    cJSON_ArrayForEach(entry, *value)
    {
        const cJSON *key = cJSON_GetObjectItemCaseSensitive(entry, "key");
        cJSON *held = cJSON_DetachItemFromObjectCaseSensitive(entry, "value");

        if (!cJSON_IsString(key) || held == NULL) {
            cJSON_Delete(held);
            cJSON_Delete(object);
            return err_set(err, E_INVALID, "a map entry needs .key and .value");
        }
        cJSON_AddItemToObject(object, key->valuestring, held);
    }
    cJSON_Delete(*value);
    *value = object;
    return OK;
}

static enum status
build(cJSON **out, const struct form *form, size_t lo, size_t hi, size_t depth, struct err *err)
{
    const struct pair *first = &form->pairs[lo];
    enum status st;

    if (first->depth == depth) { /* sorted: the shortest path comes first */
        if (hi - lo > 1)
            return err_set(err, E_INVALID, "parameter %s is given twice, or as value and structure",
                           segment_at(first, depth - 1));
        *out = cJSON_CreateString(first->value);
        return OK;
    }
    if (is_indexed(form, lo, hi, depth))
        return build_array(out, form, lo, hi, depth, err);
    if (run_end(form, lo, hi, depth) == hi && is_indexed(form, lo, hi, depth + 1)) {
        st = build_array(out, form, lo, hi, depth + 1, err);
        if (st == OK && strcmp(segment_at(first, depth), "entry") == 0) {
            st = entries_to_object(out, err);
            if (st != OK)
                cJSON_Delete(*out);
        }
        return st;
    }
    return build_object(out, form, lo, hi, depth, err);
}

enum status
form_parse(cJSON **out, const char *text, size_t len, struct err *err)
{
    struct form form = { .count = 0 };
    cJSON *value = NULL;
    enum status st;

    buf_init(&form.text, len + 2 * (size_t)FORM_PAIRS_MAX);
    st = read_pairs(&form, text, len, err);
    if (st == OK && form.count > 0)
        qsort(form.pairs, form.count, sizeof form.pairs[0], compare_pairs);
    if (st == OK)
        st = build_object(&value, &form, 0, form.count, 0, err);
    if (st == OK)
        *out = value;
    free(form.pairs);
    buf_fini(&form.text);
    return st;
}
