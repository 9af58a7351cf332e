/* replay.h - where a fixture is played: an emulator within, or a server.
 * SPDX-License-Identifier: MIT */
#ifndef OV_CLI_REPLAY_H
#define OV_CLI_REPLAY_H

#include "base/err.h"
#include "cli/findings.h"
#include "cli/settings.h"
#include "fixture/expect.h"
#include "fixture/fixture.h"
#include "fixture/kept.h"

#include <stdio.h>

struct store;

/* What became of it all. */
struct replay_tally {
    const char *path;       /* of the fixture under way */
    bool expects;           /* --expect */
    struct findings *found; /* takes what was compared; NULL: failures are printed as they come */
    uint64_t requests, lines;
    uint64_t refused;     /* answers from 400 on */
    uint64_t unanswered;  /* requests without an answer */
    uint64_t passed_over; /* what AWS answered to a screen */
    uint64_t lines_left;  /* lines that the server has no door for, ... */
    char lines_why[120];  /* ... and what it lacks */
    uint64_t signed_left; /* AWS requests, which only an obsview is sent */
    uint64_t broken;      /* lines */
    uint64_t expected;    /* answers that were compared */
    uint64_t failures;    /* of them */
    struct fixture_facts facts;
    struct kept *kept; /* of the fixture under way; NULL: nothing is kept */
    FILE *out;         /* for failures that are printed */
};
/* An answer: takes what is kept of it, and compares it; of failures the first ones are told. */
void replay_judge(struct replay_tally *tally, const struct fixture_event *event,
                  const struct fixture_answer *answer);

struct replay_door {
    void *state;
    /* Takes the event, which happens at `at_ms` on the fixture's clock. An error ends the replay.
     */
    enum status (*play)(void *state, struct fixture_event *event, int64_t at_ms, struct err *err);
    /* Waits until all that was played is answered and judged. */
    void (*await)(void *state);
    /* Nothing happens up to `at_ms`, and all that was played is answered. */
    enum status (*settle)(void *state, int64_t at_ms, struct err *err);
    /* Nothing more will happen; what is there may be looked at. */
    enum status (*rest)(void *state, struct err *err);
    void (*close)(void *state);
};

/* Sets an emulator up as the fixture says; what the one before said is forgotten. */
MUST_CHECK enum status replay_apply_settings(struct settings *s, const struct fixture *fixture,
                                             const char *path, struct err *err);
/* Before an event is played: values of answers come where it uses them. E_INVALID: with them it is
 * broken, the sentence names file and line. */
MUST_CHECK enum status replay_prepare(struct replay_tally *tally, const struct replay_door *door,
                                      struct fixture_event *event, struct err *err);

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
