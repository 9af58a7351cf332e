/* digest_store.c - a digest of what a store holds.
 * SPDX-License-Identifier: MIT
 *
 * Web vitals, error reports and EMF documents are lines of log groups, whichever door they came by,
 * so one walk over all groups sees them all. What came as PutMetricData is in the list of series
 * alone; the lines about personal data are findings, and no log of the application's. */
#include "config.h"

#include "cli/diff/digest.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "domain/pii_finding.h"
#include "domain/route.h"
#include "store/store.h"
#include "store/store_umami.h"
#include "store/umami_read.h"
#include "store/umami_site.h"

#define PAGE      500
#define SITES_MAX 200
#define NAMES_MAX 5000 /* pages, or events, of a website */

/* --- logs ------------------------------------------------------------------------------------- */

struct reading {
    struct digest *digest;
    struct digest_log *log;
    uint64_t unjudged;
};

static bool
on_line(void *arg, const struct log_visit *line)
{
    struct reading *r = arg;

    digest_take_line(r->digest, r->log, line->ingested_ms, line->message, line->message_len);
    return true;
}

static bool
on_finding(void *arg, const struct log_visit *line)
{
    struct reading *r = arg;
    struct arena *arena = arena_new();
    struct pii_finding f;

    if (!pii_finding_read(&f, arena, line->message, line->message_len) ||
        strcmp(f.kind, PII_UNJUDGED) == 0)
        r->unjudged++;
    else
        digest_add_finding(r->digest,
                           &(struct digest_finding){
                               .kind = f.kind,
                               .place = arena_printf(arena, "%s: %s, %s%s%s", f.source, f.message,
                                                     f.field, f.element == NULL ? "" : " of ",
                                                     f.element == NULL ? "" : f.element),
                               .severity = f.severity,
                               .count = f.count > 0 ? f.count : 1 });
    arena_free(arena);
    return true;
}

static enum status
read_group(struct digest *d, struct store_reader *reader, const char *group, struct err *err)
{
    bool is_ours = strcmp(group, PII_LOG_GROUP) == 0;
    struct reading reading = { .digest = d, .log = is_ours ? NULL : digest_add_log(d, group) };
    char at[32] = "", next[32] = "";
    struct log_scan scan = { .group = group,
                             .end_ms = INT64_MAX,
                             .visit = is_ours ? on_finding : on_line,
                             .arg = &reading };
    enum status st = OK;

    if (!is_ours && reading.log == NULL)
        return OK;
    do {
        st = store_scan_logs(reader, &scan, next, err);
        memcpy(at, next, sizeof at);
        scan.after = at;
    } while (st == OK && *next != '\0');
    if (reading.unjudged > 0)
        digest_add_gap(d, "%llu text%s %s not searched for personal data",
                       (unsigned long long)reading.unjudged, text_s(reading.unjudged),
                       reading.unjudged == 1 ? "was" : "were");
    return st;
}

static enum status
read_groups(struct digest *d, struct store_reader *reader, struct err *err)
{
    struct arena *arena = arena_new();
    struct log_group_page page = { .next = NULL };
    enum status st;

    do {
        st = store_list_log_groups(reader, arena, NULL, NULL, page.next, PAGE, &page, err);
        for (size_t i = 0; st == OK && i < page.count; i++)
            st = read_group(d, reader, page.groups[i].name, err);
    } while (st == OK && page.next != NULL);
    arena_free(arena);
    return st;
}

static enum status
read_filters(struct digest *d, struct store_reader *reader, struct err *err)
{
    struct arena *arena = arena_new();
    struct log_extra_list list = { .count = 0 };
    enum status st =
        store_list_log_extras(reader, arena, NULL, LOG_EXTRA_METRIC_FILTER, &list, err);

    for (size_t i = 0; st == OK && i < list.count; i++)
        digest_add_filter(d, list.extras[i].group, list.extras[i].name, list.extras[i].value);
    arena_free(arena);
    return st;
}

/* --- series and alarms ------------------------------------------------------------------------ */

static enum status
read_series(struct digest *d, struct store_reader *reader, struct err *err)
{
    const struct series_filter all = { .namespace_name = NULL };
    struct series_page page = { .next = NULL };
    char *after = NULL;
    enum status st;

    do {
        struct arena *arena = arena_new();

        st = store_list_series(reader, arena, &all, after, PAGE, &page, err);
        for (size_t i = 0; st == OK && i < page.count; i++) {
            check_series_take(&d->series, &(struct check_item){ .kind = CHECK_SERIES,
                                                                .where = "",
                                                                .series = &page.series[i].key });
        }
        free(after);
        after = st == OK && page.next != NULL ? xstrdup(page.next) : NULL;
        arena_free(arena);
    } while (after != NULL);
    return st;
}

