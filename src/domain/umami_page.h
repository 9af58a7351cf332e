/* umami_page.h - what a message says about the page, as columns.
 * SPDX-License-Identifier: MIT */
#ifndef OV_DOMAIN_UMAMI_PAGE_H
#define OV_DOMAIN_UMAMI_PAGE_H

#include "base/mem.h"
#include "domain/umami_send.h"

/* What a real Umami would not have taken; `rule` NULL while there is nothing. */
struct umami_doubt {
    const char *rule; /* one word */
    char text[160];
};
/* The first one counts. */
void umami_doubt(struct umami_doubt *doubt, const char *rule, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The widths of Umami's columns, in UTF-16 units. */
#define UMAMI_WIDTH_URL       500
#define UMAMI_WIDTH_PARAMETER 255
#define UMAMI_WIDTH_ID        50
#define UMAMI_WIDTH_DATA      500
#define UMAMI_WIDTH_AGENT     20
/* Cut behind a whole character; NULL stays NULL. */
const char *umami_cut(struct arena *arena, const char *text, size_t units);

/* `drops_slash`: one at the end of the path goes. false: the host name is none, and a real Umami
 * answers 500 with *out undefined. What it could not store is cut at the width of its column and
 * doubted. */
bool umami_page_make(struct umami_page *out, struct arena *arena, enum umami_dialect dialect,
                     bool drops_slash, const struct umami_send *send, struct umami_doubt *doubt);

#endif
