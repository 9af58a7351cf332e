/* fuzz_json.c - what is read as JSON prints as JSON that reads the same, both readers agree, and a
 * pointer leads to the value.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/json_own.h"
#include "base/json_pointer.h"

#define PRINT_MAX     (64u * 1024 * 1024)
#define CHILDREN_MOST 100 /* each is found from the beginning */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The quick reader, in an arena, makes what cJSON makes. */
static void
compare_readers(const char *text, size_t size, const cJSON *value)
{
    struct arena *arena = arena_new();
    const cJSON *plain = json_read_plain(arena, text, size);
    struct buf quick, slow;

    buf_init(&quick, PRINT_MAX);
    buf_init(&slow, PRINT_MAX);
    assert(plain == NULL || value != NULL);
    if (plain != NULL) {
        json_print(&quick, plain);
        json_print(&slow, value);
        assert(quick.len == slow.len && memcmp(quick.data, slow.data, quick.len) == 0);
    }
    buf_fini(&slow);
    buf_fini(&quick);
    arena_free(arena);
}

/* Each child of the value stands in the printed text where its pointer says. */
static void
find_children(const struct buf *text, const cJSON *value)
{
    const cJSON *child;
    size_t index = 0, at;
    struct buf pointer, printed;

    buf_init(&pointer, PRINT_MAX);
    buf_init(&printed, PRINT_MAX);
    cJSON_ArrayForEach(child, value)
    {
        const cJSON *first = cJSON_IsObject(value) ? json_get(value, child->string) : child;

        buf_clear(&pointer);
        buf_clear(&printed);
        if (cJSON_IsObject(value))
            json_pointer_add(&pointer, child->string);
        else
            buf_addf(&pointer, "/%zu", index++);
        json_print(&printed, first);
        at = json_pointer_offset(text->data, text->len, pointer.data);
        assert(at + printed.len <= text->len &&
               memcmp(text->data + at, printed.data, printed.len) == 0);
    }
    buf_fini(&printed);
    buf_fini(&pointer);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cJSON *value = NULL, *again = NULL;
    struct buf first, second;
    struct err err;

    assert(json_pointer_offset((const char *)data, size, "/a/0//~0") <= size);
    if (json_parse(&value, (const char *)data, size, &err) != OK) {
        compare_readers((const char *)data, size, NULL);
        assert(err.text[0] != '\0');
        return 0;
    }
    compare_readers((const char *)data, size, value);
    buf_init(&first, PRINT_MAX);
    buf_init(&second, PRINT_MAX);
    json_print(&first, value);
    assert(!buf_failed(&first));
    if (json_parse(&again, first.data, first.len, &err) != OK)
        abort();
    if (again->child != NULL && cJSON_GetArraySize(again) <= CHILDREN_MOST)
        find_children(&first, again); /* bytes that are no UTF-8 are others in what was printed */
    json_print(&second, again);
    assert(first.len == second.len && memcmp(first.data, second.data, first.len) == 0);
    buf_fini(&first);
    buf_fini(&second);
    cJSON_Delete(value);
    cJSON_Delete(again);
    return 0;
}
