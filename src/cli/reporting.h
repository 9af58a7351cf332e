/* reporting.h - asking a view once, and printing what came.
 * SPDX-License-Identifier: MIT */
#ifndef OV_CLI_REPORTING_H
#define OV_CLI_REPORTING_H

#include "cli/settings.h"
#include "tui/view.h"

struct gather_options;

/* Asks once what a view asks over a range, as if `key` had been entered there ("" is its top), and
 * hands over what came; q->snapshot is there during the call only, and something may have failed in
 * it. */
struct asking {
    const struct view *view;
    struct range range;
    const char *key;                     /* NULL: "" */
    const char *filter;                  /* NULL: none */
    int64_t mark_ms;                     /* to compare before and after; 0: none */
    const struct gather_options *source; /* NULL: whom the settings name ... */
    const char *label;                   /* ... called so; NULL: by its address */
    void (*told)(void *arg, const struct view_query *q);
    void *arg;
};
/* An error when the source could not be asked at all. */
MUST_CHECK enum status asking_run(struct settings *s, const struct asking *asking, struct err *err);

/* The whole of a command that prints a view: `told` is ours. Returns the exit code. */
int reporting_run(struct settings *s, const struct asking *asking);

#endif
