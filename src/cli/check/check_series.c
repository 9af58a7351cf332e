/* check_series.c - each series once, whatever it was seen in.
 * SPDX-License-Identifier: MIT
 *
 * A document is a series for each of its metrics and dimension sets. A body of the vitals endpoint
 * is the documents that the function behind it writes. AWS's own metrics cost nothing and are named
 * by AWS. */
#include "config.h"

#include "cli/check/check_series.h"

#include "base/json.h"
#include "domain/emf.h"
#include "domain/web_vitals.h"

#include <string.h>

#define KEY_MAX     ((size_t)64 << 10)
#define PATH        "/metrics/web-vitals"
#define EMF_MOST    ((size_t)1 << 20)
#define ENVIRONMENT "dev" /* that the function would write: one value */

void
check_series_init(struct check_series *s)
{
    *s = (struct check_series){ .arena = arena_new(), .scratch = arena_new() };
    table_init(&s->index, 1);
}

void
check_series_fini(struct check_series *s)
{
    table_fini(&s->index);
    arena_free(s->scratch);
    arena_free(s->arena);
}

static void
print_key(struct buf *b, const struct series_key *key)
{
    buf_add(b, key->namespace_name, strlen(key->namespace_name) + 1);
    buf_add(b, key->metric, strlen(key->metric) + 1);
    for (size_t i = 0; i < key->dims.count; i++) {
        buf_add(b, key->dims.dims[i].name, strlen(key->dims.dims[i].name) + 1);
        buf_add(b, key->dims.dims[i].value, strlen(key->dims.dims[i].value) + 1);
    }
}

static void
keep(struct check_series *s, const struct series_key *key, const char *where)
{
    struct dimension *dims = arena_alloc(s->arena, (key->dims.count + 1) * sizeof *dims);

    for (size_t i = 0; i < key->dims.count; i++)
        dims[i] = (struct dimension){ arena_strdup(s->arena, key->dims.dims[i].name),
                                      arena_strdup(s->arena, key->dims.dims[i].value) };
    s->list = arena_grow(s->arena, s->list, s->count, &s->room, 64, sizeof *s->list);
    s->where = arena_grow(s->arena, s->where, s->count, &s->where_room, 64, sizeof(const char *));
    s->where[s->count] = arena_strdup(s->arena, where);
    s->list[s->count++] =
        (struct series_key){ .namespace_name = arena_strdup(s->arena, key->namespace_name),
                             .metric = arena_strdup(s->arena, key->metric),
                             .dims = { dims, key->dims.count } };
}

static void
add(struct check_series *s, const struct series_key *key, const char *where)
{
    struct buf b;

    if (strncmp(key->namespace_name, "AWS/", 4) == 0)
        return;
    buf_init(&b, KEY_MAX);
    print_key(&b, key);
    if (table_find(&s->index, b.data, b.len) == NULL) {
        if (s->count == CHECK_SERIES_MAX || buf_failed(&b)) {
            s->dropped++;
        } else {
            (void)table_add(&s->index, b.data, b.len);
            keep(s, key, where);
        }
    }
    buf_fini(&b);
}

/* Its own time is right here: whether CloudWatch would take it is another check's affair. */
static void
add_document(struct check_series *s, const char *text, size_t length, const char *where)
{
    struct emf_result result;

    emf_read(&result, s->scratch, text, length, check_document_ms(text, length));
    for (size_t i = 0; i < result.datum_count; i++) {
        const struct metric_datum *d = &result.data[i];

        for (size_t k = 0; k < d->set_count; k++)
            add(s, &(struct series_key){ d->namespace_name, d->metric, d->sets[k] }, where);
    }
}

static void
add_vitals(struct check_series *s, const struct check_item *item)
{
    struct field_errors errors = { 0 };
    struct vitals_post post;
    const cJSON *body;
    struct buf b;

    if (!check_is_post(item, PATH) || check_was_refused(item) ||
        json_parse_in(&body, s->scratch, item->text, item->length, NULL) != OK ||
        !web_vitals_read(&post, s->scratch, body, &errors))
        return;
    post.environment = ENVIRONMENT;
    post.received_ms = item->time_ms;
    memset(post.request_id, 0, sizeof post.request_id);
    buf_init(&b, EMF_MOST);
    for (size_t i = 0; i < post.sample_count; i++) {
        buf_clear(&b);
        web_vitals_print_emf(&b, &post, i);
        add_document(s, b.data, b.len, item->where);
    }
    buf_fini(&b);
}

void
check_series_take(struct check_series *s, const struct check_item *item)
{
    arena_clear(s->scratch);
    s->items++;
    if (item->kind == CHECK_SERIES)
        add(s, item->series, item->where);
    else if (item->kind == CHECK_REQUEST)
        add_vitals(s, item);
    else
        add_document(s, item->text, item->length, item->where);
}

bool
check_series_has(const struct check_series *s, const struct series_key *key)
{
    bool has;
    struct buf b;

    buf_init(&b, KEY_MAX);
    print_key(&b, key);
    has = table_find(&s->index, b.data, b.len) != NULL;
    buf_fini(&b);
    return has;
}
