/* umami_api_revenue.c - what was paid: by event and time, by place, by way of arrival.
 * SPDX-License-Identifier: MIT
 *
 * Amounts are whole ten-thousandths, so that sums are exact; like Umami's they are printed as
 * decimal strings. Version 2 matches the currency like LIKE and filters nothing; version 3 expects
 * it in capitals, filters by the paying event, and looks at the first row in range of each session
 * that paid (all of them that came at the same moment) for referrer and channel. */
#include "config.h"

#include "emulator/umami_api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/table.h"
#include "domain/umami_channel.h"
#include "emulator/umami_print.h"
#include "store/umami_sales.h"

#define PLACES 10000

/* --- sums by name ----------------------------------------------------------------------------- */

struct sum {
    const char *name, *country; /* NULL */
    int64_t wall_ms;            /* of a bucket */
    int64_t amount, count;
    struct numbers sessions;
};

struct sums {
    struct table by_key;
    struct sum **list;
    size_t count, room;
};

static void
sums_init(struct sums *s)
{
    *s = (struct sums){ 0 };
    table_init(&s->by_key, sizeof(struct sum));
}

static void
sums_fini(struct sums *s)
{
    for (size_t i = 0; i < s->count; i++)
        numbers_fini(&s->list[i]->sessions);
    free(s->list);
    table_fini(&s->by_key);
}

static const char *
keep(struct sums *s, const char *text)
{
    return text == NULL ? NULL : arena_strdup(s->by_key.arena, text);
}

/* No name and an empty one are two. */
static struct sum *
sums_find(struct sums *s, const char *name, const char *country, int64_t wall_ms)
{
    struct arena *arena = arena_new();
    const char *key = arena_printf(arena, "%lld %c%s\n%c%s", (long long)wall_ms,
                                   name == NULL ? '0' : '1', name == NULL ? "" : name,
                                   country == NULL ? '0' : '1', country == NULL ? "" : country);
    struct sum *sum = table_find(&s->by_key, key, strlen(key));

    if (sum == NULL) {
        sum = table_add(&s->by_key, key, strlen(key));
        *sum = (struct sum){ .name = keep(s, name),
                             .country = keep(s, country),
                             .wall_ms = wall_ms,
                             .sessions = { .width = 16 } };
        if (s->count == s->room) {
            s->room = s->room == 0 ? 16 : s->room * 2;
            s->list = xreallocarray(s->list, s->room, sizeof(struct sum *));
        }
        s->list[s->count++] = sum;
    }
    arena_free(arena);
    return sum;
}

static void
sum_add(struct sum *sum, int64_t amount)
{
    if (__builtin_add_overflow(sum->amount, amount, &sum->amount))
        sum->amount = INT64_MAX; /* a thousand billions */
    sum->count++;
}

static int
compare_names(const struct sum *a, const struct sum *b)
{
    int by = strcmp(a->name == NULL ? "" : a->name, b->name == NULL ? "" : b->name);

    return by != 0
               ? by
               : strcmp(a->country == NULL ? "" : a->country, b->country == NULL ? "" : b->country);
}

static int
largest_first(const void *a, const void *b)
{
    const struct sum *x = *(struct sum *const *)a, *y = *(struct sum *const *)b;

    if (x->amount != y->amount)
        return x->amount > y->amount ? -1 : 1;
    return compare_names(x, y);
}

static int
by_time(const void *a, const void *b)
{
    const struct sum *x = *(struct sum *const *)a, *y = *(struct sum *const *)b;

    if (x->wall_ms != y->wall_ms)
        return x->wall_ms < y->wall_ms ? -1 : 1;
    return compare_names(x, y);
}

static void
sums_sort(struct sums *s, int (*compare)(const void *, const void *))
{
    if (s->count > 0)
        qsort(s->list, s->count, sizeof(struct sum *), compare);
}

/* --- printing --------------------------------------------------------------------------------- */

/* "49.9", "12", "0.0001" */
static void
put_amount(struct buf *b, const char *key, int64_t amount)
{
    char text[32];
    size_t len = (size_t)snprintf(text, sizeof text, "%lld.%04lld", (long long)(amount / PLACES),
                                  (long long)(amount % PLACES));

    while (text[len - 1] == '0')
        text[--len] = '\0';
    if (text[len - 1] == '.')
        text[--len] = '\0';
    put_text(b, key, text);
}

