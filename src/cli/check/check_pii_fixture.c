/* check_pii_fixture.c - recorded traffic searched for personal data, as an emulator that received
 * it would have done.
 * SPDX-License-Identifier: MIT
 *
 * Bodies of a tracker's session are searched one after the other by a scan of that session, which
 * knows its elements; other bodies member by member; lines as those of a log. Sessions are told at
 * the end, when all of their bodies were seen. */
#include "config.h"

#include "cli/check/check_pii_search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/table.h"
#include "cli/check/check_stream.h"
#include "fixture/record.h"
#include "fixture/redact_batch.h"
#include "wire/cbor.h"
#include "wire/http.h"

#define RULE         "pii"
#define SESSIONS_MAX 1000 /* whose elements are known at a time */
#define NO_SESSION   "a recording without a session"

struct session {
    char *name;
    struct openreplay_scan *scan;
    /* what pseudonyms stand for in its bodies */
    struct fixture_replaced replaced[FIXTURE_REPLACED_MAX];
    size_t replaced_count;
    int64_t time_ms; /* of the first one */
};

struct looking {
    struct pii_search *search;
    struct arena *scratch, *kinds;
    struct table index; /* of numbers in the list, by name */
    struct session list[SESSIONS_MAX];
    size_t count;
    uint64_t unjudged;
    /* what was found in the item that is looked at */
    const char *found[FIXTURE_REPLACED_MAX];
    size_t found_count;
};

/* --- pseudonyms ------------------------------------------------------------------------------- */

static void
tell_replaced(struct pii_search *s, const struct fixture_replaced *replaced, const char *session,
              const char *place, int64_t time_ms)
{
    struct pii_finding finding = { .source = "fixture",
                                   .time_ms = time_ms,
                                   .session = session,
                                   .message = place,
                                   .kind = replaced->kind,
                                   .shape = "redacted since,",
                                   .count = replaced->count,
                                   .advice = "do not send it; record with --no-redact to see where "
                                             "it stands" };

    if (pii_rules_severity(s->rules, replaced->kind, &finding.severity))
        check_pii_put(s->found, &finding, s->where, s->least, &s->below);
}

static bool
is_found(const struct looking *l, const char *kind)
{
    for (size_t i = 0; i < l->found_count; i++) {
        if (strcmp(l->found[i], kind) == 0)
            return true;
    }
    return false;
}

static bool
has_finding(const struct openreplay_scan *scan, const char *kind)
{
    for (size_t i = 0; i < openreplay_scan_count(scan); i++) {
        if (strcmp(openreplay_scan_at(scan, i)->kind, kind) == 0)
            return true;
    }
    return false;
}

/* --- recordings ------------------------------------------------------------------------------- */

static void
tell_sessions(struct looking *l)
{
    for (size_t i = 0; i < l->count; i++) {
        struct session *session = &l->list[i];

        for (size_t k = 0; k < session->replaced_count; k++) {
            if (!has_finding(session->scan, session->replaced[k].kind))
                tell_replaced(l->search, &session->replaced[k], session->name, "its recording",
                              session->time_ms);
        }
        l->search->session = session->name;
        l->search->scan = session->scan;
        pii_search_end_session(l->search);
    }
    l->count = 0;
    table_clear(&l->index);
}

static struct session *
session_of(struct looking *l, const char *name)
{
    const size_t *known = table_find(&l->index, name, strlen(name));

    if (known != NULL)
        return &l->list[*known];
    if (l->count == SESSIONS_MAX)
        tell_sessions(l);
    *(size_t *)table_add(&l->index, name, strlen(name)) = l->count;
    l->list[l->count] = (struct session){ .name = xstrdup(name) };
    return &l->list[l->count++];
}

/* "r00000000075bcd15" is session 123456789, as it is called everywhere else. */
static void
name_session(char *out, size_t size, const cJSON *headers)
{
    const char *said = json_get_string(headers, FIXTURE_RECORDING, "");

    if (*said == 'r')
        snprintf(out, size, "%llu", strtoull(said + 1, NULL, 16));
    else
        snprintf(out, size, NO_SESSION);
}

static void
add_replaced(struct session *session, struct arena *arena, const char *kind, unsigned count)
{
    size_t i = 0;

    while (i < session->replaced_count && strcmp(session->replaced[i].kind, kind) != 0)
        i++;
    if (i == FIXTURE_REPLACED_MAX)
        return;
    if (i == session->replaced_count)
        session->replaced[session->replaced_count++] =
            (struct fixture_replaced){ .kind = arena_strdup(arena, kind) };
    session->replaced[i].count += count;
}

static void
look_batch(struct looking *l, const struct check_item *item)
{
    struct pii_search *s = l->search;
    struct session *session;
    const cJSON *replaced;
    char name[64];

    name_session(name, sizeof name, json_get(json_get(item->event, "request"), "headers"));
    session = session_of(l, name);
    s->session = session->name;
    s->scan = session->scan;
    pii_search_body(s, item->where, item->text, item->length, false);
    session->scan = s->scan;
    s->scan = NULL;
    s->session = NULL;
    if (session->replaced_count == 0)
        session->time_ms = item->time_ms;
    cJSON_ArrayForEach(replaced, check_replaced(item))
    {
        if (cJSON_IsNumber(replaced) && replaced->valuedouble >= 1)
            add_replaced(session, l->kinds, replaced->string, (unsigned)replaced->valueint);
    }
}

