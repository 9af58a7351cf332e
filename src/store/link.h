/* link.h - which ids belong to one visitor, so that one leads from an error to a recording to a
 * visit. SPDX-License-Identifier: MIT
 *
 * Whoever takes something in ties two ids that it saw in one message: store_link_add(). Whoever
 * shows one of them asks what belongs to it: store_find_links() goes from id to id. Error reports
 * need not be tied: they carry the session of the app, and are found by it; so do hits of Umami.
 *
 * The table `link` has each pair twice, once in each direction, with when it was first and last
 * seen. A pair goes when what it came from goes: it says itself how long that is kept. At most
 * STORE_LINK_ROWS rows stay; beyond, those go that would go next. */
#ifndef OV_STORE_LINK_H
#define OV_STORE_LINK_H

#include "base/err.h"
#include "base/mem.h"
#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_LINK_KINDS(X)                                                                      \
    X(LINK_APP_SESSION, "app-session")     /* a UUID that the app made; error reports have it */ \
    X(LINK_VISITOR, "visitor")             /* whom the app says it is: distinct_id, userID */    \
    X(LINK_UMAMI_SESSION, "umami-session") /* Umami's, likewise its visit: UUIDs */              \
    X(LINK_UMAMI_VISIT, "umami-visit")                                                           \
    X(LINK_RECORDING, "recording")     /* of a session; OpenReplay's number in decimal */        \
    X(LINK_ERROR, "error")             /* errorId of a report */                                 \
    X(LINK_UMAMI_EVENT, "umami-event") /* of one hit; leads on, and nothing leads to it */
enum link_kind {
#define X(kind, name) kind,
    STORE_LINK_KINDS(X)
#undef X
        LINK_KINDS
};
const char *store_link_name(enum link_kind kind); /* "app-session", as the table has it */
bool store_link_kind(enum link_kind *out, const char *name);

#define STORE_LINK_ID_MAX 128    /* bytes of an id */
#define STORE_LINK_ROWS   400000 /* two for a pair */
#define STORE_LINKS_MAX   256    /* of one answer */
#define STORE_LINK_HOPS   3

struct store_link {
    enum link_kind kind, to_kind;
    const char *id, *to_id; /* UUIDs in capitals are the same */
    const char *owner;      /* with which they go: the website, the project; "" for none */
    int64_t seen_ms;        /* product time */
    int64_t keep_ms;        /* how long its source is kept from then on */
};
/* Adds the pair, or moves when it was last seen; within a minute of that nothing is written. false,
 * and nothing is added: an id is empty, too long or no UTF-8. Copies what it is given. */
bool store_link_add(struct store_write *write, const struct store_link *link);
/* Removes all pairs of an id, when what it names is deleted. */
void store_link_drop(struct store_write *write, enum link_kind kind, const char *id);

/* An id that belongs to the one that was asked for. */
struct store_linked {
    enum link_kind kind;
    const char *id;
    unsigned hops;             /* 1: seen together with it; 2: by way of one other id */
    int64_t first_ms, last_ms; /* of the last hop */
};
struct store_links {
    struct store_linked *list; /* fewest hops first, then the one that was seen last */
    size_t count;
    bool is_partial; /* there are more */
};
/* Up to `hops` away, 1 to STORE_LINK_HOPS. None is no error. Everything is in the arena. */
MUST_CHECK enum status store_find_links(struct store_reader *reader, struct arena *arena,
                                        enum link_kind kind, const char *id, unsigned hops,
                                        struct store_links *out, struct err *err);

#endif