/* [{"name":…,"value":"…"}], of regions with their country */
static void
put_sums(struct buf *b, const char *key, struct sums *s, bool with_country)
{
    sums_sort(s, largest_first);
    put_key(b, key);
    buf_addc(b, '[');
    for (size_t i = 0; i < s->count; i++) {
        put_item(b);
        buf_addc(b, '{');
        if (with_country)
            put_text(b, "country", s->list[i]->country);
        put_text(b, "name", s->list[i]->name);
        put_amount(b, "value", s->list[i]->amount);
        buf_addc(b, '}');
    }
    buf_addc(b, ']');
}

static void
put_chart(struct umami_call *c, struct sums *chart)
{
    struct buf *b = &c->out;

    sums_sort(chart, by_time);
    put_key(b, "chart");
    buf_addc(b, '[');
    for (size_t i = 0; i < chart->count; i++) {
        put_item(b);
        buf_addc(b, '{');
        put_text(b, "x", chart->list[i]->name);
        umami_put_wall(c, "t", chart->list[i]->wall_ms);
        put_amount(b, "y", chart->list[i]->amount);
        if (c->is_v3)
            put_int(b, "count", chart->list[i]->count);
        buf_addc(b, '}');
    }
    buf_addc(b, ']');
}

/* Members of an object that is open. */
static void
put_total(struct buf *b, const struct sum *sum)
{
    if (sum->count == 0)
        put_null(b, "sum");
    else
        put_amount(b, "sum", sum->amount);
    put_int(b, "count", sum->count);
    put_int(b, "unique_count", sum->sessions.count);
}

/* --- the report ------------------------------------------------------------------------------- */

struct report {
    struct umami_call *c;
    const char *currency;
    struct sum total;
    struct sums chart, countries, regions, currencies, referrers, channels;
    struct sums *all[6];
    struct numbers payers; /* sessions, with their sums by number */
    int64_t *paid;
    size_t paid_room;
};

static void
report_init(struct report *r, struct umami_call *c, const char *currency)
{
    *r = (struct report){ .c = c,
                          .currency = currency,
                          .total = { .sessions = { .width = 16 } },
                          .payers = { .width = 16 },
                          .all = { &r->chart, &r->countries, &r->regions, &r->currencies,
                                   &r->referrers, &r->channels } };
    for (size_t i = 0; i < sizeof r->all / sizeof r->all[0]; i++)
        sums_init(r->all[i]);
}

static void
report_fini(struct report *r)
{
    for (size_t i = 0; i < sizeof r->all / sizeof r->all[0]; i++)
        sums_fini(r->all[i]);
    numbers_fini(&r->total.sessions);
    numbers_fini(&r->payers);
    free(r->paid);
}

static void
add_payment(struct report *r, const struct umami_sale *sale)
{
    const uint32_t known = r->payers.count, payer = numbers_take(&r->payers, sale->session);

    if (payer == known) {
        if (r->paid_room == payer) {
            r->paid_room = r->paid_room == 0 ? 64 : r->paid_room * 2;
            r->paid = xreallocarray(r->paid, r->paid_room, sizeof *r->paid);
        }
        r->paid[payer] = 0;
    }
    if (__builtin_add_overflow(r->paid[payer], sale->amount, &r->paid[payer]))
        r->paid[payer] = INT64_MAX;
}

static bool
take_sale(void *arg, const struct umami_sale *sale)
{
    struct report *r = arg;
    struct umami_call *c = r->c;
    struct sum *currency = sums_find(&r->currencies, sale->currency, NULL, 0);

    sum_add(currency, sale->amount);
    (void)numbers_take(&currency->sessions, sale->session);
    if (!sale->is_asked_for)
        return true;
    sum_add(&r->total, sale->amount);
    (void)numbers_take(&r->total.sessions, sale->session);
    sum_add(sums_find(&r->chart, sale->event, NULL,
                      umami_bucket_start(c->zone, c->unit, sale->time_ms)),
            sale->amount);
    if (sale->has_session) {
        sum_add(sums_find(&r->countries, sale->country, NULL, 0), sale->amount);
        sum_add(sums_find(&r->regions, sale->region, sale->country, 0), sale->amount);
    }
    add_payment(r, sale);
    return true;
}

