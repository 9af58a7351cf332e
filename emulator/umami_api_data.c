/* umami_api_data.c - properties of events and of sessions.
 * SPDX-License-Identifier: MIT
 *
 * The store shows property after property; what is asked is mostly how often each came, so a table
 * counts by a key that is made of what the answer's rows have. */
#include "config.h"

#include "emulator/umami_api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/iso8601.h"
#include "base/table.h"
#include "emulator/umami_print.h"

#define FIELDS_MAX  100
#define MEMBERS_MAX 500    /* of one event */
#define KEYS_MAX    500    /* rows of a list of properties */
#define ROWS_MAX    100000 /* different rows of one answer; further ones are not counted apart */
#define HOUR_MS     INT64_C(3600000)

/* --- counting --------------------------------------------------------------------------------- */

struct row {
    const char *event, *key, *value;
    enum umami_data_type type;
    int64_t total;
};

struct counting {
    struct umami_call *c;
    bool by_event, by_type, by_value;
    bool trim;         /* ".0000" behind whole numbers goes */
    bool cut_dates;    /* dates are counted by hour */
    struct table rows; /* struct row by its parts */
    struct row **list;
    size_t count, room;
    struct buf name;
};

/* "3.0000" is "3" where Umami says so. */
static const char *
trim_zeros(struct arena *arena, const char *text)
{
    size_t len = strlen(text);

    if (len > 5 && strcmp(text + len - 5, ".0000") == 0)
        return arena_strndup(arena, text, len - 5);
    return text;
}

static const char *
hour_text(struct umami_call *c, int64_t ms)
{
    int64_t wall = ms + zone_offset_ms(c->zone, ms, NULL, NULL);
    char *text = arena_alloc(c->arena, ISO8601_TEXT);

    iso8601_format_s(wall - (wall % HOUR_MS + HOUR_MS) % HOUR_MS, text);
    if (c->has_zone) {
        text[10] = ' ';
        text[19] = '\0';
    }
    return text;
}

static const char *
value_text(struct counting *n, const struct umami_property *p)
{
    if (n->cut_dates && p->type == UMAMI_DATA_DATE)
        return hour_text(n->c, p->date_ms);
    if (p->string == NULL)
        return "";
    return n->trim && p->type == UMAMI_DATA_NUMBER ? trim_zeros(n->c->arena, p->string) : p->string;
}

static struct row *
new_row(struct counting *n, const struct umami_property *p, const char *value)
{
    struct row *row = table_add(&n->rows, n->name.data, n->name.len);

    if (n->count == n->room) {
        n->room = n->room == 0 ? 64 : n->room * 2;
        n->list = xreallocarray(n->list, n->room, sizeof(struct row *));
    }
    n->list[n->count++] = row;
    if (n->by_event && p->event != NULL)
        row->event = arena_strdup(n->c->arena, p->event);
    row->key = arena_strdup(n->c->arena, p->key);
    row->type = p->type;
    if (n->by_value)
        row->value = arena_strdup(n->c->arena, value);
    return row;
}

static void
name_part(struct counting *n, const char *text)
{
    if (text != NULL)
        buf_adds(&n->name, text);
    buf_addc(&n->name, '\0');
}

static bool
count_property(void *arg, const struct umami_property *p)
{
    struct counting *n = arg;
    const char *value = n->by_value ? value_text(n, p) : "";
    struct row *row;

    buf_clear(&n->name);
    name_part(n, n->by_event ? p->event : NULL);
    name_part(n, p->key);
    name_part(n, value);
    buf_addc(&n->name, (char)(n->by_type ? '0' + (int)p->type : ' '));
    row = table_find(&n->rows, n->name.data, n->name.len);
    if (row == NULL && n->count == ROWS_MAX)
        return true;
    if (row == NULL)
        row = new_row(n, p, value);
    row->total++;
    return true;
}

static void
counting_init(struct counting *n, struct umami_call *c)
{
    *n = (struct counting){ .c = c };
    table_init(&n->rows, sizeof(struct row));
    buf_init(&n->name, 8192);
}

static void
counting_fini(struct counting *n)
{
    table_fini(&n->rows);
    buf_fini(&n->name);
    free(n->list);
}

static int
compare_text(const char *a, const char *b)
{
    return strcmp(a == NULL ? "" : a, b == NULL ? "" : b);
}

static int
by_names(const void *a, const void *b)
{
    const struct row *x = *(struct row *const *)a, *y = *(struct row *const *)b;
    int order = compare_text(x->event, y->event);

    if (order == 0)
        order = compare_text(x->key, y->key);
    return order == 0 ? compare_text(x->value, y->value) : order;
}

