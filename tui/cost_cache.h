/* cost_cache.h - answers that were paid for, kept on disk until they may be asked for again.
 * SPDX-License-Identifier: MIT
 *
 * One small JSON file for each account and question, readable by its user alone and written whole
 * or not at all. What is read is checked like an answer from the network: garbage is no answer, and
 * the sentence says why. */
#ifndef OV_TUI_COST_CACHE_H
#define OV_TUI_COST_CACHE_H

#include "base/err.h"
#include "tui/snapshot.h"

#include <stdint.h>

struct cost_cache {
    const char *dir;
    const char *account;  /* "123456789012" */
    const char *question; /* what was asked, in words: "Component Function UserMetrics" */
};

/* Of ASK_COSTS or ASK_COST_TAGS, as answer->kind says: fills its data in its arena, *got_ms and
 * what it cost. E_NOTFOUND: nothing is kept; anything else: it cannot be used. */
MUST_CHECK enum status cost_cache_read(struct answer *answer, const struct cost_cache *cache,
                                       int64_t now_ms, int64_t *got_ms, int64_t *cost_microusd,
                                       struct err *err);
/* The same of the text of a file. */
MUST_CHECK enum status cost_cache_parse(struct answer *answer, const struct cost_cache *cache,
                                        const char *text, size_t len, int64_t now_ms,
                                        int64_t *got_ms, int64_t *cost_microusd, struct err *err);
MUST_CHECK enum status cost_cache_write(const struct answer *answer, const struct cost_cache *cache,
                                        int64_t got_ms, int64_t cost_microusd, struct err *err);

#endif
