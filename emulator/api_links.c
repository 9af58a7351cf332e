/* api_links.c - GET /_obsview/links: from one id of a visitor to all others.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "emulator/api.h"

#include <inttypes.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "emulator/exchange_own.h"
#include "store/link.h"

#define ANSWER_MAX ((size_t)256 << 10)

struct question {
    enum link_kind kind;
    const char *id;
    unsigned hops;
};

static bool
read_question(struct exchange *x, struct question *q)
{
    const char *kind = exchange_query(x, "kind"), *hops = exchange_query(x, "hops");
    const char *wrong = NULL;
    int64_t number = 1;

    q->id = exchange_query(x, "id");
    if (kind == NULL || !store_link_kind(&q->kind, kind))
        wrong = "kind";
    else if (q->id == NULL || *q->id == '\0')
        wrong = "id";
    else if (hops != NULL &&
             (!text_parse_int(&number, hops) || number < 1 || number > STORE_LINK_HOPS))
        wrong = "hops";
    q->hops = (unsigned)number;
    if (wrong == NULL)
        return true;
    exchange_refuse(x, REFUSAL_ANSWERED, 400,
                    "kind is one of app-session, visitor, umami-session, umami-visit, recording, "
                    "error, umami-event; id is one of those; hops is 1 to 3",
                    "the value of %s is not understood", wrong);
    return false;
}

static void
print_links(struct buf *b, const struct store_links *links)
{
    buf_adds(b, "{\"links\":[");
    for (size_t i = 0; i < links->count; i++) {
        const struct store_linked *l = &links->list[i];

        buf_addf(b, "%s{\"kind\":\"%s\",\"id\":", i > 0 ? "," : "", store_link_name(l->kind));
        json_print_string(b, l->id, strlen(l->id));
        buf_addf(b, ",\"hops\":%u,\"firstMs\":%" PRId64 ",\"lastMs\":%" PRId64 "}", l->hops,
                 l->first_ms, l->last_ms);
    }
    buf_addf(b, "],\"partial\":%s}", links->is_partial ? "true" : "false");
}

static void
find(struct exchange *x, struct store_reader *reader, void *arg)
{
    const struct question *q = arg;
    struct store_links links;
    struct err err;
    struct buf b;

    if (store_find_links(reader, exchange_arena(x), q->kind, q->id, q->hops, &links, &err) != OK) {
        exchange_refuse(x, REFUSAL_STORAGE, 503, NULL, "%s", err.text);
        return;
    }
    buf_init(&b, ANSWER_MAX);
    print_links(&b, &links);
    exchange_reply(x, 200, "application/json", b.data, b.len);
    buf_fini(&b);
}

void
api_links(struct exchange *x)
{
    struct question *q = arena_alloc(exchange_arena(x), sizeof *q);

    x->is_unseen = true;
    if (read_question(x, q))
        exchange_defer(x, find, q);
}
