/* cbor.c - libcbor's streaming decoder feeding a stack of open containers.
 * SPDX-License-Identifier: MIT
 *
 * libcbor's own tree builder allocates what a length claims before the bytes are there, and knows
 * no budget. The streaming decoder only reports the next item; the tree is ours, grown item by item
 * under bounds of depth and number, and a claimed length is never an allocation: it only counts
 * down. The decoder cuts no corners but two, which are checked here: text may be any bytes, and a
 * break may come anywhere. */
#include "config.h"

#include "wire/cbor.h"

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"

#include <cbor.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define TAG_EPOCH  1
#define WHOLE_MAX  9007199254740992.0 /* 2^53: beyond, a double is no exact integer */
#define HEAD_BYTES 9                  /* the longest head of an item */

/* One open array or map. */
struct level {
    cJSON *container;
    char *key;         /* of the map's next value; NULL: a key comes next */
    uint64_t left;     /* items still to come, keys counted */
    bool is_unbounded; /* ended by a break, not by a count */
};

struct reading {
    struct level levels[CBOR_DEPTH_MAX];
    size_t depth;
    cJSON *root; /* NULL until the first item */
    size_t items;
    size_t left;     /* bytes not yet read, the present item's head among them */
    bool is_time;    /* tag 1 was read: a number must follow */
    bool is_text;    /* between the start and the break of a text in pieces */
    struct buf text; /* its pieces */
    enum status st;
    struct err *err;
};

