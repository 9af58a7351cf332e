/* emulator.h - the whole emulator in one handle: start it, ask where it listens, stop it.
 * SPDX-License-Identifier: MIT
 *
 * Threads inside: one for HTTP, three for the EMF doors, two that read the store, one that searches
 * for personal data, one for live tails once there is any, one that writes what was counted, one
 * that wakes listeners, and the store's own. None of them takes signals; the caller does. */
#ifndef OV_EMULATOR_EMULATOR_H
#define OV_EMULATOR_EMULATOR_H

#include "base/clock.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct emulator;
struct store;

/* An access key that is known beforehand. */
struct emulator_key {
    const char *access_key;
    const char *secret;
    const char *token; /* NULL: none */
};

struct emulator_options {
    const char *listen;     /* "127.0.0.1:6270"; port 0 picks one */
    const char *emf_listen; /* "127.0.0.1:25888", TCP and UDP; NULL or "off": none */
    const char *db;         /* path or ":memory:" */
    bool fsync;
    int64_t max_bytes;
    const char *token;                /* required off loopback; NULL: none */
    const char *const *allow_origins; /* NULL-terminated; NULL: loopback origins of any port */
    const char *const *allow_hosts; /* further Host names that are ours; NULL-terminated or NULL */
    int64_t rate_limit;      /* requests a minute per address on the tracking routes; 0: off */
    const char *environment; /* the "environment" dimension: "dev" */
    const char *region;      /* shown in ARNs: "us-east-1" */
    bool emf_stdin; /* read standard input as a Lambda's output and pass it through to standard
                       output */
    const char *emf_group;          /* log group for lines that name none */
    const char *stack_path;         /* of a stack file; NULL: the built-in one; "off": no account */
    const char *demo_path;          /* a fixture to play in a loop, shifted to now; NULL: none */
    const char *const *throttle;    /* rules of throttle.h; NULL-terminated or NULL */
    const char *const *faults;      /* rules of faults.h; NULL-terminated or NULL */
    bool umami_v3;                  /* answer as Umami 3.1 does; else as 2.20 */
    bool umami_drop_bots;           /* as it does; else they are counted and flagged */
    bool umami_strict;              /* websites must be made first; else they make themselves */
    const char *umami_secret;       /* NULL: APP_SECRET of the environment, else a fixed one */
    const char *umami_script;       /* file to serve as /script.js; NULL: our own */
    const char *geo_db;             /* file of places; NULL: GEOLITE_DB_PATH of the environment */
    const char *openreplay_prefix;  /* "/ingest" */
    unsigned openreplay_protocol;   /* 1 or 2: how trackers of 18 and newer cut their batches */
    const char *openreplay_project; /* the only project key; NULL: any */
    const char *recordings_bucket;  /* of S3; NULL: OpenReplay's own name for it */
    const char *pii_rules; /* file of obsview-pii-rules(5); NULL: those that are built in */
    bool require_auth;     /* AWS requests must be signed with one of these, or with issued keys */
    const struct emulator_key *keys;
    size_t key_count;
    struct clock *clock; /* borrowed */
};

MUST_CHECK enum status emulator_start(struct emulator **out, const struct emulator_options *options,
                                      struct err *err);
/* Stops listening, answers what was accepted, commits it, ends the threads. NULL is fine. */
void emulator_stop(struct emulator *em);

const char *emulator_url(const struct emulator *em);         /* "http://127.0.0.1:6270" */
const char *emulator_emf_address(const struct emulator *em); /* "127.0.0.1:25888", or NULL */
unsigned emulator_other_clients(
    const struct emulator *em); /* connections that are not the caller's own screen */

/* For the emulator's own rooms. */
struct store *emulator_store(struct emulator *em);
struct clock *emulator_clock(struct emulator *em);
const struct emulator_options *emulator_options(const struct emulator *em);

#endif
