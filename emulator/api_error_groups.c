/* api_error_groups.c - GET /_obsview/error-groups: since when each group of errors is known.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "emulator/api.h"

#include <inttypes.h>

#include "emulator/exchange_own.h"
#include "store/store.h"

#define ANSWER_MAX ((size_t)128 * STORE_ERROR_GROUPS_MAX)

static void
find(struct exchange *x, struct store_reader *reader, void *arg)
{
    struct stored_groups groups;
    struct err err = { 0 };
    struct buf b;

    (void)arg;
    if (store_find_error_groups(reader, exchange_arena(x), &groups, &err) != OK) {
        exchange_refuse(x, REFUSAL_STORAGE, 503, NULL, "%s", err.text);
        return;
    }
    buf_init(&b, ANSWER_MAX);
    buf_adds(&b, "{\"groups\":[");
    for (size_t i = 0; i < groups.count; i++) {
        const struct stored_group *g = &groups.list[i];

        buf_addf(&b, "%s{\"id\":\"%016" PRIx64 "\",\"firstMs\":%" PRId64 ",\"lastMs\":%" PRId64 "}",
                 i > 0 ? "," : "", g->id, g->first_ms, g->last_ms);
    }
    buf_addf(&b, "],\"partial\":%s}", groups.is_partial ? "true" : "false");
    exchange_reply(x, 200, "application/json", b.data, b.len);
    buf_fini(&b);
}

void
api_error_groups(struct exchange *x)
{
    x->is_unseen = true;
    exchange_defer(x, find, NULL);
}
