/* edges.h - the wires of the component diagram: what is asked for them, and a row for each.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TUI_VIEWS_EDGES_H
#define OV_TUI_VIEWS_EDGES_H

#include "domain/wiring.h"
#include "tui/view.h"

/* The names of AWS/S3, and which of them are of a bucket of recordings. */
#define EDGES_BUCKETS "edges.buckets"
bool edges_are_recordings(const struct series_key *key);

/* What was found out. */
struct edges {
    struct wiring_evidence evidence[WIRES];
    struct wiring_state states[WIRING_EDGES];
    size_t by_verdict[WIRING_UNSEEN + 1];
    const struct wiring_edge *broken; /* the first where the data stops; NULL: none */
    size_t broken_count;
};

/* In the background an account is not asked: it would cost. */
bool edges_are_asked(const struct view_query *q);
/* What Umami counted, of the website that the Analytics view begins with (edges_hits.c). */
void edges_ask_hits(struct ask_list *asks, const struct view_query *q);
void edges_take_hits(struct wiring_evidence *out, struct arena *arena, const struct view_query *q);

void edges_ask(struct ask_list *asks, const struct view_query *q);
void edges_find(struct edges *out, struct arena *arena, const struct view_query *q);
void edges_build(struct panel *panel, struct arena *arena, const struct view_query *q,
                 const struct edges *edges);

#endif
