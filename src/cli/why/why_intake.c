/* why_intake.c - what came in, and what was refused.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/why/why_own.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "cli/fate.h"
#include "domain/web_vitals.h"

#define FRONTEND "UserMetrics/Frontend" /* the namespace of what pages send */
#define VITALS   "/metrics/web-vitals"
#define REPORTS  "/errors/report"

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

/* --- a metric --------------------------------------------------------------------------------- */

static bool
is_word(char c)
{
    return isalnum((unsigned char)c) || (c != '\0' && strchr("_-.", c) != NULL);
}

static bool
names(const char *text, const char *word)
{
    size_t length = strlen(word);

    for (const char *at = text; length > 0 && (at = strstr(at, word)) != NULL; at++) {
        if ((at == text || !is_word(at[-1])) && !is_word(at[length]))
            return true;
    }
    return false;
}

bool
why_names_metric(const struct why *a, const char *text)
{
    if (!names(text, a->namespace_name) || !names(text, a->metric))
        return false;
    for (size_t i = 0; i < a->dim_count; i++) {
        if (!names(text, a->dims[i][1]))
            return false;
    }
    return true;
}

static bool
is_frontend(const struct why *a)
{
    return strcmp(a->namespace_name, FRONTEND) == 0;
}

/* A sign of a comparison in the name of a dimension is one of the name. */
static void
add_dimension(struct buf *b, const char *name, const char *value)
{
    buf_adds(b, "dim.");
    for (; *name != '\0'; name++) {
        if (strchr("=!~\\", *name) != NULL)
            buf_addc(b, '\\');
        buf_addc(b, *name);
    }
    buf_addf(b, "=%s\n", value);
}

/* The conditions of one type, with newlines between, as GET /_obsview/events takes them. */
static const char *
conditions_of(struct why *a, const char *type)
{
    const bool is_metric = strcmp(type, "metric") == 0;
    struct buf b;
    const char *all;

    buf_init(&b, WHY_TEXT_MAX);
    if (is_metric)
        buf_addf(&b, "namespace=%s\n", a->namespace_name);
    if (strcmp(type, "error") != 0)
        buf_addf(&b, "name=%s\n", a->metric);
    for (size_t i = 0; i < a->dim_count; i++) {
        if (is_metric)
            add_dimension(&b, a->dims[i][0], a->dims[i][1]);
        else if (strcmp(a->dims[i][0], "route") == 0)
            buf_addf(&b, "route=%s\n", a->dims[i][1]);
    }
    all = arena_strdup(a->arena, b.data);
    buf_fini(&b);
    return all;
}

static void
ask_who_sent(struct why *a, const char *type)
{
    const char *where = why_escaped(a, conditions_of(a, type));
    int64_t since = 0, next;
    bool is_more = true;

    while (is_more) {
        const cJSON *event;
        cJSON *json = why_ask_emulator(
            a,
            arena_printf(a->arena, "/_obsview/events?type=%s&limit=500&since=%" PRId64 "&where=%s",
                         type, since, where));

        if (json == NULL)
            return; /* why_look_into_intake() tells it */
        cJSON_ArrayForEach(event, json_get(json, "events"))
        {
            a->sent =
                arena_grow(a->arena, a->sent, a->sent_count, &a->sent_room, 64, sizeof *a->sent);
            a->sent[a->sent_count++] = json_get_int(event, "id", 0);
        }
        next = json_get_int(json, "next", 0);
        is_more = json_get_bool(json, "more", false) && next > since;
        since = next;
        cJSON_Delete(json);
    }
}

/* By whichever door, and what the handlers make metrics of. */
static void
find_who_sent(struct why *a)
{
    enum vital vital;

    ask_who_sent(a, "metric");
    if (is_frontend(a) && vital_parse(&vital, a->metric))
        ask_who_sent(a, "vital");
    if (is_frontend(a) && strcmp(a->metric, "Errors") == 0)
        ask_who_sent(a, "error");
}

/* Whoever asks AWS for a metric or an id names it, too, and this command is among them: what sends
 * is an operation that puts something, as its target, its path or its action says. */
static bool
only_asks(const cJSON *event)
{
    const cJSON *pair;

    if (strcmp(json_get_string(event, "kind", ""), "aws") != 0)
        return false;
    cJSON_ArrayForEach(pair, json_get(event, "headers"))
    {
        if (why_mentions(cJSON_GetStringValue(cJSON_GetArrayItem(pair, 1)), ".Put"))
            return false;
    }
    return !why_mentions(json_get_string(event, "path", ""), "/operation/Put") &&
           !why_mentions(json_get_string(event, "body", ""), "Action=Put");
}

/* Of what was refused or dropped nothing is known but its text. */
static bool
tried_to_send(const struct why *a, const cJSON *event)
{
    const char *body = json_get_string(event, "body", ""),
               *path = json_get_string(event, "path", "");

    if (is_frontend(a) && strncmp(path, VITALS, strlen(VITALS)) == 0)
        return names(body, a->metric);
    if (is_frontend(a) && strncmp(path, REPORTS, strlen(REPORTS)) == 0)
        return strcmp(a->metric, "Errors") == 0;
    return !only_asks(event) && why_names_metric(a, body);
}

static bool
is_of_metric(const struct why *a, const cJSON *event)
{
    int64_t id = json_get_int(event, "id", -1);

    for (size_t i = 0; i < a->sent_count; i++) {
        if (a->sent[i] == id)
            return true;
    }
    return json_get_bool(event, "fault", false) && tried_to_send(a, event);
}

/* --- an id ------------------------------------------------------------------------------------ */

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
        if (why_mentions(cJSON_GetStringValue(cJSON_GetArrayItem(pair, 1)), a->needle))
            return true;
    }
    return (!only_asks(event) && why_mentions(json_get_string(event, "body", ""), a->needle)) ||
           why_mentions(json_get_string(event, "path", ""), a->needle) ||
           why_mentions(json_get_string(event, "verdict", ""), a->needle);
}

/* --- telling ---------------------------------------------------------------------------------- */

/* Other doors leave out a part and answer with success all the same. */
static enum tale_door
door_of(const cJSON *event)
{
    const bool is_http = strcmp(json_get_string(event, "kind", ""), "http") == 0;
    const enum fate fate =
        fate_of(json_get_int(event, "status", 0), json_get_string(event, "verdict", ""));

    if (!json_get_bool(event, "fault", false))
        return TALE_RECEIVED;
    return fate == FATE_DOUBTED && is_http ? TALE_DOUBTED : TALE_DROPPED;
}

static void
tell_event(struct why *a, const cJSON *event)
{
    const char *reason = json_get_string(event, "reason", "");
    int64_t status = json_get_int(event, "status", 0);

    tale_add(a->tale, door_of(event), json_get_int(event, "timeMs", 0),
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
    if (a->metric != NULL)
        find_who_sent(a);
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
            if (a->metric != NULL ? is_of_metric(a, event) : is_about(a, event))
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
    tale_looked(a->tale, "the intake (%" PRId64 " %s from %" PRId64 " on)", seen,
                seen == 1 ? "request or line" : "requests and lines", oldest);
}
