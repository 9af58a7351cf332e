/* playback.h - the thread that plays a fixture forwards and, anew, back.
 * SPDX-License-Identifier: MIT
 *
 * It owns every past. The screen orders, reads a status, and borrows the past it looks at, all at
 * the desk: while it has one, that is neither closed nor anything but what happened up to its
 * clock. A second thread reads the whole recording once, for its length and its markers. */
#ifndef OV_CLI_PLAYBACK_H
#define OV_CLI_PLAYBACK_H

#include "base/err.h"
#include "cli/replay/desk.h"
#include "cli/replay/past.h"
#include "tui/transport.h"

struct playback;

struct playback_options {
    const char *path;
    scene_opener *open;
    void *ctx;
    double speed;           /* of transport.h */
    bool is_paused;         /* at first */
    int64_t at_ms;          /* to be at first; INT64_MIN: at the start */
    const char *page_start; /* of survey.h */
};

/* Opens the first past, so that what is wrong is said at once, and starts the threads. */
MUST_CHECK enum status playback_start(struct playback **out, const struct playback_options *options,
                                      struct err *err);
/* Ends the threads and closes every past; nobody may look at one any more. NULL is fine. */
void playback_stop(struct playback *playback);

struct desk *playback_desk(const struct playback *playback); /* lives as long */

#endif
