/* past.h - a fixture that was played up to a moment.
 * SPDX-License-Identifier: MIT
 *
 * One thread owns a past; past_clock() and what follows it alone belong to the screen's. */
#ifndef OV_CLI_PAST_H
#define OV_CLI_PAST_H

#include "base/err.h"
#include "cli/replay/scene.h"

#include <stdbool.h>
#include <stdint.h>

struct past;

struct past_options {
    const char *path;
    scene_opener *open;
    void *ctx;
    scene_turned *turned; /* alarms; NULL: nobody wants to know */
    void *arg;
};

/* Stands at the fixture's start, with nothing played. */
MUST_CHECK enum status past_open(struct past **out, const struct past_options *options,
                                 struct err *err);
void past_close(struct past *past); /* NULL is fine */

int64_t past_now_ms(const struct past *past);
int64_t past_last_ms(const struct past *past); /* of the last event; the start when there is none */
uint64_t past_events(const struct past *past); /* how many were played */
int64_t past_told_length_ms(const struct past *past); /* as the header says; 0: it does not */
bool past_is_over(const struct past *past); /* the last event was played, and that is known */

/* When the next event is; E_NOTFOUND: there is none. Broken lines are passed over. */
MUST_CHECK enum status past_next_ms(struct past *past, int64_t *at_ms, struct err *err);
/* So that past_is_over() knows. What cannot be read is told to who plays on. */
void past_look_ahead(struct past *past);
/* Plays the next event, if it is not later than `until_ms`: else, and when there is none,
 * E_NOTFOUND. Where a minute ends before it, that is settled first, and *turned says whether an
 * alarm did: then the event was not played. */
MUST_CHECK enum status past_play(struct past *past, int64_t until_ms, bool *turned,
                                 struct err *err);
/* Nothing further happens up to that moment; earlier ones are ignored. *turned as above: the clock
 * then stands at the minute of it. */
MUST_CHECK enum status past_settle(struct past *past, int64_t at_ms, bool *turned, struct err *err);

struct clock *past_clock(const struct past *past);
/* What there is of scene.h. */
const char *past_url(const struct past *past);
MUST_CHECK enum status past_target(struct past *past, struct aws_target *out, struct err *err);
void past_equip(struct past *past, struct gather_options *gather);

#endif
