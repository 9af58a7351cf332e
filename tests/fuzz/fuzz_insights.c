/* fuzz_insights.c - a Logs Insights query up to the first NUL, and lines to run it over.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "domain/insights.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
write_id(const struct insights_line *line, char id[INSIGHTS_ID])
{
    (void)line;
    memcpy(id, "id", 3);
}

/* A line in memory of its own, so that a step too far is seen. */
static void
add(struct insights *q, const uint8_t *text, size_t len, int64_t time_ms)
{
    char *copy = xmalloc(len);
    const struct insights_line line = { .time_ms = time_ms,
                                        .message = copy,
                                        .len = len,
                                        .stream = "stream",
                                        .log = "0:group",
                                        .is_lambda = time_ms % 2 == 0,
                                        .id = write_id };

    if (len > 0)
        memcpy(copy, text, len);
    if (insights_add(q, &line) != OK)
        assert(insights_failure(q) != NULL);
    free(copy);
}

static void
look(struct insights *q)
{
    for (size_t row = 0; row < insights_row_count(q); row++) {
        for (unsigned c = 0; c < insights_column_count(q); c++) {
            char room[VALUE_ROOM];
            size_t len, sum = 0;
            const char *text = value_as_text(insights_cell(q, row, c), room, &len);

            for (size_t i = 0; i < len; i++)
                sum += (unsigned char)text[i];
            assert(sum < SIZE_MAX);
        }
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *nul = size == 0 ? NULL : memchr(data, '\0', size);
    const uint8_t *at = nul == NULL ? data + size : nul + 1, *end = data + size;
    char *query = xstrndup((const char *)data, nul == NULL ? size : (size_t)(nul - data));
    const struct insights_options options = { .now_ms = 1795435200000 };
    struct insights_error error;
    struct insights *q = NULL;
    int64_t time_ms = 1795435200000;

    if (insights_new(&q, query, &options, &error) == OK) {
        while (at < end) {
            const uint8_t *newline = memchr(at, '\n', (size_t)(end - at));
            size_t len = newline == NULL ? (size_t)(end - at) : (size_t)(newline - at);

            add(q, at, len, time_ms--);
            at += len + (newline != NULL);
        }
        if (insights_collect(q) == OK)
            look(q);
        if (insights_settle(q) == OK)
            look(q);
    } else {
        assert(error.err.text[0] != '\0' && error.start <= error.end);
        assert(error.end <= strlen(query));
    }
    insights_free(q);
    free(query);
    return 0;
}
