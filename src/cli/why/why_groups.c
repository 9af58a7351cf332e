/* why_groups.c - a group of errors, by its fingerprint or the beginning of it that screens show.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/why/why_own.h"

#include <inttypes.h>
#include <string.h>

#include "base/iso8601.h"
#include "base/text.h"

#define SHORT_LEAST     4  /* digits that screens show */
#define FINGERPRINT_MAX 16 /* digits of a whole one */
#define GROUPS_MAX      8  /* that begin alike */

struct group {
    const cJSON *newest; /* its fields */
    int64_t newest_ms;
    uint64_t reports;
};

static bool
is_fingerprint(const char *id)
{
    const size_t length = strlen(id);

    return length >= SHORT_LEAST && length <= FINGERPRINT_MAX &&
           strspn(id, "0123456789abcdef") == length;
}

/* NULL: there are too many. */
static struct group *
group_of(struct group groups[GROUPS_MAX], const cJSON *fields)
{
    const char *fingerprint = json_get_string(fields, "fingerprint", "");

    for (struct group *g = groups; g < groups + GROUPS_MAX; g++) {
        if (g->newest == NULL ||
            strcmp(json_get_string(g->newest, "fingerprint", ""), fingerprint) == 0)
            return g;
    }
    return NULL;
}

/* Events come in the order of their arrival. */
static void
take_report(struct why *a, struct group groups[GROUPS_MAX], const cJSON *event)
{
    const cJSON *fields = json_get(event, "fields");
    struct group *group = group_of(groups, fields);
    int64_t at_ms = 0;

    if (!iso8601_parse(&at_ms, json_get_string(event, "time", "")))
        at_ms = 0;
    tale_add(a->tale, TALE_RECEIVED, at_ms, "request %" PRId64 ": %s of session %s",
             json_get_int(event, "id", 0), json_get_string(fields, "message", "?"),
             json_get_string(fields, "session", "?"));
    if (group == NULL)
        return;
    group->newest = fields;
    group->newest_ms = at_ms;
    group->reports++;
}

void
why_look_for_group(struct why *a)
{
    struct group groups[GROUPS_MAX] = { { .newest = NULL } };
    const cJSON *event;
    cJSON *json;

    if (!a->target.is_emulator || !is_fingerprint(a->id))
        return;
    tale_looked(a->tale, "groups of errors that arrived lately");
    json = why_ask_emulator(
        a, arena_printf(a->arena, "/_obsview/events?type=error&where=fingerprint~%%5E%s", a->id));
    cJSON_ArrayForEach(event, json_get(json, "events")) take_report(a, groups, event);
    for (const struct group *g = groups; g < groups + GROUPS_MAX && g->newest != NULL; g++) {
        tale_call(a->tale, "error group");
        tale_add(a->tale, TALE_STORED, g->newest_ms,
                 "as group %s, %" PRIu64 " report%s, the newest on route %s: %s: %s",
                 json_get_string(g->newest, "fingerprint", "?"), g->reports, text_s(g->reports),
                 json_get_string(g->newest, "route", "?"),
                 json_get_string(g->newest, "type", "Error"),
                 json_get_string(g->newest, "message", ""));
    }
    cJSON_Delete(json);
}