/* The first complaint stands. */
static void complain(struct reading *r, enum status code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void
complain(struct reading *r, enum status code, const char *fmt, ...)
{
    va_list ap;

    if (r->st != OK)
        return;
    va_start(ap, fmt);
    r->st = err_setv(r->err, code, fmt, ap);
    va_end(ap);
}

static struct level *
top(struct reading *r)
{
    return r->depth == 0 ? NULL : &r->levels[r->depth - 1];
}

/* Whether the next item may be one of this kind; counts it. */
static bool
admit(struct reading *r, const char *what, bool is_number)
{
    const struct level *level = top(r);

    if (r->st != OK)
        return false;
    if (r->is_text)
        complain(r, E_INVALID, "%s within a text in pieces", what);
    else if (r->is_time && !is_number)
        complain(r, E_INVALID, "tag 1 (a time) must be followed by a number, not %s", what);
    else if (level != NULL && cJSON_IsObject(level->container) && level->key == NULL)
        complain(r, E_INVALID, "%s as the key of a map: only text is", what);
    else if (++r->items > CBOR_ITEMS_MAX)
        complain(r, E_LIMIT, "more than %d items", CBOR_ITEMS_MAX);
    return r->st == OK;
}

/* Ends all containers that are complete by now. */
static void
close_full(struct reading *r)
{
    while (r->depth > 0 && !top(r)->is_unbounded && top(r)->left == 0)
        r->depth--;
}

static void
count_down(struct reading *r)
{
    struct level *level = top(r);

    if (level != NULL && !level->is_unbounded)
        level->left--;
}

/* Puts a new value where it belongs; the tree owns it from now on. */
static void
place(struct reading *r, cJSON *value)
{
    struct level *level = top(r);

    if (level == NULL)
        r->root = value;
    else if (cJSON_IsObject(level->container)) {
        cJSON_AddItemToObject(level->container, level->key, value);
        free(level->key);
        level->key = NULL;
    } else
        cJSON_AddItemToArray(level->container, value);
    count_down(r);
}

static void
place_leaf(struct reading *r, cJSON *value)
{
    place(r, value);
    close_full(r);
}

/* --- numbers and other plain items --- */

static void
on_number(struct reading *r, double number)
{
    cJSON *value;

    if (!admit(r, "a number", true))
        return;
    value = cJSON_CreateNumber(number);
    if (r->is_time)
        value->type |= JSON_TIME;
    r->is_time = false;
    place_leaf(r, value);
}

static void
on_uint8(void *arg, uint8_t n)
{
    on_number(arg, n);
}

static void
on_uint16(void *arg, uint16_t n)
{
    on_number(arg, n);
}

static void
on_uint32(void *arg, uint32_t n)
{
    on_number(arg, n);
}

static void
on_uint64(void *arg, uint64_t n)
{
    on_number(arg, (double)n);
}

/* A negative integer n is sent as -1 - n. */
static void
on_negint8(void *arg, uint8_t n)
{
    on_number(arg, -1.0 - n);
}

static void
on_negint16(void *arg, uint16_t n)
{
    on_number(arg, -1.0 - n);
}

static void
on_negint32(void *arg, uint32_t n)
{
    on_number(arg, -1.0 - n);
}

static void
on_negint64(void *arg, uint64_t n)
{
    on_number(arg, -1.0 - (double)n);
}

static void
on_float(void *arg, float number)
{
    on_number(arg, (double)number);
}

static void
on_double(void *arg, double number)
{
    on_number(arg, number);
}

static void
on_bool(void *arg, bool is_true)
{
    if (admit(arg, "a boolean", false))
        place_leaf(arg, cJSON_CreateBool(is_true));
}

static void
on_null(void *arg)
{
    if (admit(arg, "null", false))
        place_leaf(arg, cJSON_CreateNull());
}

static void
on_tag(void *arg, uint64_t tag)
{
    struct reading *r = arg;

    if (tag != TAG_EPOCH)
        complain(r, E_UNSUPPORTED, "tag %llu is not supported, only tag 1 (a time)",
                 (unsigned long long)tag);
    else if (admit(r, "tag 1", false))
        r->is_time = true;
}

/* --- text --- */

/* A whole text: the next key, or a value. */
static void
take_text(struct reading *r, const char *text, size_t len)
{
    struct level *level = top(r);
    bool is_key = level != NULL && cJSON_IsObject(level->container) && level->key == NULL;
    char *copy;

    if (memchr(text, '\0', len) != NULL || text_utf8_end(text, len) != len) {
        complain(r, E_INVALID, "a text that is not UTF-8, or holds a NUL");
        return;
    }
    if (is_key && !r->is_time) {
        if (++r->items > CBOR_ITEMS_MAX)
            complain(r, E_LIMIT, "more than %d items", CBOR_ITEMS_MAX);
        level->key = xstrndup(text, len);
        count_down(r);
        return;
    }
    if (!admit(r, "a text", false))
        return;
    copy = xstrndup(text, len);
    place_leaf(r, cJSON_CreateString(copy));
    free(copy);
}

static void
on_text(void *arg, cbor_data text, size_t len)
{
    struct reading *r = arg;

    if (r->st != OK)
        return;
    if (r->is_text)
        buf_add(&r->text, text, len);
    else
        take_text(r, (const char *)text, len);
}

static void
on_text_start(void *arg)
{
    struct reading *r = arg;

    if (r->is_text)
        complain(r, E_INVALID, "a text in pieces within a text in pieces");
    r->is_text = true;
    buf_clear(&r->text);
}

static void
on_bytes(void *arg, cbor_data bytes, size_t len)
{
    (void)bytes;
    (void)len;
    complain(arg, E_UNSUPPORTED, "byte strings are not supported");
}

static void
on_bytes_start(void *arg)
{
    complain(arg, E_UNSUPPORTED, "byte strings are not supported");
}

/* --- containers --- */

static void
open_container(struct reading *r, cJSON *container, uint64_t left, bool is_unbounded)
{
    if (r->depth == CBOR_DEPTH_MAX) {
        complain(r, E_LIMIT, "nested deeper than %d", CBOR_DEPTH_MAX);
        cJSON_Delete(container);
        return;
    }
    place(r, container);
    r->levels[r->depth++] =
        (struct level){ .container = container, .left = left, .is_unbounded = is_unbounded };
    close_full(r);
}

/* An item takes a byte at least: a claim beyond what is there is known to be wrong at once. */
static bool
is_plausible(struct reading *r, const char *what, size_t count, size_t each)
{
    if (count <= r->left / each)
        return true;
    complain(r, E_INVALID, "%s of %zu items, with %zu bytes left", what, count, r->left);
    return false;
}

static void
on_array(void *arg, size_t count)
{
    if (admit(arg, "an array", false) && is_plausible(arg, "an array", count, 1))
        open_container(arg, cJSON_CreateArray(), count, false);
}

static void
on_open_array(void *arg)
{
    if (admit(arg, "an array", false))
        open_container(arg, cJSON_CreateArray(), 0, true);
}

static void
on_map(void *arg, size_t count)
{
    if (admit(arg, "a map", false) && is_plausible(arg, "a map", count, 2))
        open_container(arg, cJSON_CreateObject(), (uint64_t)count * 2, false);
}

static void
on_open_map(void *arg)
{
    if (admit(arg, "a map", false))
        open_container(arg, cJSON_CreateObject(), 0, true);
}

static void
on_break(void *arg)
{
    struct reading *r = arg;

    if (r->is_text) {
        r->is_text = false;
        take_text(r, r->text.data, r->text.len);
        return;
    }
    if (r->depth == 0 || !top(r)->is_unbounded || top(r)->key != NULL || r->is_time) {
        complain(r, E_INVALID, "a break where nothing can end");
        return;
    }
    r->depth--;
    close_full(r);
}

static const struct cbor_callbacks callbacks = {
    .uint8 = on_uint8,
    .uint16 = on_uint16,
    .uint32 = on_uint32,
    .uint64 = on_uint64,
    .negint8 = on_negint8,
    .negint16 = on_negint16,
    .negint32 = on_negint32,
    .negint64 = on_negint64,
    .byte_string_start = on_bytes_start,
    .byte_string = on_bytes,
    .string = on_text,
    .string_start = on_text_start,
    .indef_array_start = on_open_array,
    .array_start = on_array,
    .indef_map_start = on_open_map,
    .map_start = on_map,
    .tag = on_tag,
    .float2 = on_float,
    .float4 = on_float,
    .float8 = on_double,
    .undefined = on_null,
    .null = on_null,
    .boolean = on_bool,
    .indef_break = on_break,
};

/* --- the loop --- */

static bool
is_complete(const struct reading *r)
{
    return r->root != NULL && r->depth == 0;
}

/* Reads items until the value is complete; gives how many bytes that took. */
static size_t
read_items(struct reading *r, const unsigned char *bytes, size_t len)
{
    size_t at = 0;

    while (r->st == OK && !is_complete(r)) {
        struct cbor_decoder_result result;

        r->left = len - at;
        result = cbor_stream_decode(bytes + at, len - at, &callbacks, r);
        if (result.status == CBOR_DECODER_NEDATA)
            complain(r, E_INVALID, "ends in the middle of a value");
        else if (result.status == CBOR_DECODER_ERROR)
            complain(r, E_INVALID, "byte 0x%02x begins no item", bytes[at]);
        if (r->st == OK)
            at += result.read;
    }
    return at;
}

enum status
cbor_parse(cJSON **out, const void *bytes, size_t len, struct err *err)
{
    struct reading r = { .err = err };
    size_t at;

    buf_init(&r.text, len);
    at = read_items(&r, bytes, len);
    if (r.st == OK && at < len)
        complain(&r, E_INVALID, "%zu bytes behind the value", len - at);
    buf_fini(&r.text);
    for (size_t i = 0; i < r.depth; i++)
        free(r.levels[i].key);
    if (r.st != OK) {
        cJSON_Delete(r.root);
        err_context(err, "CBOR, byte %zu", at);
        return r.st;
    }
    *out = r.root;
    return OK;
}

/* --- printing --- */

static void
print_number(struct buf *b, const cJSON *value)
{
    unsigned char head[HEAD_BYTES];
    double number = value->valuedouble;
    size_t len;

    if ((value->type & JSON_TIME) != 0)
        buf_add(b, head, cbor_encode_tag(TAG_EPOCH, head, sizeof head));
    if (number != trunc(number) || fabs(number) > WHOLE_MAX)
        len = cbor_encode_double(number, head, sizeof head);
    else if (number >= 0)
        len = cbor_encode_uint((uint64_t)number, head, sizeof head);
    else
        len = cbor_encode_negint((uint64_t)(-1.0 - number), head, sizeof head);
    buf_add(b, head, len);
}

static void
print_utf8(struct buf *b, const char *text, size_t len)
{
    unsigned char head[HEAD_BYTES];

    buf_add(b, head, cbor_encode_string_start(len, head, sizeof head));
    buf_add(b, text, len);
}

/* For one byte that is not UTF-8 a client refuses the whole answer: it becomes U+FFFD. */
static void
print_bad_text(struct buf *b, const char *text, size_t len)
{
    static const char replacement[] = "\xef\xbf\xbd";
    struct buf clean;

    buf_init(&clean, len * (sizeof replacement - 1) + 1);
    while (*text != '\0') {
        const char *at = text;

        if (text_next(&text) == 0xfffd)
            buf_adds(&clean, replacement);
        else
            buf_add(&clean, at, (size_t)(text - at));
    }
    print_utf8(b, clean.data, clean.len);
    buf_fini(&clean);
}

static void
print_text(struct buf *b, const char *text)
{
    size_t len = strlen(text);

    if (text_utf8_end(text, len) == len)
        print_utf8(b, text, len);
    else
        print_bad_text(b, text, len);
}

static void
print_members(struct buf *b, const cJSON *container)
{
    unsigned char head[HEAD_BYTES];
    bool is_map = cJSON_IsObject(container);
    const cJSON *member;
    size_t count = 0;

    cJSON_ArrayForEach(member, container) count++;
    buf_add(b, head,
            is_map ? cbor_encode_map_start(count, head, sizeof head)
                   : cbor_encode_array_start(count, head, sizeof head));
    cJSON_ArrayForEach(member, container)
    {
        if (is_map)
            print_text(b, member->string);
        cbor_print(b, member);
    }
}

void
cbor_print(struct buf *b, const cJSON *value)
{
    unsigned char head[HEAD_BYTES];

    if (cJSON_IsObject(value) || cJSON_IsArray(value))
        print_members(b, value);
    else if (cJSON_IsString(value))
        print_text(b, value->valuestring);
    else if (cJSON_IsNumber(value))
        print_number(b, value);
    else if (cJSON_IsBool(value))
        buf_add(b, head, cbor_encode_bool(cJSON_IsTrue(value) != 0, head, sizeof head));
    else
        buf_add(b, head, cbor_encode_null(head, sizeof head));
}
