/* privacy_own.h - what the parts of the search for personal data share.
 * SPDX-License-Identifier: MIT */
#ifndef OV_EMULATOR_PRIVACY_OWN_H
#define OV_EMULATOR_PRIVACY_OWN_H

#include "base/table.h"
#include "domain/openreplay_scan.h"
#include "domain/pii_texts.h"
#include "emulator/privacy.h"
#include "emulator/privacy_queue.h"
#include "emulator/scrubber.h"
#include "store/recording.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PRIVACY_LINE_MAX ((size_t)64 << 10)
#define PRIVACY_SCANS    32 /* sessions whose nodes are remembered */

struct privacy_scan {
    uint64_t session;
    uint64_t used; /* when, in batches; 0: free */
    struct openreplay_scan *scan;
};

struct privacy {
    struct emulator *em;
    struct pii_rules *rules;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake, idle;
    /* under the lock */
    struct privacy_queue queue;
    bool wants_bodies, forgets, is_busy, stopping;
    bool is_held;      /* nothing is searched but for privacy_settle() */
    unsigned settling; /* those who wait in it */
    /* the thread's own */
    struct store_reader *reader;
    struct pii_scanner *scanner;
    struct recording_search search;
    struct privacy_scan scans[PRIVACY_SCANS];
    uint64_t turn;
    uint64_t told_ns; /* when it was told how much was not searched */
    struct table told;
    struct scrubber *scrubber; /* anybody's */
    /* counted by the thread, read by anyone */
    atomic_uint_least64_t items, batches, findings, unjudged, missed;
};

/* --- what is told: privacy_lines.c; of one write */

struct privacy_lines {
    struct privacy *p;
    struct store_write *write;
    const char *stream;
    int64_t now_ms;
    uint64_t findings;
    bool is_silent;
};
struct privacy_lines privacy_lines_begin(struct privacy *p, const char *stream);
void privacy_lines_tell(struct privacy_lines *lines, const struct pii_finding *finding);
/* What was not searched is not clean. */
void privacy_lines_tell_unsearched(struct privacy_lines *lines, const char *session, uint64_t count,
                                   const char *what);
/* Waits until the lines are kept. false: they are not, and the thread is to end. */
bool privacy_lines_commit(struct privacy_lines *lines, bool has_lines);
/* true when it was told already; it counts as told from now on. */
bool privacy_was_told(struct privacy *p, const struct pii_finding *f, const uint8_t hash[16]);

/* --- searching, on the thread */

void privacy_search_queue(struct privacy *p);   /* privacy_texts.c */
bool privacy_search_batches(struct privacy *p); /* privacy_batches.c; false: try again in a while */
void privacy_forget_batches(struct privacy *p);
bool privacy_is_stopping(struct privacy *p);

#endif
