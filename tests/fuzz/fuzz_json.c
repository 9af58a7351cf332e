/* fuzz_json.c - what is read as JSON prints as JSON that reads the same.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

#define PRINT_MAX (64u * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cJSON *value = NULL, *again = NULL;
    struct buf first, second;
    struct err err;

    if (json_parse(&value, (const char *)data, size, &err) != OK) {
        assert(err.text[0] != '\0');
        return 0;
    }
    buf_init(&first, PRINT_MAX);
    buf_init(&second, PRINT_MAX);
    json_print(&first, value);
    assert(!buf_failed(&first));
    if (json_parse(&again, first.data, first.len, &err) != OK)
        abort();
    json_print(&second, again);
    assert(first.len == second.len && memcmp(first.data, second.data, first.len) == 0);
    buf_fini(&first);
    buf_fini(&second);
    cJSON_Delete(value);
    cJSON_Delete(again);
    return 0;
}
