/* why_intake.c - what came in, and what was refused.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/why/why_own.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

bool
why_mentions(const char *text, const char *needle)
{
    size_t len = strlen(needle);

    for (; text != NULL && *text != '\0'; text++) {
        if (strncasecmp(text, needle, len) == 0)
            return true;
    }
    return false;
}

static bool
is_about(const struct why *a, const cJSON *event)
{
    const cJSON *pair;

    if (a->stored_ms != 0 && json_get_int(event, "timeMs", 0) == a->stored_ms &&
        strncmp(json_get_string(event, "path", ""), "/errors/report", 14) == 0)
        return true; /* the id of a report is in its answer */
    if (a->hit_ms != 0 && json_get_int(event, "timeMs", 0) == a->hit_ms &&
        (strncmp(json_get_string(event, "path", ""), "/api/send", 9) == 0 ||
         strncmp(json_get_string(event, "path", ""), "/api/batch", 10) == 0))
        return true; /* the id of a hit is told to nobody who sends one */
    if (strcmp(a->id, arena_printf(a->arena, "%" PRId64, json_get_int(event, "id", -1))) == 0)
        return true;
    if (a->is_short)
        return false;
    cJSON_ArrayForEach(pair, json_get(event, "headers"))
    {
        if (a->metric == NULL &&
            why_mentions(cJSON_GetStringValue(cJSON_GetArrayItem(pair, 1)), a->needle))
            return true;
    }
    return why_mentions(json_get_string(event, "body", ""), a->needle) ||
           why_mentions(json_get_string(event, "path", ""), a->needle) ||
           why_mentions(json_get_string(event, "verdict", ""), a->needle);
}

static void
tell_event(struct why *a, const cJSON *event)
{
    const char *reason = json_get_string(event, "reason", "");
    bool is_dropped = json_get_bool(event, "fault", false);
    int64_t status = json_get_int(event, "status", 0);

    tale_add(a->tale, is_dropped ? TALE_DROPPED : TALE_RECEIVED, json_get_int(event, "timeMs", 0),
             "request %" PRId64 " by %s: %s %s%s, %s%s%s%s", json_get_int(event, "id", 0),
             json_get_string(event, "kind", "?"), json_get_string(event, "method", ""),
             json_get_string(event, "path", ""),
             status == 0 ? "" : arena_printf(a->arena, " was answered %" PRId64, status),
             json_get_string(event, "verdict", ""), *reason == '\0' ? "" : " (rule ", reason,
             *reason == '\0' ? "" : ")");
}

void
why_look_into_intake(struct why *a)
{
    int64_t since = 0, next = 0, oldest = 1, seen = 0;

    if (!a->target.is_emulator) {
        tale_add(a->tale, TALE_UNKNOWN, 0,
                 "who sent it and what was refused: an account keeps nothing of that");
        return;
    }
    do {
        const cJSON *event;
        cJSON *json = why_ask_emulator(
            a, arena_printf(a->arena, "/_obsview/events?limit=500&body=1&since=%" PRId64, since));

        if (json == NULL) {
            tale_add(a->tale, TALE_UNKNOWN, 0, "what came in: %s", a->err.text);
            return;
        }
        cJSON_ArrayForEach(event, json_get(json, "events"))
        {
            seen++;
            if (is_about(a, event))
                tell_event(a, event);
        }
        next = json_get_int(json, "next", 0);
        oldest = json_get_int(json, "oldest", 1);
        if (cJSON_GetArraySize(json_get(json, "events")) == 0)
            next = since;
        cJSON_Delete(json);
        if (next <= since)
            break;
        since = next;
    } while (true);
    tale_looked(a->tale, "the intake (%" PRId64 " requests and lines from %" PRId64 " on)", seen,
                oldest);
}
