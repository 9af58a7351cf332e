/* check_pii_store.c - a database of an emulator that does not run, searched for personal data.
 * SPDX-License-Identifier: MIT
 *
 * Recordings and the lines of all log groups are searched anew, by the rules of this check. What
 * Umami was sent, error reports and web vitals were searched as they came, and what was found then
 * is told as it stands in the log group: Umami's own tables hold values that nobody asked for here,
 * and the others hold none any more. Nothing in the file changes. */
#include "config.h"

#include "cli/check/check_pii_search.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/recording.h"
#include "store/store_umami.h"

#define SESSIONS   100
#define GROUPS     50
#define PART_BYTES ((size_t)4 << 20)

/* --- recordings ------------------------------------------------------------------------------- */

static enum status
search_session(struct pii_search *s, struct store_reader *reader, uint64_t session, struct err *err)
{
    char name[24], subject[64];
    uint64_t from = 0;
    enum status st;

    snprintf(name, sizeof name, "%" PRIu64, session);
    pii_search_begin_session(s, name);
    do {
        struct arena *arena = arena_new();
        struct recording_part *parts;
        size_t count = 0;

        st = store_read_recording(reader, arena, session, from, PART_BYTES, &parts, &count, &from,
                                  err);
        for (size_t i = 0; st == OK && i < count; i++) {
            snprintf(subject, sizeof subject, "session %s, body %" PRIu64, name, parts[i].number);
            pii_search_body(s, subject, parts[i].body.bytes, parts[i].body.length, false);
        }
        arena_free(arena);
    } while (st == OK && from != 0);
    pii_search_end_session(s);
    return st;
}

static enum status
search_recordings(struct pii_search *s, struct store_reader *reader, struct err *err)
{
    uint64_t after = 0;
    enum status st;
    size_t count;

    do {
        struct arena *arena = arena_new();
        struct recording *list;

        count = 0;
        st = store_list_recordings(reader, arena, after, SESSIONS, &list, &count, err);
        for (size_t i = 0; st == OK && i < count; i++) {
            after = list[i].start.session;
            st = search_session(s, reader, after, err);
        }
        arena_free(arena);
    } while (st == OK && count == SESSIONS);
    return st;
}

/* --- logs ------------------------------------------------------------------------------------- */

struct reading {
    struct pii_search *search;
    const char *group;
    uint64_t unjudged;
};

static bool
on_line(void *arg, const struct log_visit *line)
{
    struct reading *r = arg;
    const struct pii_origin origin = { .source = "log",
                                       .time_ms = line->time_ms,
                                       .message = r->group };

    r->unjudged += !pii_search_line(r->search, &origin, line->message, line->message_len);
    return true;
}

/* What was found as it came in; recordings are searched anew. */
static bool
on_told(void *arg, const struct log_visit *line)
{
    struct reading *r = arg;
    struct arena *arena = arena_new();
    struct pii_finding f;

    if (!pii_finding_read(&f, arena, line->message, line->message_len))
        r->unjudged++;
    else if (strcmp(f.source, "openreplay") != 0 && strcmp(f.source, "log") != 0)
        check_pii_put(r->search->found, &f, NULL, r->search->least, &r->search->below);
    arena_free(arena);
    return true;
}

static enum status
search_group(struct pii_search *s, struct store_reader *reader, const char *group, struct err *err)
{
    struct reading reading = { .search = s, .group = group };
    char at[32] = "", next[32] = "";
    struct log_scan scan = { .group = group,
                             .end_ms = INT64_MAX,
                             .visit = strcmp(group, PII_LOG_GROUP) == 0 ? on_told : on_line,
                             .arg = &reading };
    enum status st;

    do {
        st = store_scan_logs(reader, &scan, next, err);
        memcpy(at, next, sizeof at);
        scan.after = at;
    } while (st == OK && *next != '\0');
    if (reading.unjudged > 0)
        pii_search_unjudged(s, group,
                            scan.visit == on_told
                                ? "lines that are no findings: something was not searched"
                                : "texts that need more work than they are worth");
    return st;
}

static enum status
search_groups(struct pii_search *s, struct store_reader *reader, struct err *err)
{
    char after[1024] = "";
    enum status st;
    bool more;

    do {
        struct arena *arena = arena_new();
        struct log_group_page page = { .count = 0 };

        st = store_list_log_groups(reader, arena, NULL, NULL, *after == '\0' ? NULL : after, GROUPS,
                                   &page, err);
        for (size_t i = 0; st == OK && i < page.count; i++)
            st = search_group(s, reader, page.groups[i].name, err);
        more = st == OK && page.next != NULL;
        if (more)
            snprintf(after, sizeof after, "%s", page.next);
        arena_free(arena);
    } while (more);
    return st;
}

/* --- whether there is anything --------------------------------------------------------------- */

static void
on_website(void *arg, const char *id, bool is_deleted)
{
    (void)id;
    (void)is_deleted;
    *(bool *)arg = true;
}

/* Hits make the website they are of; they were searched when they came in. */
static enum status
expect_something(struct pii_search *s, struct store_reader *reader, const char *path,
                 struct err *err)
{
    bool has_hits = false;
    enum status st = store_visit_websites(reader, on_website, &has_hits, err);

    if (st == OK && s->bodies == 0 && s->lines == 0 && !has_hits)
        pii_search_unjudged(s, path, "there is no recording, no log and no hit");
    return st;
}

/* --- the whole -------------------------------------------------------------------------------- */

void
check_pii_store(struct pii_search *s, const char *path)
{
    struct clock *clock = clock_new_real();
    struct store_reader *reader = NULL;
    struct store *store = NULL;
    struct err err = { .code = OK };
    enum status st = store_open_to_read(&store, path, clock, &err);

    if (st == OK)
        st = store_reader_open(&reader, store, &err);
    if (st == OK)
        st = search_recordings(s, reader, &err);
    if (st == OK)
        st = search_groups(s, reader, &err);
    if (st == OK)
        st = expect_something(s, reader, path, &err);
    if (st == E_EXISTS)
        pii_search_unjudged(s, path, "an obsview has it open: ask that one with --endpoint-url");
    else if (st != OK)
        pii_search_unjudged(s, path, err.text);
    store_reader_close(reader);
    store_close(store);
    clock_free(clock);
}
