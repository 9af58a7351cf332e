/* error_sessions.h - whom an error happened to, and the recordings of that.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TUI_VIEWS_ERROR_SESSIONS_H
#define OV_TUI_VIEWS_ERROR_SESSIONS_H

#include "tui/view.h"

#define ERROR_SESSIONS_MAX 8

/* A session of the application, as error reports name it. */
struct error_session {
    const char *id;
    size_t count;
    int64_t last_ms;
};
struct error_sessions {
    struct error_session list[ERROR_SESSIONS_MAX]; /* as they were added */
    size_t count;
    bool is_partial; /* there are more */
};
void error_sessions_add(struct error_sessions *sessions, const char *id, int64_t time_ms);

/* Which recording each is in: the link table of an emulator knows. */
void error_sessions_ask(struct ask_list *asks, const struct view_query *q,
                        const struct error_sessions *sessions);
void error_sessions_build(struct panel *panel, struct arena *arena, const struct view_query *q,
                          const struct error_sessions *sessions);

#endif
