/* fuzz_insights_lines.c - foreign lines under queries that touch every way of reading one; the
 * first byte chooses the query.
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

static const char *const queries[] = {
    "fields a.b, a.0.b, `x-y`, @@z | filter ispresent(a.b) or a > 3 | sort a.b desc, c | limit 3",
    ("stats count(*), count_distinct(a), avg(a), min(a), max(a), pct(a, 95), stddev(a), "
     "sortsFirst(a), "
     "sortsLast(a), latest(a), earliest(a) by b, bin(5m)"),
    "parse @message 'a=*, b=* c' as a, b | parse @message /(?<x>\\d+).(?<y>\\w*)/ | dedup a, x",
    ("fields strlen(@message) as n, toupper(@message) as u, substr(@message, 2, 3) as s, "
     "replace(@message, 'a', 'bb') as r, trim(@message) as t, isValidIp(@message) as i, "
     "isIpInSubnet(@message, '10.0.0.0/8') as j, datefloor(@message, 1mo) as d"),
    ("filter @message like /(a|b)*c/ and @message not like 'x' | stats sum(a) as s by @type, "
     "@requestId "
     "| stats max(s) by @requestId"),
    "fields @type, @duration, @billedDuration, @memorySize, @maxMemoryUsed, @initDuration, @ptr",
};
#define QUERIES (sizeof queries / sizeof queries[0])

static void
write_id(const struct insights_line *line, char id[INSIGHTS_ID])
{
    (void)line;
    memcpy(id, "id", 3);
}

static void
note(void *arg, const char *name, const char *text, size_t len)
{
    size_t *sum = arg;

    *sum += strlen(name);
    for (size_t i = 0; i < len; i++)
        *sum += (unsigned char)text[i];
}

/* All lines of the input, each in memory of its own, under one query; NULL: told in full. */
static void
show(struct insights *q, const uint8_t *at, const uint8_t *end, bool is_lambda)
{
    int64_t time_ms = 1795435200000;
    size_t sum = 0;

    while (at < end) {
        const uint8_t *newline = memchr(at, '\n', (size_t)(end - at));
        size_t len = newline == NULL ? (size_t)(end - at) : (size_t)(newline - at);
        char *copy = xmalloc(len);
        const struct insights_line line = { .time_ms = time_ms--,
                                            .message = copy,
                                            .len = len,
                                            .stream = "stream",
                                            .log = "0:group",
                                            .is_lambda = is_lambda,
                                            .id = write_id };

        if (len > 0)
            memcpy(copy, at, len);
        if (q == NULL)
            insights_discover(&line, note, &sum);
        else if (insights_add(q, &line) != OK)
            assert(insights_failure(q) != NULL);
        free(copy);
        at += len + (newline != NULL);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct insights_options options = { .now_ms = 1795435200000 };
    struct insights_error error;
    struct insights *q = NULL;
    unsigned which = size == 0 ? 0 : data[0] % (2 * (QUERIES + 1));
    bool is_lambda = which % 2 == 0;

    which /= 2;
    if (size == 0)
        return 0;
    if (which == QUERIES) {
        show(NULL, data + 1, data + size, is_lambda);
        return 0;
    }
    if (insights_new(&q, queries[which], &options, &error) != OK)
        abort();
    show(q, data + 1, data + size, is_lambda);
    if (insights_settle(q) == OK)
        assert(insights_row_count(q) <= size);
    insights_free(q);
    return 0;
}
