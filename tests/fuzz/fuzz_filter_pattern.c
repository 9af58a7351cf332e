/* fuzz_filter_pattern.c - the first line is a pattern, the rest a message.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "domain/filter_pattern.h"

/* What a pattern lists is there when it is looked up by its name, unless that holds a wildcard or
 * no name at all. */
static void
look_up(struct filter_pattern *fp, const char *message, size_t len)
{
    struct arena *arena = arena_new();
    struct filter_found *found;
    size_t count = filter_pattern_list(fp, arena, message, len, &found);

    for (size_t i = 0; i < count; i++) {
        const struct filter_name *name;
        struct err err = { 0 };
        const char *text;

        if (filter_pattern_name(fp, found[i].name, &name, &err) != OK)
            continue;
        filter_pattern_find(fp, arena, &name, 1, message, len, &text);
        assert(text != NULL || filter_pattern_undecided(fp) > 0);
    }
    arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *newline = size == 0 ? NULL : memchr(data, '\n', size);
    size_t pattern_len = newline == NULL ? size : (size_t)(newline - data);
    size_t len = newline == NULL ? 0 : size - pattern_len - 1;
    char *pattern = xstrndup((const char *)data, pattern_len);
    char *message = xmalloc(len); /* exact, so that a step too far is seen */
    struct filter_pattern *fp = NULL;
    struct err err = { 0 };

    if (len > 0)
        memcpy(message, newline + 1, len);
    if (filter_pattern_compile(&fp, pattern, &err) == OK) {
        bool matches = filter_pattern_match(fp, message, len);

        if (filter_pattern_undecided(fp) == 0)
            assert(matches == filter_pattern_match(fp, message, len));
        if (matches)
            look_up(fp, message, len);
    } else
        assert(fp == NULL && err.text[0] != '\0');
    filter_pattern_free(fp);
    free(message);
    free(pattern);
    return 0;
}
