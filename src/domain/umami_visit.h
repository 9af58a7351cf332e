/* umami_visit.h - which visit a hit belongs to, and why, in words.
 * SPDX-License-Identifier: MIT
 *
 * A token carries its visit for half an hour from the visit's first hit, however busy it is. Else
 * the visit is that of session and clock hour. The words are for who looks at a hit and wonders
 * why it counts as it does; they say what this process remembers of the visitor, the ids do not
 * depend on it. */
#ifndef OV_DOMAIN_UMAMI_VISIT_H
#define OV_DOMAIN_UMAMI_VISIT_H

#include "domain/umami_identity.h"

#include <stdbool.h>
#include <stdint.h>

/* A sender's ids at one time, and those of its hit before; "" for those when none is remembered. */
struct umami_ids {
    char session_id[UUID_TEXT], visit_id[UUID_TEXT];
    char last_session_id[UUID_TEXT], last_visit_id[UUID_TEXT];
};

enum umami_token_state {
    UMAMI_TOKEN_NONE,
    UMAMI_TOKEN_GOOD,
    UMAMI_TOKEN_BAD,    /* not signed with this server's secret, or garbage */
    UMAMI_TOKEN_IGNORED /* links and pixels have none */
};

struct umami_visit_facts {
    int64_t now_s;
    bool is_timed; /* the message has a timestamp of its own */
    enum umami_salt rotation;
    enum umami_token_state state;
    const struct umami_token *token; /* of a good one */
    const struct umami_ids *ids;
};

#define UMAMI_WHY_TEXT 200
struct umami_visit {
    char visit_id[UUID_TEXT];
    int64_t iat_s; /* of the token that is given back: when the visit began */
    char why[UMAMI_WHY_TEXT];
};

void umami_visit_decide(struct umami_visit *out, const struct umami_visit_facts *arrival);

#endif
