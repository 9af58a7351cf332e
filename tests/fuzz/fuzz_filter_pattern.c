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
    } else
        assert(fp == NULL && err.text[0] != '\0');
    filter_pattern_free(fp);
    free(message);
    free(pattern);
    return 0;
}
