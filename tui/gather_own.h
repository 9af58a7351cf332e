/* gather_own.h - what the files that keep topics share: what they work for, and paces.
 * SPDX-License-Identifier: MIT
 *
 * gather.c keeps what is wanted and starts what is due, topic.c takes what comes, topic_pace.c says
 * how soon it is asked again. */
#ifndef OV_TUI_GATHER_OWN_H
#define OV_TUI_GATHER_OWN_H

#include "tui/gather.h"

#include "aws/account.h"
#include "aws/client.h"
#include "aws/net.h"
#include "tui/emulator_clock.h"
#include "tui/purse.h"
#include "tui/topic.h"
#include "tui/wakeups.h"
#include "umami/client.h"

#include <stdbool.h>
#include <stdint.h>

#define MS            1000000ULL /* in nanoseconds */
#define CHANGE_GAP_MS 250        /* between two refreshes because of changes */
/* Of what nobody looks at, on an emulator. */
#define BACKGROUND_LOCAL_MS 15000

struct gather {
    struct net *net;
    struct aws_client *client;
    struct umami_target no_umami; /* what is asked when none is known: it says so */
    struct umami_client *umami;
    struct wakeups *wakeups;               /* NULL: nobody tells us of changes */
    struct emulator_clock *emulator_clock; /* NULL: ours is our own */
    struct gather_options options;
    char *environment;
    char *label;                     /* what is asked, for the header */
    struct account_job *account_job; /* asks whose it is, until that is known */
    bool has_account;
    struct topic *topics;
    bool is_dirty;
    int64_t vouched_ms; /* the stream stood until then */
    uint64_t vouch_ns;
    struct err failure; /* the source's own, the last one */
    bool lacks_umami;   /* as the last answer about it said: none is configured */
    bool is_gone;       /* nobody listens where the emulator was, whatever it said before */
    bool is_idle;
    struct purse purse;
    unsigned slowness; /* of what costs, see budget.h */
};

/* Who answers an ask of each kind, and how often AWS is asked, and an emulator; 0: as fast as
 * metrics change there, and as changes come. */
struct source {
    const struct topic_kind *kind;
    int64_t aws_ms, local_ms;
};
extern const struct source topic_sources[ASK_KINDS];

/* How often it would be asked if nothing cost anything, and how often it is. */
int64_t topic_plain_pace_ms(const struct topic *topic);
int64_t topic_pace_ms(const struct topic *topic);
/* How often it was asked, for the screen: a recording is as old as it was then. */
int64_t topic_told_pace_ms(const struct topic *topic);
/* Of a source that changes by the hour or the day: neither slowed down further nor hurried. */
bool topic_is_slow(const struct topic *topic);
/* The milliseconds until one that was just answered is asked again, or that has failed so. */
int64_t topic_rest_ms(const struct topic *topic);
int64_t topic_retry_ms(const struct topic *topic, enum status why);

/* Works out anew by how much what costs has to be slowed down. */
void gather_weigh(struct gather *gather);
/* A source is back, AWS or Umami: those who wait for their next try need not. */
void gather_source_answered(struct gather *gather, bool is_umami);
/* Whether it is asked of Umami, which is a source apart. */
bool topic_is_umami(const struct topic *topic);

#endif
