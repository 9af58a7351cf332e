/* session_errors.c - from an exception in a recording to its group in the Errors view.
 * SPDX-License-Identifier: MIT
 *
 * The tracker and the error reporter see the same exception, but neither names the other. What ties
 * them is an id that both know: the application's session, which the link table of an emulator has,
 * or which the application gave the tracker as metadata or user id. Of the reports of that id, the
 * one closest in time is it. Without such an id nothing is guessed. */
#include "config.h"

#include "tui/views/sessions.h"

#include <stdlib.h>
#include <string.h>

#define APART_MS 60000 /* a report may wait for its page to be left */

static bool
is_of_session(const struct session_look *look, const char *id)
{
    for (size_t i = 0; *id != '\0' && i < look->id_count; i++) {
        if (strcmp(look->ids[i], id) == 0)
            return true;
    }
    return false;
}

/* Of two reports that are as close, the one whose message the line has. */
static int64_t
distance_ms(const struct session_event *event, const struct log_entry *entry,
            const struct error_seen *error)
{
    int64_t apart = llabs(event->time_ms - entry->time_ms);
    size_t same = strcspn(error->message, "0123456789@"); /* lines star what may name somebody */

    if (same > 40)
        same = 40;
    if (same > 3 && memmem(event->line->text, strlen(event->line->text), error->message, same))
        return apart;
    return apart + APART_MS;
}

const char *
session_error_group(const struct session_look *look, const struct session_event *event,
                    const char **why)
{
    const struct answer *answer = snapshot_answer(look->q->snapshot, "errors.events");
    int64_t nearest = 2 * APART_MS;
    const char *group = NULL;
    bool any = false;

    for (size_t i = 0; answer != NULL && i < answer->event_count; i++) {
        const struct log_digest *digest = log_digest_of(look->arena, &answer->events[i]);
        int64_t apart;

        if (digest->error == NULL || !is_of_session(look, digest->error->session))
            continue;
        any = true;
        apart = distance_ms(event, &answer->events[i], digest->error);
        if (apart >= nearest)
            continue;
        nearest = apart;
        group = digest->error->group_text;
    }
    *why = group != NULL          ? NULL
           : any                  ? "no report of this session is close to it"
           : look->id_count == 0  ? "cannot be known: the recording has no id that error reports have; "
                                    "give the app's session id to the tracker with setMetadata"
                                  : "no error report of this session is known in this range";
    return group;
}
