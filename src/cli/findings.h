/* findings.h - what a check-up found, and how it is told.
 * SPDX-License-Identifier: MIT */
#ifndef OV_CLI_FINDINGS_H
#define OV_CLI_FINDINGS_H

#include "base/mem.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum finding_state { FINDING_OK, FINDING_WARN, FINDING_FAIL };

struct finding {
    enum finding_state state;
    const char *check; /* "clock", "logs:FilterLogEvents" */
    const char *text;
    const char *next; /* what to type; "" when nothing is to be done */
};

struct findings {
    struct arena *arena;
    struct finding *items;
    size_t count;
};

void findings_init(struct findings *f);
void findings_fini(struct findings *f);
/* `next` NULL: nothing is to be done. Texts become fit for a terminal. */
void findings_add(struct findings *f, enum finding_state state, const char *check, const char *next,
                  const char *fmt, ...) __attribute__((format(printf, 5, 6)));
bool findings_any(const struct findings *f, enum finding_state state);

/* To standard output: lines for people, or one JSON object. */
void findings_print_text(const struct findings *f, int64_t cost_microusd);
void findings_print_json(const struct findings *f, int64_t cost_microusd);

#endif
