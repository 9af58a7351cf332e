/* insights_rows.c - the first n of a million rows in a heap of n; dedup keeps the first of a kind.
 * SPDX-License-Identifier: MIT
 *
 * A row that is kept is one block of memory: its values, and behind them the bytes of their texts.
 * Rows without a value to sort by come last, whichever way is asked for. */
#include "config.h"

#include "domain/insights_rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define KEY_MAX ((size_t)16 << 20)

void
rows_init(struct insights_rows *k, const struct insights_section *section, bool newest_first)
{
    *k = (struct insights_rows){ .section = section, .newest_first = newest_first };
    k->order = xcalloc(section->order_count + 1, sizeof *k->order);
    buf_init(&k->key, KEY_MAX);
    k->has_seen = section->dedup_count > 0;
    if (k->has_seen)
        table_init(&k->seen, sizeof(size_t));
}

void
rows_fini(struct insights_rows *k)
{
    for (size_t i = 0; i < k->count; i++)
        free(k->rows[i]);
    free(k->rows);
    free(k->order);
    buf_fini(&k->key);
    if (k->has_seen)
        table_fini(&k->seen);
    *k = (struct insights_rows){ 0 };
}

size_t
rows_bytes(const struct insights_rows *k)
{
    return k->bytes + k->room * sizeof *k->rows + (k->has_seen ? table_bytes(&k->seen) : 0);
}

const struct value *
row_value(const struct insights_rows *k, const struct insights_row *row, unsigned kept)
{
    return &row->values[k->section->order_count + kept];
}

/* --- order ------------------------------------------------------------------------------------ */

/* A place in the order: that of a row, or of the record at hand. */
struct standing {
    const struct value *order;
    int64_t time_ms;
    uint64_t number;
};

static int
compare_key(const struct insights_sort_key *key, const struct value *a, const struct value *b)
{
    bool null_a = value_is_null(a), null_b = value_is_null(b);
    int side;

    if (null_a || null_b)
        return null_a - null_b;
    side = value_sort(a, b);
    return key->descending ? -side : side;
}

static int
compare(const struct insights_rows *k, const struct standing *a, const struct standing *b)
{
    for (unsigned i = 0; i < k->section->order_count; i++) {
        int side = compare_key(&k->section->order[i], &a->order[i], &b->order[i]);

        if (side != 0)
            return side;
    }
    if (k->newest_first && a->time_ms != b->time_ms)
        return a->time_ms > b->time_ms ? -1 : 1;
    return a->number < b->number ? -1 : a->number > b->number;
}

static struct standing
standing_of(const struct insights_row *row)
{
    return (struct standing){ row->values, row->time_ms, row->number };
}

static bool
is_before(const struct insights_rows *k, const struct insights_row *a, const struct insights_row *b)
{
    struct standing x = standing_of(a), y = standing_of(b);

    return compare(k, &x, &y) < 0;
}

/* --- the heap --------------------------------------------------------------------------------- */