static int
by_total(const void *a, const void *b)
{
    const struct row *x = *(struct row *const *)a, *y = *(struct row *const *)b;

    if (x->total != y->total)
        return x->total > y->total ? -1 : 1;
    return by_names(a, b);
}

static int
by_type(const void *a, const void *b)
{
    const struct row *x = *(struct row *const *)a, *y = *(struct row *const *)b;

    if (x->type != y->type)
        return x->type > y->type ? -1 : 1;
    return by_total(a, b);
}

/* By name, key and type; then the most frequent value. */
static int
by_type_up(const void *a, const void *b)
{
    const struct row *x = *(struct row *const *)a, *y = *(struct row *const *)b;
    int order = compare_text(x->event, y->event);

    if (order == 0)
        order = compare_text(x->key, y->key);
    if (order == 0)
        order = (x->type > y->type) - (x->type < y->type);
    return order == 0 ? by_total(a, b) : order;
}

/* v2 knows two names apart from filters, which it has none of here; in v3 the event is a filter. */
static struct umami_property_query
property_query(struct umami_call *c)
{
    struct umami_property_query q = { .start_ms = c->scope.start_ms,
                                      .end_ms = c->scope.end_ms,
                                      .key = c->property,
                                      .scope = &c->scope };

    c->scope.types = UMAMI_ALL_TYPES;
    c->scope.bounce_types = 0;
    memcpy(q.website, c->website, 16);
    return q;
}

/* Dates are cut in UTC, in the format that has no zone. */
static void
cut_dates(struct counting *n)
{
    n->c->has_zone = !n->c->is_v3;
    n->cut_dates = zone_find(&n->c->zone, n->c->arena, "utc", NULL) == OK;
}

/* What a row of an answer says, and in which order. */
struct shape {
    const char *event, *key, *type, *value; /* names of members; NULL: not there */
    int (*order)(const void *, const void *);
    size_t max;
};

static void
put_rows(struct counting *n, const struct shape *shape)
{
    struct buf *b = &n->c->out;

    if (n->count > 0)
        qsort(n->list, n->count, sizeof(struct row *), shape->order);
    buf_addc(b, '[');
    for (size_t i = 0; i < n->count && i < shape->max; i++) {
        const struct row *row = n->list[i];

        put_item(b);
        buf_addc(b, '{');
        if (shape->event != NULL)
            put_text(b, shape->event, row->event);
        if (shape->key != NULL)
            put_text(b, shape->key, row->key);
        if (shape->type != NULL)
            put_int(b, shape->type, row->type);
        if (shape->value != NULL)
            put_text(b, shape->value, row->value);
        put_int(b, "total", row->total);
        buf_addc(b, '}');
    }
    buf_addc(b, ']');
}

/* Counts, prints and answers. */
static void
answer_counts(struct counting *n, const struct umami_property_query *q, bool of_sessions,
              const struct shape *shape)
{
    struct umami_call *c = n->c;
    struct err err = { 0 };
    enum status st;

    if (of_sessions)
        st = store_umami_session_data(c->reader, q, count_property, n, &err);
    else
        st = store_umami_event_data(c->reader, q, count_property, n, &err);
    if (st == OK)
        put_rows(n, shape);
    counting_fini(n);
    if (st == OK)
        umami_answer(c);
    else
        umami_fail(c, st, &err);
}

/* --- events ----------------------------------------------------------------------------------- */

void
umami_data_events(struct umami_call *c)
{
    struct umami_property_query q = property_query(c);
    struct shape shape = { "eventName", "propertyName", "dataType", NULL, by_names, KEYS_MAX };
    const char *event = exchange_query(c->x, "event");
    struct counting n;

    counting_init(&n, c);
    n.by_event = n.by_type = true;
    if (event != NULL) {
        shape = (struct shape){ "eventName",     "propertyName", "dataType",
                                "propertyValue", by_type_up,     SIZE_MAX };
        q.event = c->is_v3 ? NULL : event;
        n.by_value = true;
    }
    answer_counts(&n, &q, false, &shape);
}

void
umami_data_properties(struct umami_call *c)
{
    struct umami_property_query q = property_query(c);
    const struct shape shape = { "eventName", "propertyName", NULL, NULL, by_total, KEYS_MAX };
    struct counting n;

    counting_init(&n, c);
    n.by_event = true;
    q.key = c->is_v3 ? NULL : exchange_query(c->x, "propertyName");
    answer_counts(&n, &q, false, &shape);
}

