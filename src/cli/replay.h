/* replay.h - where a fixture is played: an emulator within, or a server.
 * SPDX-License-Identifier: MIT */
#ifndef OV_CLI_REPLAY_H
#define OV_CLI_REPLAY_H

#include "base/err.h"
#include "cli/findings.h"
#include "cli/settings.h"
#include "fixture/fixture.h"

#define REPLAY_FAILURES_SHOWN 50

struct store;

/* What became of it all. */
struct replay_tally {
    const char *path;       /* of the fixture under way */
    bool expects;           /* --expect */
    struct findings *found; /* takes what was not as expected; NULL: it is printed as it comes */
    uint64_t requests, lines;
    uint64_t refused;     /* answers from 400 on */
    uint64_t unanswered;  /* requests without an answer */
    uint64_t passed_over; /* what AWS answered to a screen */
    uint64_t lines_left;  /* lines that the server has no door for, ... */
    char lines_why[120];  /* ... and what it lacks */
    uint64_t broken;      /* lines */
    uint64_t expected;    /* answers that were compared */
    uint64_t failures;    /* of them */
};
/* An answer; of failures the first ones are told. */
void replay_judge(struct replay_tally *tally, const struct fixture_event *event, unsigned status,
                  const char *body, size_t length);

struct replay_door {
    void *state;
    /* Takes the event, which happens at `at_ms` on the fixture's clock. An error ends the replay.
     */
    enum status (*play)(void *state, struct fixture_event *event, int64_t at_ms, struct err *err);
    /* Nothing happens up to `at_ms`, and all that was played is answered. */
    enum status (*settle)(void *state, int64_t at_ms, struct err *err);
    /* Nothing more will happen; what is there may be looked at. */
    enum status (*rest)(void *state, struct err *err);
    void (*close)(void *state);
};

/* An emulator that begins at `start_ms`; `url` is where it answers as long as it is open. */
MUST_CHECK enum status replay_open_stage(struct replay_door *out, struct settings *s,
                                         struct replay_tally *tally, int64_t start_ms, char **url,
                                         struct err *err);
/* What an emulator that was opened so keeps; nothing is left to be written after rest(). */
struct store *replay_stage_store(const struct replay_door *stage);
/* The server of --to. */
MUST_CHECK enum status replay_open_server(struct replay_door *out, struct settings *s,
                                          struct replay_tally *tally, int64_t start_ms,
                                          struct err *err);

#endif
