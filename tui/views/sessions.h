/* sessions.h - the session that is looked at, for the files that build the Sessions view.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TUI_VIEWS_SESSIONS_H
#define OV_TUI_VIEWS_SESSIONS_H

#include "tui/log_digest.h"
#include "tui/recording.h"
#include "tui/view.h"

/* In the order in which they are drawn. */
enum session_lane {
    SESSION_PAGE,
    SESSION_ERROR,
    SESSION_LEAK,
    SESSION_CLICK,
    SESSION_NET,
    SESSION_ISSUE,
    SESSION_VITAL,
    SESSION_EVENT,
    SESSION_LANES
};

/* Something that happened: a line of the story, or a finding of personal data. */
struct session_event {
    int64_t time_ms;
    enum session_lane lane;
    enum level level;
    const struct openreplay_line *line; /* NULL: a finding */
    const struct pii_finding *finding;
    const char *key;
};

/* What the error reporter knows of an error. */
struct session_report {
    int64_t time_ms;
    const char *group, *message;
    size_t told; /* bytes of the message that a line of the story has as they are */
};
#define SESSION_REPORTS_MAX 64

struct session_look {
    struct arena *arena;
    const struct view_query *q;
    const char *id;                     /* "": no session */
    const struct answer *answer;        /* of ASK_RECORDING; NULL */
    const struct recording_told *told;  /* NULL: not there yet */
    const struct session_event *events; /* ascending */
    size_t count;
    const struct session_event *at; /* the one under the cursor, or the first; NULL: none */
    int64_t from_ms, to_ms;         /* of the time axis */
    /* Whom it belongs to: ids that error reports may carry. */
    const char *const *ids;
    size_t id_count;
    const struct session_report *reports; /* of these ids, the newest SESSION_REPORTS_MAX */
    size_t report_count;
};

/* The view's questions are named by these. */
#define SESSIONS_KEY       "sessions"
#define SESSIONS_LEAKS_KEY "sessions.leaks"
const char *session_answer_key(struct arena *arena, const char *id); /* of ASK_RECORDING */
const char *session_links_key(struct arena *arena, const char *id);  /* of /_obsview/links */

/* session_events.c: puts the story and the findings in one order. */
void session_look(struct session_look *out, struct arena *arena, const struct view_query *q,
                  const char *id);
void session_events_build(struct panel *panel, const struct session_look *look);

/* session_lanes.c */
void session_lanes_build(struct panel *panel, const struct session_look *look);

/* session_message.c: the message under the cursor. */
void session_message_build(struct panel *panel, const struct session_look *look);

/* session_errors.c: between errors and recordings. First the reports are found, then the group of
 * an error line; NULL: `why` says why it is not known. */
void session_find_reports(struct session_look *look);
const char *session_error_group(const struct session_look *look, const struct session_event *event,
                                const char **why);

#endif