void
umami_data_fields(struct umami_call *c)
{
    const struct umami_property_query q = property_query(c);
    const struct shape shape = { NULL, "propertyName", "dataType", "value", by_type, FIELDS_MAX };
    struct counting n;

    counting_init(&n, c);
    n.by_type = n.by_value = n.trim = true;
    cut_dates(&n);
    answer_counts(&n, &q, false, &shape);
}

void
umami_data_values(struct umami_call *c)
{
    struct umami_property_query q = property_query(c);
    const struct shape shape = { NULL, NULL, NULL, "value", by_total, FIELDS_MAX };
    struct counting n;

    counting_init(&n, c);
    q.event = c->is_v3 ? NULL : exchange_query(c->x, "eventName");
    n.by_value = n.trim = true;
    cut_dates(&n);
    answer_counts(&n, &q, false, &shape);
}

struct stats {
    struct table events, keys;
    int64_t records;
};

static void
note(struct table *t, const void *key, size_t len)
{
    if (table_find(t, key, len) == NULL)
        (void)table_add(t, key, len);
}

static bool
count_stats(void *arg, const struct umami_property *p)
{
    struct stats *s = arg;

    note(&s->events, p->owner, 16);
    note(&s->keys, p->key, strlen(p->key));
    s->records++;
    return true;
}

void
umami_data_stats(struct umami_call *c)
{
    const struct umami_property_query q = property_query(c);
    struct stats s = { 0 };
    struct err err = { 0 };
    enum status st;

    table_init(&s.events, 1);
    table_init(&s.keys, 1);
    st = store_umami_event_data(c->reader, &q, count_stats, &s, &err);
    buf_addc(&c->out, '{');
    put_int(&c->out, "events", (int64_t)s.events.count);
    put_int(&c->out, "properties", (int64_t)s.keys.count);
    if (s.records > 0)
        put_digits(&c->out, "records", s.records);
    else
        put_null(&c->out, "records");
    buf_addc(&c->out, '}');
    table_fini(&s.events);
    table_fini(&s.keys);
    if (st == OK)
        umami_answer(c);
    else
        umami_fail(c, st, &err);
}

/* --- one by one ------------------------------------------------------------------------------- */

/* The number without needless zeros, as PostgreSQL's numeric(19,4) is read by the original. */
static void
put_property_number(struct buf *b, const struct umami_property *p)
{
    char text[64];
    size_t len;

    if (!p->has_number) {
        put_null(b, "numberValue");
        return;
    }
    snprintf(text, sizeof text, "%.4f", p->number);
    for (len = strlen(text); len > 1 && text[len - 1] == '0'; len--)
        ;
    text[text[len - 1] == '.' ? len - 1 : len] = '\0';
    put_text(b, "numberValue", text);
}

static void
put_property(struct buf *b, const struct umami_property *p, const char *string)
{
    put_text(b, "dataKey", p->key);
    put_text(b, "stringValue", string);
    put_property_number(b, p);
    if (p->type == UMAMI_DATA_DATE)
        put_time(b, "dateValue", p->date_ms);
    else
        put_null(b, "dateValue");
    put_int(b, "dataType", p->type);
    put_time(b, "createdAt", p->time_ms);
}

static bool
print_of_event(void *arg, const struct umami_property *p)
{
    struct umami_call *c = arg;

    put_item(&c->out);
    buf_addc(&c->out, '{');
    put_id(&c->out, "websiteId", c->website);
    put_id(&c->out, "eventId", p->owner);
    put_text(&c->out, "eventName", p->event);
    put_property(&c->out, p, p->string);
    buf_addc(&c->out, '}');
    return true;
}

static bool
print_of_session(void *arg, const struct umami_property *p)
{
    struct umami_call *c = arg;

    put_item(&c->out);
    buf_addc(&c->out, '{');
    put_id(&c->out, "websiteId", c->website);
    put_id(&c->out, "sessionId", p->owner);
    put_property(&c->out, p, p->string == NULL ? NULL : trim_zeros(c->arena, p->string));
    buf_addc(&c->out, '}');
    return true;
}

static void
answer_properties(struct umami_call *c, bool of_session, umami_property_visitor *print)
{
    uint8_t owner[16];
    struct err err = { 0 };
    enum status st;

    if (!uuid_parse(owner, c->args[1])) {
        umami_refuse_with(c, 400, NULL, arena_printf(c->arena, "%.64s is not an id", c->args[1]));
        return;
    }
    buf_addc(&c->out, '[');
    st = store_umami_properties(c->reader, of_session, c->website, owner, print, c, &err);
    buf_addc(&c->out, ']');
    if (st == OK)
        umami_answer(c);
    else
        umami_fail(c, st, &err);
}