/* --- other requests, and lines ---------------------------------------------------------------- */

static const char *
source_of(const char *path)
{
    static const struct {
        const char *path, *source;
    } sources[] = { { "/metrics/web-vitals", "web-vitals" },
                    { "/errors/report", "error" },
                    { "/api/send", "umami" },
                    { "/api/batch", "umami" } };
    size_t length = strcspn(path, "?");

    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
        if (strlen(sources[i].path) == length && memcmp(path, sources[i].path, length) == 0)
            return sources[i].source;
    }
    return "request";
}

static void
on_found(void *arg, const struct pii_finding *finding)
{
    struct looking *l = arg;
    struct pii_search *s = l->search;

    if (l->found_count < FIXTURE_REPLACED_MAX && !is_found(l, finding->kind))
        l->found[l->found_count++] = arena_strdup(l->scratch, finding->kind);
    check_pii_put(s->found, finding, s->where, s->least, &s->below);
}

/* As AWS SDKs speak to CloudWatch. */
static bool
is_cbor(const struct check_item *item)
{
    const cJSON *headers = json_get(json_get(item->event, "request"), "headers");

    return http_type_is(json_get_string(headers, "content-type", NULL), "application/cbor");
}

static void
look_request(struct looking *l, const struct check_item *item)
{
    struct pii_scanner *scanner = l->search->scanner;
    const char *const message =
        arena_printf(l->scratch, "%s %.*s", item->where, (int)strcspn(item->path, "?"), item->path);
    const struct pii_text path = { "path", PII_URL, item->path, strlen(item->path) };
    const struct pii_text text = { "body", PII_JSON, item->text, item->length };
    struct pii_origin origin = { .source = source_of(item->path),
                                 .time_ms = item->time_ms,
                                 .message = message };
    const cJSON *body = NULL;
    cJSON *cbor = NULL;
    bool is_json;

    if (is_cbor(item) && cbor_parse(&cbor, item->text, item->length, NULL) == OK)
        body = cbor;
    l->search->requests++;
    l->unjudged += pii_texts_scan(scanner, &origin, &path, 1, on_found, l);
    is_json = body != NULL || (item->length > 0 && json_parse_in(&body, l->scratch, item->text,
                                                                 item->length, NULL) == OK);
    origin.session = json_get_string(body, "sessionId", NULL);
    if (origin.session == NULL)
        origin.session = json_get_string(json_get(body, "context"), "sessionId", NULL);
    if (is_json)
        l->unjudged += pii_texts_scan_json(scanner, &origin, body, on_found, l);
    else
        l->unjudged += pii_texts_scan(scanner, &origin, &text, 1, on_found, l);
    cJSON_Delete(cbor);
}

static void
look_line(struct looking *l, const struct check_item *item)
{
    const struct pii_origin origin = { .source = "log",
                                       .time_ms = item->time_ms,
                                       .message = item->where };

    l->search->lines++;
    l->unjudged +=
        pii_texts_scan_line(l->search->scanner, &origin, item->text, item->length, on_found, l);
}

/* What its body or line held before it was redacted, and is not found in it. */
static void
look_replaced(struct looking *l, const struct check_item *item)
{
    const cJSON *one;

    cJSON_ArrayForEach(one, check_replaced(item))
    {
        const struct fixture_replaced replaced = { one->string, (unsigned)one->valueint };

        if (cJSON_IsNumber(one) && one->valueint >= 1 && !is_found(l, one->string))
            tell_replaced(l->search, &replaced, NULL, item->where, item->time_ms);
    }
}

static void
take(void *state, const struct check_item *item)
{
    struct looking *l = state;

    arena_clear(l->scratch);
    l->found_count = 0;
    if (item->kind == CHECK_REQUEST && redact_batch_is_one(item->path)) {
        look_batch(l, item);
        return;
    }
    l->search->where = item->where;
    if (item->kind == CHECK_REQUEST)
        look_request(l, item);
    else if (item->kind == CHECK_LINE)
        look_line(l, item);
    look_replaced(l, item);
    l->search->where = NULL; /* a session is told when it is over, and is of many lines */
}

/* --- the file --------------------------------------------------------------------------------- */

void
check_pii_fixture(struct pii_search *s, const char *path, const struct buf *bytes)
{
    const struct check_run run = { .found = s->found, .is_of_files = true };
    struct looking *l = xcalloc(1, sizeof *l);

    l->search = s;
    l->scratch = arena_new();
    l->kinds = arena_new();
    table_init(&l->index, sizeof(size_t));
    if (bytes == NULL)
        check_files_read(&run, RULE, &path, 1, take, l);
    else
        check_files_read_bytes(&run, RULE, path, bytes->data, bytes->len, take, l);
    tell_sessions(l);
    if (l->unjudged > 0)
        pii_search_unjudged(s, path, "texts that need more work than they are worth");
    table_fini(&l->index);
    arena_free(l->kinds);
    arena_free(l->scratch);
    free(l);
}
