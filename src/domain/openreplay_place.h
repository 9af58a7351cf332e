/* openreplay_place.h - where in a recording a text stands, what could have masked it there and what
 * would. SPDX-License-Identifier: MIT */
#ifndef OV_DOMAIN_OPENREPLAY_PLACE_H
#define OV_DOMAIN_OPENREPLAY_PLACE_H

#include "base/mem.h"
#include "domain/openreplay_message.h"
#include "domain/openreplay_nodes.h"
#include "domain/pii_finding.h"

/* Its texts point into the body. */
struct openreplay_place {
    const struct openreplay_nodes *nodes; /* of its tab; NULL: none are known */
    const struct openreplay_layout *layout;
    const char *field;
    int64_t time_ms;
    struct openreplay_text page;
    uint64_t node;
    bool has_node;
    struct openreplay_text attribute; /* its name; empty: none */
    enum openreplay_privacy privacy;
    const struct pii_selector *selector; /* of the rules, that matches; NULL: none */
};

enum pii_way openreplay_place_way(const struct openreplay_place *place);
/* What to do, in which element (NULL: none). Borrowed, or of the arena. */
const char *openreplay_place_advice(const struct openreplay_place *place, const char *element,
                                    struct arena *arena);

#endif
