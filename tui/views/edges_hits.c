/* edges_hits.c - whether Umami gets anything, as it tells itself.
 * SPDX-License-Identifier: MIT
 *
 * A load balancer that carries Umami's name may not be there, beside an emulator it never is. What
 * counts is what was counted: views of the website that the Analytics view begins with, in the
 * range, and when there are none, in the two weeks that the other wires look back. */
#include "config.h"

#include "tui/views/edges.h"

#include <stddef.h>

#include "tui/views/analytics.h"

#define HITS    "edges.hits"
#define PAST    "edges.hits.past"
#define PAST_MS INT64_C(1209600000)

/* What was entered in this view is no website. */
static bool
find_website(struct umami_website *out, struct arena *arena, const struct view_query *q,
             const char **why)
{
    struct view_query own = *q;

    own.key = "";
    return analytics_website(out, arena, &own, why);
}

static bool
lacks_umami(const struct view_query *q)
{
    return q->snapshot != NULL && q->snapshot->lacks_umami;
}

static const struct umami_answer *
told(const struct view_query *q, const char *key)
{
    const struct answer *answer = snapshot_answer(q->snapshot, key);

    return answer == NULL || answer->got_ms == 0 ? NULL : answer->umami;
}

static void
ask(struct ask_list *asks, const char *key, struct range range, const char *website)
{
    ask_list_add(asks, &(struct ask){ .key = key,
                                      .kind = ASK_UMAMI,
                                      .range = range,
                                      .umami = UMAMI_PAGEVIEWS,
                                      .website = website });
}

void
edges_ask_hits(struct ask_list *asks, const struct view_query *q)
{
    const struct umami_answer *now = told(q, HITS);
    struct arena *arena = arena_new();
    struct umami_website website;
    const char *why;

    if (!lacks_umami(q)) {
        analytics_ask_websites(asks);
        if (find_website(&website, arena, q, &why)) {
            ask(asks, HITS, q->range, website.id);
            if (now != NULL && now->bucket_count == 0)
                ask(asks, PAST, (struct range){ .span_ms = PAST_MS, .to_ms = q->range.to_ms },
                    website.id);
        }
    }
    arena_free(arena);
}

static void
take_failure(struct wiring_evidence *out, const struct view_query *q, const char *key)
{
    const struct answer *answer = snapshot_answer(q->snapshot, key);

    if (answer != NULL && answer->got_ms == 0)
        out->failure = answer->failure;
}

/* A step that is not over yet is as old as now. */
static void
take_views(struct wiring_evidence *out, const struct umami_answer *seen, int64_t to_ms)
{
    for (size_t i = 0; i < seen->bucket_count; i++) {
        int64_t end_ms = seen->buckets[i].at_ms + seen->step_ms;

        if (seen->buckets[i].views > 0)
            out->last_ms = end_ms < to_ms ? end_ms : to_ms;
        out->count += seen->buckets[i].views;
    }
}

void
edges_take_hits(struct wiring_evidence *out, struct arena *arena, const struct view_query *q)
{
    const struct umami_answer *now = told(q, HITS), *past = told(q, PAST);
    struct umami_website website;
    const char *why = NULL;

    *out = (struct wiring_evidence){ .is_answered = false };
    if (lacks_umami(q)) {
        out->failure = "no Umami is configured: umami-url names one";
        return;
    }
    take_failure(out, q, "umami.websites");
    out->exists = find_website(&website, arena, q, &why);
    if (!out->exists) {
        out->is_answered = why != NULL;
        return;
    }
    out->source = arena_printf(arena, "views of %s in Umami", analytics_website_word(&website));
    take_failure(out, q, HITS);
    if (now == NULL)
        return;
    take_views(out, now, view_query_to_ms(q));
    out->is_answered = out->last_ms != 0 || past != NULL;
    if (out->last_ms == 0) {
        take_failure(out, q, PAST);
        if (past != NULL)
            take_views(out, past, view_query_to_ms(q));
        out->count = 0;
    }
}