void
umami_data_one(struct umami_call *c)
{
    answer_properties(c, false, print_of_event);
}

void
umami_session_properties(struct umami_call *c)
{
    answer_properties(c, true, print_of_session);
}

/* --- a page of events with their properties --------------------------------------------------- */

struct owner {
    uint8_t id[16];
    const char *event;
    int64_t time_ms;
};

struct owners {
    struct umami_call *c;
    struct table seen;
    struct owner *list;
    size_t count, room;
};

static bool
note_owner(void *arg, const struct umami_property *p)
{
    struct owners *o = arg;

    if (table_find(&o->seen, p->owner, 16) != NULL)
        return true;
    (void)table_add(&o->seen, p->owner, 16);
    if (o->count == o->room) {
        o->room = o->room == 0 ? 64 : o->room * 2;
        o->list = xreallocarray(o->list, o->room, sizeof *o->list);
    }
    o->list[o->count] = (struct owner){
        .event = p->event == NULL ? NULL : arena_strdup(o->c->arena, p->event),
        .time_ms = p->time_ms,
    };
    memcpy(o->list[o->count++].id, p->owner, 16);
    return true;
}

/* The members of one event, each printed; they come by key and go the other way round. */
struct members {
    struct umami_call *c;
    const char *list[MEMBERS_MAX];
    size_t count;
};

static bool
print_member(void *arg, const struct umami_property *p)
{
    struct members *m = arg;
    struct buf b;

    buf_init(&b, 16384);
    buf_addc(&b, '{');
    put_property(&b, p, p->string);
    buf_addc(&b, '}');
    if (!buf_failed(&b))
        m->list[m->count++] = arena_strdup(m->c->arena, b.data);
    buf_fini(&b);
    return m->count < MEMBERS_MAX;
}

static enum status
put_owner(struct umami_call *c, const struct owner *o, struct err *err)
{
    struct members m = { .c = c };
    enum status st;

    put_item(&c->out);
    buf_addc(&c->out, '{');
    put_id(&c->out, "websiteId", c->website);
    put_id(&c->out, "eventId", o->id);
    put_text(&c->out, "eventName", o->event);
    put_key(&c->out, "eventProperties");
    buf_addc(&c->out, '[');
    st = store_umami_properties(c->reader, false, c->website, o->id, print_member, &m, err);
    while (m.count > 0) {
        put_item(&c->out);
        buf_adds(&c->out, m.list[--m.count]);
    }
    buf_adds(&c->out, "]}");
    return st;
}

/* Newest first: the store shows them oldest first. */
void
umami_data_list(struct umami_call *c)
{
    const struct umami_property_query q = property_query(c);
    const size_t offset = umami_page_offset(c);
    struct owners o = { .c = c };
    struct err err = { 0 };
    enum status st;

    table_init(&o.seen, 1);
    st = store_umami_event_data(c->reader, &q, note_owner, &o, &err);
    umami_open_page(c);
    for (size_t i = offset; st == OK && i < o.count && i < offset + (size_t)c->page_size; i++)
        st = put_owner(c, &o.list[o.count - 1 - i], &err);
    umami_close_page(c, (int64_t)o.count);
    buf_addc(&c->out, '}');
    table_fini(&o.seen);
    free(o.list);
    if (st == OK)
        umami_answer(c);
    else
        umami_fail(c, st, &err);
}

/* --- sessions --------------------------------------------------------------------------------- */

void
umami_session_data_properties(struct umami_call *c)
{
    struct umami_property_query q = property_query(c);
    const struct shape shape = { NULL, "propertyName", NULL, NULL, by_total, KEYS_MAX };
    struct counting n;

    q.key = c->is_v3 ? NULL : exchange_query(c->x, "propertyName");
    counting_init(&n, c);
    answer_counts(&n, &q, true, &shape);
}

/* v2 always fails here; this is what v3 answers. */
void
umami_session_data_values(struct umami_call *c)
{
    const struct umami_property_query q = property_query(c);
    const struct shape shape = { NULL, NULL, NULL, "value", by_total, FIELDS_MAX };
    struct counting n;

    counting_init(&n, c);
    n.by_value = n.trim = true;
    cut_dates(&n);
    answer_counts(&n, &q, true, &shape);
}
