/* hit_words.c - a hit and its verdict in words.
 * SPDX-License-Identifier: MIT
 *
 * The emulator counts what a real Umami would have dropped without a word, and names the rule
 * (obsview-emulate(1), "UMAMI"). What the rule would have meant is said here, the rule first: a
 * list may have room for no more. */
#include "config.h"

#include "tui/views/hit_words.h"

#include <string.h>

#include "base/buf.h"
#include "base/json.h"

#define DATA_MAX 65536

/* clang-format off */
static const struct {
    const char *rule;
    const char *meaning;
} meanings[] = {
    { "bot",             "production would drop it" },
    { "website",         "production would refuse it" },
    { "ignored-address", "production would refuse it" },
    { "too-long",        "production would fail on it" },
    { "too-large",       "production would fail on it" },
    { "too-much",        "not all of it is kept" },
    { "bad-date",        "production would fail on it" },
    { "milliseconds",    "production would file it under a wrong date" },
    { "private-address", "production would know no country" },
    { "do-not-track",    "counted, though the browser asks not to be" },
};
/* clang-format on */

bool
hit_is(const cJSON *event)
{
    static const char *const paths[] = { "/api/send", "/api/batch" };
    const char *path = json_get_string(event, "path", "");
    size_t len = strcspn(path, "?["); /* a batch has a line for each of its members */

    if (strcmp(json_get_string(event, "method", ""), "POST") != 0)
        return false;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        if (len == strlen(paths[i]) && strncmp(path, paths[i], len) == 0)
            return true;
    }
    return false;
}

/* It stands behind the headers that the request came with, so the last of a name is not the
 * sender's. */
const char *
hit_detail(const cJSON *event, const char *name)
{
    const char *found = "";
    const cJSON *pair;

    cJSON_ArrayForEach(pair, json_get(event, "headers"))
    {
        const char *key = cJSON_GetStringValue(cJSON_GetArrayItem(pair, 0));
        const char *value = cJSON_GetStringValue(cJSON_GetArrayItem(pair, 1));

        if (key != NULL && value != NULL && strcmp(key, name) == 0)
            found = value;
    }
    return found;
}

bool
hit_is_detail(const char *header)
{
    return strncmp(header, "Umami-", 6) == 0;
}

/* What has no name is a view, as Umami's pages call it. */
const char *
hit_type(const cJSON *event)
{
    const char *type = hit_detail(event, "Umami-Type");

    if (strcmp(type, "event") != 0)
        return type;
    return *hit_detail(event, "Umami-Event") == '\0' ? "view" : "event";
}

/* --- the verdict --- */

static bool
is_refused(const cJSON *event)
{
    return json_get_number(event, "status", 0) >= 400;
}

static bool
is_dropped(const cJSON *event)
{
    return strncmp(json_get_string(event, "verdict", ""), "dropped", 7) == 0;
}

enum level
hit_level(const cJSON *event)
{
    if (is_refused(event))
        return LEVEL_BAD;
    return json_get_bool(event, "fault", false) ? LEVEL_WARN : LEVEL_OK;
}

static const char *
meaning_of(const char *rule)
{
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++) {
        if (strcmp(meanings[i].rule, rule) == 0)
            return meanings[i].meaning;
    }
    return "production would not take it as it is";
}

const char *
hit_verdict(struct arena *arena, const cJSON *event)
{
    const char *rule = hit_detail(event, "Umami-Rule");
    const char *verdict = json_get_string(event, "verdict", "");

    if (is_refused(event) || is_dropped(event))
        return arena_strdup(arena, verdict);
    if (*rule != '\0')
        return arena_printf(arena, "%s: %s", rule, meaning_of(rule));
    return *hit_type(event) == '\0' ? arena_strdup(arena, verdict) : "counted";
}

/* The same beside its rule. */
static const char *
outcome_of(const cJSON *event)
{
    const char *rule = hit_detail(event, "Umami-Rule");

    if (*rule == '\0')
        return is_refused(event) ? "refused" : "counted, as production would";
    if (is_refused(event))
        return "refused, as production would";
    return is_dropped(event) ? "dropped, as production would" : meaning_of(rule);
}

static const char *
what_of(struct arena *arena, const cJSON *event)
{
    const char *name = hit_detail(event, "Umami-Event"), *path = hit_detail(event, "Umami-Path");

    return arena_printf(arena, "%s%s%s%s%s", hit_type(event), *name == '\0' ? "" : " ", name,
                        *path == '\0' ? "" : " on ", path);
}

/* --- the panel --- */

static void
add_fact(struct fact *facts, size_t *count, const char *name, const char *text, enum level level)
{
    if (*text != '\0')
        facts[(*count)++] = (struct fact){ .name = name, .value = cell_text(text, level) };
}

size_t
hit_facts(struct fact facts[HIT_FACTS], struct arena *arena, const cJSON *event)
{
    size_t count = 0;

    add_fact(facts, &count, "hit", what_of(arena, event), LEVEL_NONE);
    add_fact(facts, &count, "verdict", outcome_of(event), hit_level(event));
    add_fact(facts, &count, "rule", arena_strdup(arena, hit_detail(event, "Umami-Rule")),
             LEVEL_NONE);
    add_fact(facts, &count, "session", arena_strdup(arena, hit_detail(event, "Umami-Session")),
             LEVEL_NONE);
    add_fact(facts, &count, "visit", arena_strdup(arena, hit_detail(event, "Umami-Visit")),
             LEVEL_NONE);
    add_fact(facts, &count, "place", arena_strdup(arena, hit_detail(event, "Umami-Place")),
             LEVEL_NONE);
    return count;
}

/* The properties alone: the rest of a body is the same in every hit of a page. */
static const char *
data_text(struct arena *arena, const cJSON *event)
{
    const char *body = json_get_string(event, "body", ""), *text = "";
    const cJSON *message, *data;
    struct err unused;
    struct buf b;

    if (strlen(body) > DATA_MAX ||
        json_parse_in(&message, arena, body, strlen(body), &unused) != OK)
        return "";
    data = json_get(json_get(message, "payload"), "data");
    if (data == NULL)
        return "";
    buf_init(&b, DATA_MAX);
    json_print(&b, data);
    if (!buf_failed(&b))
        text = arena_strndup(arena, b.data, b.len);
    buf_fini(&b);
    return text;
}

static void
add_passage(struct passage *passages, size_t *count, const char *name, const char *text,
            bool is_json)
{
    if (*text != '\0')
        passages[(*count)++] =
            (struct passage){ .name = name, .text = text, .len = strlen(text), .is_json = is_json };
}

size_t
hit_passages(struct passage passages[HIT_PASSAGES], struct arena *arena, const cJSON *event)
{
    size_t count = 0;

    add_passage(passages, &count, "why", arena_strdup(arena, hit_detail(event, "Umami-Verdict")),
                false);
    add_passage(passages, &count, "session and visit",
                arena_strdup(arena, hit_detail(event, "Umami-Why")), false);
    add_passage(passages, &count, "data", data_text(arena, event), true);
    return count;
}
