/* playback.h - the thread that plays a fixture forwards and, anew, back.
 * SPDX-License-Identifier: MIT
 *
 * It owns every past. A second thread reads the whole recording once, for its length and its
 * markers. The screen orders, reads a status, and borrows the past it looks at: while it
 * does, that one is neither closed nor anything but what happened up to its clock. */
#ifndef OV_CLI_PLAYBACK_H
#define OV_CLI_PLAYBACK_H

#include "base/err.h"
#include "cli/past.h"
#include "tui/transport.h"

struct playback;

struct playback_options {
    const char *path;
    scene_opener *open;
    void *ctx;
    double speed;     /* of transport.h */
    bool is_paused;   /* at first */
    int64_t at_ms;    /* to be at first; INT64_MIN: at the start */
    const char *page_start; /* of survey.h */
};

/* Opens the first past, so that what is wrong is said at once, and starts the threads. */
MUST_CHECK enum status playback_start(struct playback **out, const struct playback_options *options,
                                      struct err *err);
/* Ends the threads and closes every past; nobody may look at one any more. NULL is fine. */
void playback_stop(struct playback *playback);

/* From the screen's thread: */
int playback_fd(const struct playback *playback);
void playback_read(struct playback *playback, struct transport_status *out);
void playback_order(struct playback *playback, const struct transport_order *order);
struct marker_list *playback_markers(struct playback *playback);
/* The past to look at, borrowed until playback_let_go(); NULL: the one that was borrowed last.
 * *turns: as of the status that offered it. */
struct past *playback_borrow(struct playback *playback, unsigned *turns);
void playback_let_go(struct playback *playback, struct past *past);
/* The sentences about the first broken lines, one a line; the caller's (free()). */
char *playback_broken(struct playback *playback);

#endif