static void
sift_up(struct insights_rows *k, size_t at)
{
    struct insights_row *row = k->rows[at];

    while (at > 0 && is_before(k, k->rows[(at - 1) / 2], row)) {
        k->rows[at] = k->rows[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    k->rows[at] = row;
}

static void
sift_down(struct insights_rows *k)
{
    struct insights_row *row = k->rows[0];
    size_t at = 0;

    while (2 * at + 1 < k->count) {
        size_t child = 2 * at + 1;

        if (child + 1 < k->count && is_before(k, k->rows[child], k->rows[child + 1]))
            child++;
        if (!is_before(k, row, k->rows[child]))
            break;
        k->rows[at] = k->rows[child];
        at = child;
    }
    k->rows[at] = row;
}

/* --- keeping ---------------------------------------------------------------------------------- */

static size_t
text_bytes(const struct value *v)
{
    return v->type == VALUE_TEXT ? v->len : 0;
}

/* Copies the value, and its text to *room. */
static void
copy_value(struct value *to, const struct value *from, char **room)
{
    *to = *from;
    if (from->type != VALUE_TEXT)
        return;
    if (from->len > 0)
        memcpy(*room, from->text, from->len);
    to->text = *room;
    *room += from->len;
}

static struct insights_row *
make_row(struct insights_rows *k, struct insights_record *r)
{
    const struct insights_section *s = k->section;
    unsigned count = s->order_count + s->kept_count;
    size_t bytes = sizeof(struct insights_row) + count * sizeof(struct value);
    struct insights_row *row;
    char *room;

    for (unsigned i = 0; i < s->order_count; i++)
        bytes += text_bytes(&k->order[i]);
    for (unsigned i = 0; i < s->kept_count; i++)
        bytes += text_bytes(record_get(r, s->kept[i]));
    row = xmalloc(bytes + 1);
    room = (char *)&row->values[count];
    for (unsigned i = 0; i < s->order_count; i++)
        copy_value(&row->values[i], &k->order[i], &room);
    for (unsigned i = 0; i < s->kept_count; i++)
        copy_value(&row->values[s->order_count + i], record_get(r, s->kept[i]), &room);
    row->bytes = bytes + 1;
    row->number = k->arrived;
    row->time_ms = r->time_ms;
    row->is_line = r->is_line;
    row->group = r->group;
    row->id[0] = '\0';
    if (r->row_id != NULL)
        memcpy(row->id, r->row_id, sizeof row->id);
    else if (r->line != NULL)
        r->line->id(r->line, row->id);
    k->bytes += row->bytes;
    return row;
}

static void
drop(struct insights_rows *k, struct insights_row *row)
{
    k->bytes -= row->bytes;
    free(row);
}

static void
append(struct insights_rows *k, struct insights_row *row)
{
    if (k->count == k->room) {
        k->room = k->room == 0 ? 64 : k->room * 2;
        k->rows = xreallocarray(k->rows, k->room, sizeof *k->rows);
    }
    k->rows[k->count++] = row;
}

/* What makes two records duplicates; false: something is missing, and it is none. */
static bool
make_key(struct insights_rows *k, struct insights_record *r)
{
    buf_clear(&k->key);
    for (unsigned i = 0; i < k->section->dedup_count; i++) {
        const struct value *v = record_get(r, k->section->dedup[i]);

        if (value_is_null(v))
            return false;
        value_key(&k->key, v);
    }
    return !buf_failed(&k->key);
}

static void
offer_kind(struct insights_rows *k, struct insights_record *r, const struct standing *mine)
{
    struct standing theirs;
    size_t *index;

    if (!make_key(k, r)) {
        append(k, make_row(k, r));
        return;
    }
    index = table_find(&k->seen, k->key.data, k->key.len);
    if (index == NULL) {
        index = table_add(&k->seen, k->key.data, k->key.len);
        *index = k->count;
        append(k, make_row(k, r));
        return;
    }
    theirs = standing_of(k->rows[*index]);
    if (compare(k, mine, &theirs) < 0) {
        struct insights_row *row = make_row(k, r);

        drop(k, k->rows[*index]);
        k->rows[*index] = row;
    }
}

void
rows_offer(struct insights_rows *k, struct insights_record *r)
{
    const struct insights_section *s = k->section;
    struct standing mine = { k->order, r->time_ms, ++k->arrived }, last;

    for (unsigned i = 0; i < s->order_count; i++)
        k->order[i] = record_eval(r, s->order[i].node);
    if (k->has_seen) {
        offer_kind(k, r, &mine);
        return;
    }
    if (k->count < s->limit) {
        append(k, make_row(k, r));
        sift_up(k, k->count - 1);
        return;
    }
    last = standing_of(k->rows[0]);
    if (compare(k, &mine, &last) >= 0)
        return;
    drop(k, k->rows[0]);
    k->rows[0] = make_row(k, r);
    sift_down(k);
}

/* --- giving ----------------------------------------------------------------------------------- */

static int
by_standing(const void *left, const void *right, void *arg)
{
    const struct insights_row *const *a = left, *const *b = right;
    const struct insights_rows *k = arg;

    return is_before(k, *a, *b) ? -1 : is_before(k, *b, *a);
}

struct insights_row **
rows_sorted(const struct insights_rows *k, size_t *count)
{
    struct insights_row **sorted = xcalloc(k->count + 1, sizeof(struct insights_row *));
    union {
        const struct insights_rows *in;
        void *out;
    } arg = { k }; /* qsort_r takes any pointer; it only reads */

    if (k->count > 0)
        memcpy(sorted, k->rows, k->count * sizeof *sorted);
    qsort_r(sorted, k->count, sizeof *sorted, by_standing, arg.out);
    *count = k->count < k->section->limit ? k->count : k->section->limit;
    return sorted;
}
