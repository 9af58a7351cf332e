/* why_stored.c - an error as it is stored, and the ids that belong to one.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/why_own.h"

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

void
why_look_for_links(struct why *a)
{
    static const char *const kinds[] = { "error",       "app-session", "umami-session",
                                         "umami-visit", "recording",   "visitor" };

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
