/* transport.h - a recording that is played: what the screen shows of it, and what it is told.
 * SPDX-License-Identifier: MIT
 *
 * The rest of the screen knows nothing of it: it looks at a source by a clock, as always. Only that
 * another past may come, with a source and a clock of its own. */
#ifndef OV_TUI_TRANSPORT_H
#define OV_TUI_TRANSPORT_H

#include "base/clock.h"
#include "base/err.h"
#include "tui/feed.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --- markers ----------------------------------------------------------------------------- */

/* The gravest last. */
enum marker_kind {
    MARKER_ERROR, /* one of a group that was seen before */
    MARKER_DEPLOY,
    MARKER_NEW_ERROR, /* the first of its group */
    MARKER_ALARM      /* turned to ALARM, or from it */
};

struct marker {
    int64_t at_ms;
    enum marker_kind kind;
    const char *text; /* "alarm LcpP75High turned ALARM" */
};

/* By time; immutable once shared, and counted. */
struct marker_list {
    atomic_uint references;
    const struct marker *items;
    size_t count;
    bool is_whole; /* the recording was read to its end; alarms are known where it was played */
    bool is_cut;   /* there are more errors than are kept */
    struct arena *arena;
};
struct marker_list *marker_list_ref(struct marker_list *list); /* NULL is fine for both */
void marker_list_unref(struct marker_list *list);

/* What the bar marks as warned of or bad. */
#define MARKER_GRAVE MARKER_NEW_ERROR

/* The nearest one of `least` and what is graver, after a moment (`direction` 1) or before it (-1);
 * NULL: none. */
const struct marker *marker_next(const struct marker_list *list, int64_t from_ms, int direction,
                                 enum marker_kind least);
/* The most important one of (from, to]; NULL: none. *count: how many there are. */
const struct marker *marker_between(const struct marker_list *list, int64_t from_ms, int64_t to_ms,
                                    size_t *count);

/* --- time and speed ----------------------------------------------------------------------- */

struct recorded_time {
    int64_t start_ms, end_ms, now_ms;
    bool is_end_known; /* else end_ms is a guess */
};

/* "90s", "1.5s", "2h": digits, perhaps a fraction, and ms, s, m, h or d, and nothing behind it. */
bool moment_span_parse(int64_t *ms, const char *text);
/* "14:05", "14:05:10", "14:05:10.5" in local time, on the day that lies in the recording; ISO
 * 8601; "+5m" and "-30s" from now; "90s" from the start; "start" and "end". E_USAGE: it is none of
 * these, or not in the recording. Steps are cut at its ends. */
MUST_CHECK enum status moment_parse(int64_t *out, const char *text,
                                    const struct recorded_time *time, struct err *err);

/* How many times as fast; 0 is as fast as it goes. */
#define SPEED_WHOLE 0.0
double speed_step(double speed, int direction); /* the next of 1, 2, 5, 10, ..., max */
/* "10", "0.5", "10x", "max"; false: none of these. */
bool speed_parse(double *out, const char *text);
void speed_format(char text[16], double speed); /* "10x", "max" */

/* --- the transport ------------------------------------------------------------------------ */

enum transport_state {
    TRANSPORT_PAUSED,
    TRANSPORT_PLAYING,
    TRANSPORT_SEEKING,
    TRANSPORT_ENDED, /* at the end of the recording */
    TRANSPORT_BROKEN /* `failure` says why it cannot go on from here */
};

struct transport_status {
    enum transport_state state;
    double speed;
    struct recorded_time time;
    int64_t target_ms;          /* seeking: to when; INT64_MAX: to ... */
    uint64_t target_event;      /* ... behind so many events; 0: to whatever comes first */
    double progress;            /* seeking: 0 to 1 */
    bool is_rebuilding;         /* seeking: a past that is not on screen yet */
    uint64_t events;            /* played */
    uint64_t all_events;        /* of the recording; 0: not known yet */
    uint64_t broken;            /* lines that were left out */
    char failure[ERR_TEXT_MAX]; /* of TRANSPORT_BROKEN, or why the last order was not followed; "":
                                   none */
    unsigned failures;          /* grows with each */
    unsigned turns;             /* that the screen has not followed yet */
    bool is_behind;             /* it was so before the last orders, which are under way */
};

enum transport_verb {
    TRANSPORT_PLAY,
    TRANSPORT_PAUSE,
    TRANSPORT_SPEED, /* `speed` */
    TRANSPORT_SEEK,  /* `at_ms` */
    TRANSPORT_STEP,  /* `direction` events */
    TRANSPORT_MARK,  /* to the next marker in that direction, of `least` and what is graver */
    TRANSPORT_STAY   /* no further with a seek; what is on screen stays */
};

struct transport_order {
    enum transport_verb verb;
    int64_t at_ms;
    int direction;
    double speed;
    enum marker_kind least;
};

/* All functions are called by the screen's thread and return soon. */
struct transport {
    void *ctx;
    int fd;                                                /* readable when the status changed */
    void (*read)(void *ctx, struct transport_status *out); /* drains fd */
    /* The caller's (unref), but for the texts, which live as long as the transport; never NULL. */
    struct marker_list *(*markers)(void *ctx);
    void (*order)(void *ctx, const struct transport_order *order);
    /* Another past: from now on the screen looks at it through *feed and by *clock; those of before
     * are gone when it returns. false: there is none, and nothing changed. */
    bool (*turn)(void *ctx, struct feed *feed, const struct clock **clock);
};

#endif
