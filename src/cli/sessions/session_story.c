/* session_story.c - reads a session to its end, as a story.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/sessions/sessions_own.h"

static void
on_head(void *arg, const struct recording_head *head)
{
    struct session_told *t = arg;
    struct arena *arena = t->asker->arena;

    t->head = *head;
    t->has_head = true;
    t->head.user_agent = arena_strdup(arena, head->user_agent);
    t->head.user_id = arena_strdup(arena, head->user_id);
    t->head.tracker_version = arena_strdup(arena, head->tracker_version);
    t->head.timezone = arena_strdup(arena, head->timezone);
}

static void
on_body(void *arg, const struct recording_line *line, const void *bytes, size_t length)
{
    struct session_told *t = arg;

    /* a body's fault is counted by the story; what is before it is told all the same */
    (void)openreplay_story_take(t->story, bytes, length, line == NULL);
    if (line != NULL)
        t->last_received_ms = line->received_ms;
}

static void
on_read(void *arg, struct recordings_place place, const struct err *err)
{
    struct session_told *t = arg;

    (void)place;
    sessions_note_end(t->asker, err);
}

enum status
session_tell(struct session_told *t, struct sessions *a, uint64_t session, bool reveal,
             struct err *err)
{
    const struct recordings_sink sink = { .head = on_head, .body = on_body, .arg = t };
    struct recordings_job *job;
    enum status st;

    *t = (struct session_told){ .asker = a };
    t->story = openreplay_story_new(a->arena, 0, reveal);
    job = recordings_read(a->client, a->bucket, session, (struct recordings_place){ .at = 0 },
                          &a->use, &sink, on_read, t);
    st = sessions_finish(a, err);
    if (st == E_IO && a->err.code == OK)
        recordings_cancel(job);
    return st;
}
