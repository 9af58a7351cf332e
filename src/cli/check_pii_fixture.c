/* check_pii_fixture.c - recorded traffic searched for personal data, as an emulator that received
 * it would have done.
 * SPDX-License-Identifier: MIT
 *
 * Bodies of a tracker's session are searched one after the other by a scan of that session, which
 * knows its elements; other bodies member by member; lines as those of a log. Sessions are told at
 * the end, when all of their bodies were seen. */
#include "config.h"

#include "cli/check_pii_search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/table.h"
#include "cli/check_stream.h"
#include "emulator/openreplay.h"
#include "fixture/redact_batch.h"

#define RULE         "pii"
#define SESSIONS_MAX 1000 /* whose elements are known at a time */
#define NO_SESSION   "a recording without a session"

struct session {
    char *name;
    struct openreplay_scan *scan;
};

struct looking {
    struct pii_search *search;
    struct arena *scratch;
    struct table index; /* of numbers in the list, by name */
    struct session list[SESSIONS_MAX];
    size_t count;
    uint64_t unjudged;
};

/* --- recordings ------------------------------------------------------------------------------- */

static void
tell_sessions(struct looking *l)
{
    for (size_t i = 0; i < l->count; i++) {
        l->search->session = l->list[i].name;
        l->search->scan = l->list[i].scan;
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
    const char *said = json_get_string(headers, OPENREPLAY_RECORDED, "");

    if (*said == 'r')
        snprintf(out, size, "%llu", strtoull(said + 1, NULL, 16));
    else
        snprintf(out, size, NO_SESSION);
}

static void
look_batch(struct looking *l, const struct check_item *item)
{
    struct pii_search *s = l->search;
    struct session *session;
    char name[64];

    name_session(name, sizeof name, item->headers);
    session = session_of(l, name);
    s->session = session->name;
    s->scan = session->scan;
    pii_search_body(s, item->where, item->text, item->length, false);
    session->scan = s->scan;
    s->scan = NULL;
    s->session = NULL;
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
    struct pii_search *s = arg;

    check_pii_put(s->found, finding, s->least, &s->below);
}

static void
look_request(struct looking *l, const struct check_item *item)
{
    struct pii_scanner *scanner = l->search->scanner;
    const char *const message = arena_printf(l->scratch, "%s %.*s", item->where,
                                             (int)strcspn(item->path, "?"), item->path);
    const struct pii_text path = { "path", PII_URL, item->path, strlen(item->path) };
    const struct pii_text text = { "body", PII_JSON, item->text, item->length };
    struct pii_origin origin = { .source = source_of(item->path),
                                 .time_ms = item->time_ms,
                                 .message = message };
    const cJSON *body = NULL;
    bool is_json;

    l->search->requests++;
    l->unjudged += pii_texts_scan(scanner, &origin, &path, 1, on_found, l->search);
    is_json =
        item->length > 0 && json_parse_in(&body, l->scratch, item->text, item->length, NULL) == OK;
    origin.session = json_get_string(body, "sessionId", NULL);
    if (origin.session == NULL)
        origin.session = json_get_string(json_get(body, "context"), "sessionId", NULL);
    if (is_json)
        l->unjudged += pii_texts_scan_json(scanner, &origin, body, on_found, l->search);
    else
        l->unjudged += pii_texts_scan(scanner, &origin, &text, 1, on_found, l->search);
}

static void
take(void *state, const struct check_item *item)
{
    const struct pii_origin origin = { .source = "log",
                                       .time_ms = item->time_ms,
                                       .message = item->where };
    struct looking *l = state;

    arena_clear(l->scratch);
    if (item->kind == CHECK_REQUEST && redact_batch_is_one(item->path))
        look_batch(l, item);
    else if (item->kind == CHECK_REQUEST)
        look_request(l, item);
    else if (item->kind == CHECK_LINE)
        l->unjudged += !pii_search_line(l->search, &origin, item->text, item->length);
}

/* --- the file --------------------------------------------------------------------------------- */

bool
check_pii_is_fixture(const char *bytes, size_t length)
{
    static const char head[] = "{\"obsview-fixture\"";

    return length >= sizeof head - 1 && memcmp(bytes, head, sizeof head - 1) == 0;
}

void
check_pii_fixture(struct pii_search *s, const char *path, const struct buf *bytes)
{
    const struct check_run run = { .found = s->found, .is_of_files = true };
    struct looking *l = xcalloc(1, sizeof *l);

    l->search = s;
    l->scratch = arena_new();
    table_init(&l->index, sizeof(size_t));
    if (bytes == NULL)
        check_files_read(&run, RULE, &path, 1, take, l);
    else
        check_files_read_bytes(&run, RULE, path, bytes->data, bytes->len, take, l);
    tell_sessions(l);
    if (l->unjudged > 0)
        pii_search_unjudged(s, path, "texts that need more work than they are worth");
    table_fini(&l->index);
    arena_free(l->scratch);
    free(l);
}
