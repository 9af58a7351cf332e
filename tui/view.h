/* view.h - one screen of obsview as a row: what it asks, what it says, how it is laid out.
 * SPDX-License-Identifier: MIT
 *
 * The same row serves the screen, `watch --once` and `obsview report`. ask and build are pure: no
 * input, output, terminal, clock or globals; all they know is in the query. They are called again
 * whenever something in it changed, so ask may look at earlier answers to ask the next thing (the
 * dimension sets that exist, the log group that was chosen). */
#ifndef OV_TUI_VIEW_H
#define OV_TUI_VIEW_H

#include "base/mem.h"
#include "domain/price.h"
#include "tui/asks.h"
#include "tui/model.h"
#include "tui/snapshot.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct action;
struct layout;
struct reviews;

/* What the settings say an account should be looked at for. Lists end with NULL; NULL: everything
 * that is found. */
struct scope_names {
    const char *const *log_groups; /* whole names, or prefixes that end in '*' */
    const char *const *functions;
    const char *website; /* of Umami: domain, name or id; NULL: the first */
};

struct view_query {
    int64_t now_ms; /* product time */
    struct range range;
    const struct snapshot *snapshot; /* NULL before the first answer */
    const char *key;    /* what was entered with Enter: a row's open_key; "" at the top */
    const char *cursor; /* key of the row under the cursor in the view's first table; "" */
    const char *detail; /* likewise in the table that the view names as its detail; "" */
    const char *filter; /* as typed; tables are filtered by the screen, so only a view that can ask
                           its source for less needs it; "" */
    size_t steps;       /* how many steps a trend should have, 20 to 60 */
    bool wants_live_tail; /* of the log group that was entered, at its price */
    int64_t mark_ms;      /* a moment to compare before and after; 0: none */
    bool is_behind;       /* another page is open: what the tab says is all that is needed */
    const struct scope_names *names; /* never NULL on the screen; NULL in tests: nothing is named */
    const char *insights;  /* the Insights query that was run in this view; "" or NULL: none */
    unsigned insights_run; /* counts the runs */
    const struct price_list *prices; /* for estimates; NULL: the built-in list */
    bool insights_is_typed;          /* one is being typed now: what would it cost? */
    const struct reviews *reviews;   /* sessions that were looked through; NULL: none is known */
};

/* The window in epoch milliseconds: [from, to). */
static inline int64_t
view_query_to_ms(const struct view_query *q)
{
    return q->range.to_ms != 0 ? q->range.to_ms : q->now_ms;
}

static inline int64_t
view_query_from_ms(const struct view_query *q)
{
    return view_query_to_ms(q) - q->range.span_ms;
}

struct view {
    char key;                /* on the keyboard: '2' */
    const char *name;        /* "vitals": `:view vitals`, `obsview report vitals` */
    const char *title;       /* "Vitals" */
    const char *short_title; /* "Vit": narrow tabs */
    const char *help;        /* one line, lower case, no full stop */
    bool needs_emulator;
    bool needs_no_account; /* what it shows is not AWS's: no permission is asked for */
    bool is_watched; /* asked for in the background too, so that its tab can call for attention */
    void (*ask)(struct ask_list *asks, const struct view_query *q);
    /* Fills *out, zeroed by the caller; all it points to is in `arena` or in the snapshot. */
    void (*build)(struct model *out, struct arena *arena, const struct view_query *q);
    const struct layout *layout;
    const char *detail; /* a panel whose cursor others follow, as they do the first's; NULL */
    const struct action *actions; /* the view's own keys; ends with a zero row; NULL: none */
};

extern const struct view *const views[]; /* in the order of their tabs; ends with NULL */

const struct view *view_find(const char *name); /* NULL: no such view */

#endif
