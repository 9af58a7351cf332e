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

#define TOLD_MIN 4
#define TOLD_MAX 40
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

void
session_find_reports(struct session_look *look)
{
    const struct answer *answer = snapshot_answer(look->q->snapshot, "errors.events");
    struct session_report *list = arena_alloc(look->arena, SESSION_REPORTS_MAX * sizeof *list);

    look->reports = list;
    for (size_t i = answer == NULL || look->id_count == 0 ? 0 : answer->event_count;
         i-- > 0 && look->report_count < SESSION_REPORTS_MAX;) {
        const struct error_seen *error = log_digest_of(look->arena, &answer->events[i])->error;
        size_t told;

        if (error == NULL || !is_of_session(look, error->session))
            continue;
        told = strcspn(error->message, "0123456789@"); /* lines star what may name somebody */
        list[look->report_count++] =
            (struct session_report){ .time_ms = answer->events[i].time_ms,
                                     .group = error->group_text,
                                     .message = error->message,
                                     .told = told < TOLD_MAX ? told : TOLD_MAX };
    }
}

/* Of two reports that are as close, the one whose message the line has. */
static int64_t
distance_ms(const struct session_event *event, const struct session_report *report,
            int64_t nearest_ms)
{
    int64_t apart = llabs(event->time_ms - report->time_ms);

    if (apart >= nearest_ms)
        return nearest_ms;
    if (report->told >= TOLD_MIN &&
        memmem(event->line->text, strlen(event->line->text), report->message, report->told) != NULL)
        return apart;
    return apart + APART_MS;
}

const char *
session_error_group(const struct session_look *look, const struct session_event *event,
                    const char **why)
{
    int64_t nearest = 2 * APART_MS;
    const char *group = NULL;

    for (size_t i = 0; i < look->report_count; i++) {
        int64_t apart = distance_ms(event, &look->reports[i], nearest);

        if (apart >= nearest)
            continue;
        nearest = apart;
        group = look->reports[i].group;
    }
    if (group != NULL)
        *why = NULL;
    else if (look->report_count > 0)
        *why = "no report of this session is close to it";
    else if (look->id_count > 0)
        *why = "no error report of this session is known in this range";
    else if (!look->told->seen.has_full)
        *why = "cannot be known: OpenReplay's files do not say whose session it is";
    else
        *why = "cannot be known: the recording has no id that error reports have; give the app's "
               "session id to the tracker with setMetadata";
    return group;
}