static enum status
read_alarms(struct digest *d, struct store_reader *reader, struct err *err)
{
    struct arena *arena = arena_new();
    struct alarm_page page = { .next = NULL };
    enum status st;

    do {
        st = store_list_alarms(reader, arena, NULL, page.next, PAGE, &page, err);
        for (size_t i = 0; st == OK && i < page.count; i++)
            digest_add_alarm(d, page.alarms[i].name, page.alarms[i].definition);
    } while (st == OK && page.next != NULL);
    arena_free(arena);
    return st;
}

/* --- visitors --------------------------------------------------------------------------------- */

struct sites {
    uint8_t ids[SITES_MAX][16];
    size_t count, dropped;
};

static void
on_website(void *arg, const char *id, bool is_deleted)
{
    struct sites *sites = arg;

    if (is_deleted)
        return;
    if (sites->count == SITES_MAX)
        sites->dropped++;
    else if (uuid_parse(sites->ids[sites->count], id))
        sites->count++;
}

static enum status
read_names(struct digest *d, struct store_reader *reader, struct arena *arena, const char *site,
           struct umami_scope *scope, bool is_event, struct err *err)
{
    const struct umami_metric_query query = { .kind = UMAMI_METRIC_COLUMN,
                                              .column = is_event ? UMAMI_BY_EVENT : UMAMI_BY_PATH,
                                              .limit = NAMES_MAX,
                                              .by_rows = true,
                                              .only_visitors = true };
    struct umami_metric_list list = { .count = 0 };
    enum status st;

    scope->types = UMAMI_BIT(is_event ? UMAMI_ROW_EVENT : UMAMI_ROW_VIEW);
    st = store_umami_metric(reader, arena, scope, &query, &list, err);
    for (size_t i = 0; st == OK && i < list.count; i++) {
        const char *name = list.rows[i].name == NULL ? "" : list.rows[i].name;
        char route[ROUTE_TEXT];

        route_fold(route, name);
        digest_add_hit(d, &(struct digest_hit){ .site = site,
                                                .kind = is_event ? "event" : "page",
                                                .name = is_event ? name : route,
                                                .count = (uint64_t)list.rows[i].totals.rows });
    }
    if (list.count == NAMES_MAX)
        digest_add_gap(d, "%.100s has more than %d %s", site, NAMES_MAX,
                       is_event ? "events" : "pages");
    return st;
}

static enum status
read_site(struct digest *d, struct store_reader *reader, struct arena *arena, const uint8_t id[16],
          struct err *err)
{
    struct umami_scope scope = { .end_ms = INT64_MAX / 2, .types = UMAMI_ALL_TYPES };
    struct umami_totals totals = { 0 }, views = { 0 };
    struct umami_span span = { 0 };
    struct umami_site site;
    char text[UUID_TEXT];
    enum status st = store_umami_website(reader, arena, id, &site, err);

    if (st != OK)
        return st == E_NOTFOUND ? OK : st;
    memcpy(scope.website, id, 16);
    uuid_format(id, text);
    if (site.domain == NULL || *site.domain == '\0')
        site.domain = *site.name == '\0' ? text : site.name;
    st = store_umami_totals(reader, arena, &scope, &totals, err);
    scope.types = UMAMI_BIT(UMAMI_ROW_VIEW);
    if (st == OK)
        st = store_umami_totals(reader, arena, &scope, &views, err);
    if (st == OK)
        st = store_umami_span(reader, id, &span, err);
    for (int is_event = 0; st == OK && is_event < 2; is_event++)
        st = read_names(d, reader, arena, site.domain, &scope, is_event == 1, err);
    d->views += views.rows;
    d->visits += totals.visits;
    d->visitors += totals.visitors;
    digest_saw(d, span.first_ms);
    digest_saw(d, span.last_ms);
    return st;
}

static enum status
read_sites(struct digest *d, struct store_reader *reader, struct err *err)
{
    struct sites sites = { .count = 0 };
    enum status st = store_visit_websites(reader, on_website, &sites, err);

    for (size_t i = 0; st == OK && i < sites.count; i++) {
        struct arena *arena = arena_new();

        st = read_site(d, reader, arena, sites.ids[i], err);
        arena_free(arena);
    }
    if (sites.dropped > 0)
        digest_add_gap(d, "there are more than %d websites", SITES_MAX);
    return st;
}

enum status
digest_read_store(struct digest *d, struct store_reader *reader, struct err *err)
{
    enum status st = read_groups(d, reader, err);

    if (st == OK)
        st = read_filters(d, reader, err);
    if (st == OK)
        st = read_series(d, reader, err);
    if (st == OK)
        st = read_alarms(d, reader, err);
    if (st == OK)
        st = read_sites(d, reader, err);
    return st;
}
