/* why_stored.c - an error as it is stored, and the ids that belong to one.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/why/why_own.h"

#include <string.h>

#include "base/clock.h"
#include "base/iso8601.h"

static bool
is_uuid(const char *text)
{
    uint8_t uuid[16];

    return uuid_parse(uuid, text);
}

void
why_look_for_report(struct why *a)
{
    const char *received;
    const cJSON *error;
    cJSON *json;

    if (!a->target.is_emulator || !is_uuid(a->id))
        return;
    tale_looked(a->tale, "error reports");
    json = why_ask_emulator(a, arena_printf(a->arena, "/errors/%s", a->id));
    if (json == NULL)
        return; /* no report has that id */
    error = json_get(json, "error");
    received = json_get_string(json, "receivedAt", "");
    if (!iso8601_parse(&a->stored_ms, received))
        a->stored_ms = 0;
    a->session = json_get_string(json_get(json, "context"), "sessionId", NULL);
    if (a->session != NULL)
        a->session = arena_strdup(a->arena, a->session);
    tale_call(a->tale, "error");
    tale_add(a->tale, TALE_STORED, a->stored_ms,
             "as an error report of group %s, route %s: %s%s%s (GET /errors/%s)",
             json_get_string(json, "fingerprint", "?"),
             json_get_string(json_get(json, "context"), "route", "?"),
             json_get_string(error, "type", ""),
             *json_get_string(error, "type", "") == '\0' ? "" : ": ",
             json_get_string(error, "message", ""), a->id);
    cJSON_Delete(json);
}

/* The ids of hits are UUIDs of version 7, which begin with when they were made. */
static int64_t
arrival_of(const char *id)
{
    uint8_t uuid[16];
    int64_t ms = 0;

    for (int i = 0; uuid_parse(uuid, id) && i < 6; i++)
        ms = ms << 8 | uuid[i];
    return ms;
}

/* Nothing that was sent has the id of a hit in it: its session and its time lead on. */
void
why_look_for_hit(struct why *a)
{
    const char *session = "?", *visit = "?";
    const cJSON *link;
    cJSON *json;

    if (!a->target.is_emulator || !is_uuid(a->id))
        return;
    tale_looked(a->tale, "hits of Umami");
    json = why_ask_emulator(
        a, arena_printf(a->arena, "/_obsview/links?kind=umami-event&id=%s", why_escaped(a, a->id)));
    cJSON_ArrayForEach(link, json_get(json, "links"))
    {
        a->hit_ms = arrival_of(a->id);
        if (strcmp(json_get_string(link, "kind", ""), "umami-session") == 0)
            session = json_get_string(link, "id", "?");
        else
            visit = json_get_string(link, "id", "?");
    }
    if (a->hit_ms != 0) {
        tale_call(a->tale, "umami-event");
        tale_add(a->tale, TALE_STORED, a->hit_ms, "as a hit of Umami, of session %s and visit %s",
                 session, visit);
    }
    cJSON_Delete(json);
}

void
why_look_for_links(struct why *a)
{
    static const char *const kinds[] = { "error",     "app-session", "umami-session", "umami-visit",
                                         "recording", "visitor",     "umami-event" };

    if (!a->target.is_emulator) {
        tale_add(a->tale, TALE_UNKNOWN, 0, "other ids of the visitor: only an emulator ties them");
        return;
    }
    tale_looked(a->tale, "links");
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        cJSON *json =
            why_ask_emulator(a, arena_printf(a->arena, "/_obsview/links?hops=3&kind=%s&id=%s",
                                             kinds[i], why_escaped(a, a->id)));
        const cJSON *link;

        cJSON_ArrayForEach(link, json_get(json, "links"))
        {
            if (a->stored_ms == 0)
                tale_call(a->tale, kinds[i]);
            tale_add(a->tale, TALE_LINKED, json_get_int(link, "lastMs", 0), "as %s with %s %s%s",
                     kinds[i], json_get_string(link, "kind", "?"), json_get_string(link, "id", "?"),
                     json_get_int(link, "hops", 1) > 1 ? ", by way of another" : "");
        }
        cJSON_Delete(json);
    }
}