static void
take_entry(void *arg, const struct umami_entry *entry)
{
    struct report *r = arg;
    const uint32_t payer = numbers_find(&r->payers, entry->session);
    const struct umami_arrival arrival = { .domain = entry->referrer,
                                           .query = entry->query,
                                           .medium = entry->medium,
                                           .source = entry->source,
                                           .is_foreign = entry->is_foreign,
                                           .is_v3 = true };
    enum umami_channel channel;

    if (payer == NUMBERS_NONE)
        return;
    channel = umami_channel_of_payer(&arrival);
    sum_add(sums_find(&r->referrers, entry->referrer, NULL, 0), r->paid[payer]);
    sum_add(sums_find(&r->channels,
                      channel == UMAMI_CHANNEL_NONE ? "Unknown" : umami_channel_name(channel), NULL,
                      0),
            r->paid[payer]);
}

static enum status
read_sales(struct report *r, const struct umami_scope *scope, umami_sale_visitor *visit,
           struct err *err)
{
    struct umami_scope events = *scope;
    const struct umami_sales_query query = { &events, r->currency, !r->c->is_v3 };

    events.types = UMAMI_BIT(UMAMI_ROW_EVENT);
    events.bounce_types = 0; /* no filter of a sale */
    return store_umami_sales(r->c->reader, &query, visit, r, err);
}

static struct umami_scope
scope_of_all(const struct umami_scope *scope)
{
    struct umami_scope all = *scope;

    all.types = UMAMI_ALL_TYPES;
    all.filters = NULL;
    all.filter_count = 0;
    all.only_types = all.bounce_types = 0;
    all.with_session = false;
    return all;
}

static bool
take_into_total(void *arg, const struct umami_sale *sale)
{
    struct report *r = arg;

    if (sale->is_asked_for) {
        sum_add(&r->total, sale->amount);
        (void)numbers_take(&r->total.sessions, sale->session);
    }
    return true;
}

/* The total of a range, beside all of its visitors. */
static enum status
put_total_v3(struct report *r, const struct umami_scope *scope, struct err *err)
{
    const struct umami_scope all = scope_of_all(scope);
    struct buf *b = &r->c->out;
    struct umami_totals visitors = { 0 };
    enum status st = store_umami_totals(r->c->reader, r->c->arena, &all, &visitors, err);
    const double sum = (double)r->total.amount / PLACES;

    put_total(b, &r->total);
    put_int(b, "total_sessions", visitors.visitors);
    put_number(b, "average", r->total.count > 0 ? sum / (double)r->total.count : 0);
    put_number(b, "arpu", visitors.visitors > 0 ? sum / (double)visitors.visitors : 0);
    return st;
}

static enum status
put_comparison(struct report *r, struct err *err)
{
    const struct umami_scope before = umami_scope_before(r->c);
    struct report earlier;
    enum status st;

    report_init(&earlier, r->c, r->currency);
    st = read_sales(&earlier, &before, take_into_total, err);
    put_key(&r->c->out, "comparison");
    buf_addc(&r->c->out, '{');
    if (st == OK)
        st = put_total_v3(&earlier, &before, err);
    buf_addc(&r->c->out, '}');
    report_fini(&earlier);
    return st;
}

static enum status
put_v3(struct report *r, struct err *err)
{
    const struct umami_scope all = scope_of_all(&r->c->scope);
    struct buf *b = &r->c->out;
    enum status st = OK;

    if (r->payers.count > 0)
        st = store_umami_entries(r->c->reader, &all, take_entry, r, err);
    buf_addc(b, '{');
    put_chart(r->c, &r->chart);
    put_key(b, "total");
    buf_addc(b, '{');
    if (st == OK)
        st = put_total_v3(r, &r->c->scope, err);
    if (st == OK)
        st = put_comparison(r, err);
    buf_addc(b, '}');
    put_sums(b, "country", &r->countries, false);
    put_sums(b, "region", &r->regions, true);
    put_sums(b, "referrer", &r->referrers, false);
    put_sums(b, "channel", &r->channels, false);
    buf_addc(b, '}');
    return st;
}

