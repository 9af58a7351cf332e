/* progress.h - how far a long thing is, as a line on a terminal that is drawn over and over.
 * SPDX-License-Identifier: MIT */
#ifndef OV_CLI_PROGRESS_H
#define OV_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    bool is_shown;    /* standard error is a terminal */
    uint64_t last_ns; /* when it was drawn last; 0: never */
};

void progress_init(struct progress *p);
/* true: it is time to draw, which is not more often than an eye can follow. */
bool progress_is_due(struct progress *p);
/* `part` of it is done, from 0 to 1; what is said behind it follows. */
void progress_draw(double part, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Before anything else is written there. */
void progress_clear(const struct progress *p);

#endif
