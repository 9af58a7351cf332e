/* performer.h - events of a fixture through the handlers that sockets use.
 * SPDX-License-Identifier: MIT
 *
 * Nothing is sent anywhere: a request becomes an exchange, a line goes the way of the EMF doors.
 * One thread owns a performer; performer_stop() alone may be called from another. */
#ifndef OV_EMULATOR_PERFORMER_H
#define OV_EMULATOR_PERFORMER_H

#include "base/err.h"
#include "emulator/emulator.h"
#include "fixture/expect.h"
#include "fixture/fixture.h"

struct performer;

/* What became of a request; on the owner's thread, in the order of the fixture. */
typedef void performer_answered(void *arg, const struct fixture_event *event,
                                const struct fixture_answer *answer);

struct performer_options {
    struct emulator *em;
    /* The same fixture always leaves the same behind: everything is done and recorded in the order
     * of the events, and takes as long as they say it took. Else several requests are under way
     * side by side, as in life. */
    bool is_exact;
    performer_answered *answered; /* of an exact one; may be NULL */
    void *arg;
};

MUST_CHECK enum status performer_new(struct performer **out,
                                     const struct performer_options *options, struct err *err);
/* Waits for what is under way. NULL is fine. */
void performer_free(struct performer *performer);
/* Whoever waits in one of the calls below waits no longer. */
void performer_stop(struct performer *performer);

/* Plays one event, which it takes, as if it came at `at_ms`; times in it are moved by `by_ms`.
 * `turn` counts from 0 how often the fixture was played before. What AWS answered is passed over.
 * false: stopped. */
bool performer_play(struct performer *performer, struct fixture_event *event, int64_t at_ms,
                    int64_t by_ms, unsigned turn);
/* Waits until all that was played is answered, and so on disk. false: stopped. */
bool performer_drain(struct performer *performer);

#endif