static void
put_v2(struct report *r)
{
    struct buf *b = &r->c->out;

    buf_addc(b, '{');
    put_chart(r->c, &r->chart);
    put_sums(b, "country", &r->countries, false);
    put_key(b, "total");
    buf_addc(b, '{');
    put_total(b, &r->total);
    buf_addc(b, '}');
    sums_sort(&r->currencies, largest_first);
    put_key(b, "table");
    buf_addc(b, '[');
    for (size_t i = 0; i < r->currencies.count; i++) {
        put_item(b);
        buf_addc(b, '{');
        put_text(b, "currency", r->currencies.list[i]->name);
        put_total(b, r->currencies.list[i]);
        buf_addc(b, '}');
    }
    buf_adds(b, "]}");
}

/* Version 3 has them in `parameters`, version 2 beside and in `dateRange`. NULL: answered. */
static const char *
read_parameters(struct umami_call *c, const cJSON *in)
{
    const cJSON *dates = c->is_v3 ? in : json_get(in, "dateRange");
    const char *currency = json_get_string(in, "currency", NULL);
    const char *zone = json_get_string(in, "timezone", c->is_v3 ? "utc" : NULL);
    const char *compare = json_get_string(in, "compare", "prev");

    if (currency == NULL)
        umami_is_wrong(c, c->is_v3 ? "parameters" : "currency", "Required",
                       "currency: Invalid input: expected string, received undefined");
    if (zone == NULL)
        umami_is_wrong(c, "timezone", "Required", NULL);
    c->by_year = c->is_v3 && strcmp(compare, "yoy") == 0;
    if (c->is_v3 && !c->by_year && strcmp(compare, "prev") != 0)
        umami_is_wrong(c, "parameters", NULL,
                       "compare: Invalid option: expected one of \"prev\"|\"yoy\"");
    if (umami_faulty(c) || !umami_set_unit(c, json_get_string(dates, "unit", NULL), zone))
        return NULL;
    return currency;
}

void
umami_report_revenue(struct umami_call *c)
{
    const cJSON *parameters;
    const char *currency;
    struct report r;
    struct err err = { 0 };
    enum status st;

    if (!umami_read_report(c, &parameters))
        return;
    currency = read_parameters(c, parameters);
    if (currency == NULL)
        return;
    report_init(&r, c, currency);
    st = read_sales(&r, &c->scope, take_sale, &err);
    if (st == OK && c->is_v3)
        st = put_v3(&r, &err);
    else if (st == OK)
        put_v2(&r);
    report_fini(&r);
    if (st == OK)
        umami_answer(c);
    else
        umami_fail(c, st, &err);
}

/* --- which currencies there are --------------------------------------------------------------- */

static bool
take_currency(void *arg, const struct umami_property *p)
{
    if (strcasestr(p->key, "currency") != NULL)
        (void)sums_find(arg, p->string, NULL, 0);
    return true;
}

static bool
read_query_date(struct umami_call *c, const char *name, int64_t *out)
{
    const char *text = exchange_query(c->x, name);
    const cJSON value = { .type = cJSON_String, .valuestring = (char *)(uintptr_t)text };

    if (text != NULL && umami_read_date(&value, out))
        return true;
    umami_is_wrong(c, name, "expected a date", NULL);
    return false;
}

/* Whatever an event said under a name that has "currency" in it. */
void
umami_currencies(struct umami_call *c)
{
    const char *website = exchange_query(c->x, "websiteId");
    struct umami_property_query query = { .event = NULL };
    struct sums found;
    struct err err = { 0 };
    enum status st;

    if (website == NULL || !uuid_parse(c->website, website))
        umami_is_wrong(c, "websiteId", "expected the id of a website", NULL);
    (void)read_query_date(c, "startDate", &query.start_ms);
    (void)read_query_date(c, "endDate", &query.end_ms);
    if (umami_faulty(c))
        return;
    if (!umami_may_see(c)) {
        umami_refuse(c, 401);
        return;
    }
    memcpy(query.website, c->website, 16);
    sums_init(&found);
    st = store_umami_event_data(c->reader, &query, take_currency, &found, &err);
    sums_sort(&found, by_time); /* all at the same: by name */
    buf_addc(&c->out, '[');
    for (size_t i = 0; i < found.count; i++) {
        put_item(&c->out);
        buf_addc(&c->out, '{');
        put_text(&c->out, "currency", found.list[i]->name);
        buf_addc(&c->out, '}');
    }
    buf_addc(&c->out, ']');
    sums_fini(&found);
    if (st == OK)
        umami_answer(c);
    else
        umami_fail(c, st, &err);
}
