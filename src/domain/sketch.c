/* sketch.c - quantiles of a stream: a sorted list of values while they are few, a histogram with
 * logarithmic bins beyond.
 * SPDX-License-Identifier: MIT
 *
 * Both forms are one sorted array of (key, count). While exact the key is the value itself and
 * equal values share an entry, so a series that is always 0 or 1 stays exact for ever. Past the
 * limit of distinct values the keys become bin numbers: a positive value v lies in bin ceil(log(v)
 * / log(G)), whose middle is at most ACCURACY away from everything in it (the scheme of DDSketch:
 * Masson, Rim, Lee, VLDB 2019). Bin numbers are moved up so that all positive values have positive
 * ones, zero is 0, and a negative value has the mirrored number: keys sort like the values they
 * stand for.
 *
 * A sketch that was only decoded keeps the bytes as they are; quantiles walk over the varints.
 * Reading p75 per minute over a day does exactly that 1,440 times, and unpacking would cost more
 * than SQLite does. The encoded forms:
 *
 *   VALUES        n, scale, first, deltas           whole numbers of 10^-scale
 *   VALUES_RAW    n, values                         eight bytes each
 *   BINS          total, min, max, n, first, deltas
 *
 * each entry followed by its count where COUNTED or WHOLE is set (otherwise all counts are 1). */
#include "config.h"

#include "base/pack.h"
#include "domain/sketch.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define STORED_MAX 128  /* distinct values kept as they are in what is stored */
#define ASKED_MAX  4096 /* and in answers */
#define FEW        16

/* A hair under 1 %, so that rounding in log() and pow() cannot carry a value past it. */
#define ACCURACY  0.0099
#define LN_G      0.0198006468 /* ln((1 + ACCURACY) / (1 - ACCURACY)) */
#define BIN_SHIFT 40000        /* more than ln(smallest double) / LN_G */
#define BIN_MAX   80000

enum form { FORM_VALUES = 1, FORM_VALUES_RAW = 2, FORM_BINS = 3 };
#define FORM_MASK 0x0f
#define COUNTED   0x10 /* counts follow, as numbers */
#define WHOLE     0x20 /* counts follow, as varints */

struct entry {
    double key;
    double count;
};

struct sketch {
    struct arena *arena; /* NULL: on the heap */
    size_t limit;
    bool binned;
    double count, min, max;
    struct entry *entries; /* ascending keys */
    size_t used, room;
    const uint8_t *packed; /* not NULL: the content is still encoded, entries are unused */
    size_t packed_len;
};

struct sketch *
sketch_new(void)
{
    struct sketch *sk = xcalloc(1, sizeof *sk);

    sk->limit = STORED_MAX;
    return sk;
}

struct sketch *
sketch_new_in(struct arena *arena)
{
    struct sketch *sk = arena_alloc(arena, sizeof *sk);

    sk->arena = arena;
    sk->limit = ASKED_MAX;
    return sk;
}

void
sketch_free(struct sketch *sk)
{
    if (sk == NULL)
        return;
    free(sk->entries);
    free(sk);
}

double
sketch_count(const struct sketch *sk)
{
    return sk->count;
}

/* --- bins ------------------------------------------------------------------------------------- */

static double
bin_of(double value)
{
    if (value == 0)
        return 0;
    if (value < 0)
        return -bin_of(-value);
    return ceil(log(value) / LN_G) + BIN_SHIFT;
}

/* The middle of a bin in the sense that both ends are equally far away, relatively. */
static double
bin_value(double bin)
{
    if (bin == 0)
        return 0;
    if (bin < 0)
        return -bin_value(-bin);
    return exp((bin - BIN_SHIFT) * LN_G) * (1 - ACCURACY);
}

static double
bin_top(double bin)
{
    if (bin == 0)
        return 0;
    return bin < 0 ? -exp((-bin - 1 - BIN_SHIFT) * LN_G) : exp((bin - BIN_SHIFT) * LN_G);
}

static double
bin_bottom(double bin)
{
    if (bin == 0)
        return 0;
    return -bin_top(-bin);
}

/* --- entries ---------------------------------------------------------------------------------- */

static void
reserve(struct sketch *sk, size_t room)
{
    struct entry *grown;

    if (room <= sk->room)
        return;
    if (room < sk->room * 2)
        room = sk->room * 2;
    if (room < 8)
        room = 8;
    if (sk->arena == NULL) {
        sk->entries = xreallocarray(sk->entries, room, sizeof *sk->entries);
    } else {
        grown = arena_alloc(sk->arena, room * sizeof *grown);
        if (sk->used > 0)
            memcpy(grown, sk->entries, sk->used * sizeof *grown);
        sk->entries = grown;
    }
    sk->room = room;
}

/* The first entry whose key is not below `key`. */
static size_t
position(const struct sketch *sk, double key)
{
    size_t low = 0, high = sk->used;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (sk->entries[mid].key < key)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static void
insert(struct sketch *sk, double key, double count)
{
    size_t at = sk->used > 0 && sk->entries[sk->used - 1].key < key ? sk->used : position(sk, key);

    if (at < sk->used && sk->entries[at].key == key) {
        sk->entries[at].count += count;
        return;
    }
    reserve(sk, sk->used + 1);
    memmove(&sk->entries[at + 1], &sk->entries[at], (sk->used - at) * sizeof *sk->entries);
    sk->entries[at] = (struct entry){ key, count };
    sk->used++;
}

/* Ascending values have ascending bins, so this folds the array in place. */
static void
make_bins(struct sketch *sk)
{
    size_t n = 0;

    for (size_t i = 0; i < sk->used; i++) {
        double bin = bin_of(sk->entries[i].key);

        if (n > 0 && sk->entries[n - 1].key == bin)
            sk->entries[n - 1].count += sk->entries[i].count;
        else
            sk->entries[n++] = (struct entry){ bin, sk->entries[i].count };
    }
    sk->used = n;
    sk->binned = true;
}

static void
keep_limit(struct sketch *sk)
{
    if (!sk->binned && sk->used > sk->limit)
        make_bins(sk);
}

/* --- the encoded form ------------------------------------------------------------------------- */

/* A walk over the entries in ascending order, whatever form they are in. */
struct walk {
    const struct sketch *sk;
    size_t left, at;
    enum form form;
    uint8_t counts; /* 0, COUNTED or WHOLE */
    double scale;
    int64_t key;
    struct unpack in;
};

static const double scales[] = { 1, 10, 100, 1000, 10000 };
#define SCALES (sizeof scales / sizeof scales[0])

/* Reads the part in front of the entries; the summary of bins goes to `head`. */
static bool
walk_open(struct walk *w, struct sketch *head, const void *bytes, size_t len)
{
    uint8_t form;

    *w = (struct walk){ .in = unpack_over(bytes, len), .scale = 1 };
    form = unpack_u8(&w->in);
    w->form = (enum form)(form & FORM_MASK);
    w->counts = form & (COUNTED | WHOLE);
    head->binned = w->form == FORM_BINS;
    if (w->form == FORM_BINS) {
        head->count = unpack_number(&w->in);
        head->min = unpack_number(&w->in);
        head->max = unpack_number(&w->in);
    }
    w->left = unpack_varint(&w->in);
    if (w->form == FORM_VALUES) {
        uint8_t scale = unpack_u8(&w->in);

        if (scale >= SCALES)
            return false;
        w->scale = scales[scale];
    }
    /* Every entry takes at least a byte. */
    return !w->in.bad && w->form >= FORM_VALUES && w->form <= FORM_BINS &&
           w->left <= (size_t)(w->in.end - w->in.at);
}

static struct walk
walk_over(const struct sketch *sk)
{
    struct walk w = { .sk = sk, .left = sk->used };
    struct sketch head;

    if (sk->packed != NULL && !walk_open(&w, &head, sk->packed, sk->packed_len))
        w.left = 0;
    return w;
}

static bool
walk_next(struct walk *w, struct entry *out)
{
    if (w->left == 0)
        return false;
    w->left--;
    if (w->sk != NULL) {
        *out = w->sk->entries[w->at++];
        return true;
    }
    if (w->form == FORM_VALUES_RAW) {
        out->key = unpack_f64(&w->in);
    } else {
        w->key =
            (int64_t)((uint64_t)w->key + (uint64_t)(w->at++ == 0 ? unpack_signed(&w->in)
                                                                 : (int64_t)unpack_varint(&w->in)));
        out->key = (double)w->key / w->scale;
    }
    if (w->counts == WHOLE)
        out->count = (double)unpack_varint(&w->in);
    else
        out->count = w->counts == COUNTED ? unpack_number(&w->in) : 1;
    return !w->in.bad;
}

/* Reads every entry of an opened walk into a plain sketch, which has its summary, checking them. */
static bool
unpack_entries(struct sketch *to, struct walk *w)
{
    struct entry e;
    double total = 0;

    while (walk_next(w, &e)) {
        if (!(e.count > 0) || !isfinite(e.key) || (to->binned && fabs(e.key) > BIN_MAX) ||
            (to->used > 0 && !(to->entries[to->used - 1].key < e.key)))
            return false;
        reserve(to, to->used + 1);
        to->entries[to->used++] = e;
        total += e.count;
    }
    if (w->in.bad || to->used == 0)
        return false;
    if (!to->binned) {
        to->count = total;
        to->min = to->entries[0].key;
        to->max = to->entries[to->used - 1].key;
    }
    return isfinite(to->count) && isfinite(to->min) && isfinite(to->max);
}

/* The same for encoded bytes. */
static bool
unpack_all(struct sketch *to, const void *bytes, size_t len)
{
    struct walk w;

    return walk_open(&w, to, bytes, len) && unpack_entries(to, &w);
}

static void
materialise(struct sketch *sk)
{
    const uint8_t *packed = sk->packed;

    if (packed == NULL)
        return;
    sk->packed = NULL;
    if (!unpack_all(sk, packed, sk->packed_len))
        sk->used = 0;
}

void
sketch_add(struct sketch *sk, double value, double times)
{
    if (!(times > 0) || !isfinite(value) || !isfinite(times))
        return;
    materialise(sk);
    if (sk->count == 0 || value < sk->min)
        sk->min = value;
    if (sk->count == 0 || value > sk->max)
        sk->max = value;
    sk->count += times;
    insert(sk, sk->binned ? bin_of(value) : value, times);
    keep_limit(sk);
}

/* Both arrays are sorted by the same kind of key: one pass from the back, into the room behind. */
static void
merge_entries(struct sketch *into, const struct entry *from, size_t n)
{
    size_t shared = 0, i = into->used, j = n, at;

    for (size_t a = 0, b = 0; a < into->used && b < n;) {
        if (into->entries[a].key == from[b].key)
            shared++, a++, b++;
        else if (into->entries[a].key < from[b].key)
            a++;
        else
            b++;
    }
    at = into->used + n - shared;
    reserve(into, at);
    into->used = at;
    while (j > 0) {
        if (i > 0 && into->entries[i - 1].key > from[j - 1].key) {
            into->entries[--at] = into->entries[--i];
        } else if (i > 0 && into->entries[i - 1].key == from[j - 1].key) {
            into->entries[--at] =
                (struct entry){ from[j - 1].key, into->entries[i - 1].count + from[j - 1].count };
            i--;
            j--;
        } else {
            into->entries[--at] = from[--j];
        }
    }
}

/* `from` is not encoded. */
static void
merge_plain(struct sketch *into, const struct sketch *from)
{
    materialise(into);
    if (into->count == 0 || from->min < into->min)
        into->min = from->min;
    if (into->count == 0 || from->max > into->max)
        into->max = from->max;
    into->count += from->count;
    if (from->binned && !into->binned)
        make_bins(into);
    if (from->binned == into->binned) {
        merge_entries(into, from->entries, from->used);
    } else {
        for (size_t i = 0; i < from->used; i++)
            insert(into, bin_of(from->entries[i].key), from->entries[i].count);
    }
    keep_limit(into);
}

void
sketch_merge(struct sketch *into, const struct sketch *from)
{
    if (from->count == 0)
        return;
    if (from->packed != NULL) {
        struct sketch plain = { 0 };

        if (unpack_all(&plain, from->packed, from->packed_len))
            merge_plain(into, &plain);
        free(plain.entries);
        return;
    }
    merge_plain(into, from);
}

bool
sketch_is_exact(const struct sketch *sk)
{
    return !sk->binned;
}

/* --- answers ---------------------------------------------------------------------------------- */

static double
entry_value(const struct sketch *sk, const struct entry *e)
{
    double value = sk->binned ? bin_value(e->key) : e->key;

    if (value < sk->min)
        return sk->min;
    return value > sk->max ? sk->max : value;
}

/* The bins around a rank: the value at its floor and, when the rank lies between two, the next. */
struct around {
    double low, rank;
    double seen;
    double value; /* NaN until found */
};

/* true when the answer is complete. */
static bool
look_at(struct around *a, const struct sketch *sk, const struct entry *e)
{
    a->seen += e->count;
    if (a->seen <= a->low)
        return false;
    if (isnan(a->value)) {
        a->value = entry_value(sk, e);
        return a->rank == a->low || a->seen > a->low + 1;
    }
    if (a->seen <= a->low + 1)
        return false;
    a->value += (entry_value(sk, e) - a->value) * (a->rank - a->low);
    return true;
}

/* Skips the entries of encoded bins that lie wholly below a rank. This is what a percentile a
 * minute over a day spends its time in: two varints an entry, nearly always of one byte each. */
static void
skip_below(struct walk *w, struct around *a)
{
    struct walk ahead = *w;
    uint64_t seen = 0, low = a->low < 1e15 ? (uint64_t)a->low : 0;

    if (w->sk != NULL || w->form != FORM_BINS || w->counts != WHOLE)
        return;
    while (ahead.left > 0) {
        uint64_t count;

        ahead.key += ahead.at++ == 0 ? unpack_signed(&ahead.in)
                                     : (int64_t)(unpack_varint(&ahead.in) & INT32_MAX);
        count = unpack_varint(&ahead.in);
        if (seen + count > low || ahead.in.bad)
            return;
        seen += count;
        ahead.left--;
        *w = ahead;
        a->seen = (double)seen;
    }
}

double
sketch_quantile(const struct sketch *sk, double q)
{
    struct around a = { .value = NAN };
    struct walk w = walk_over(sk);
    struct entry e;

    if (!(sk->count > 0) || isnan(q))
        return NAN;
    a.rank = fmin(fmax(q, 0), 1) * (sk->count - 1);
    if (a.rank <= 0)
        return sk->min;
    if (a.rank >= sk->count - 1)
        return sk->max;
    a.low = floor(a.rank);
    skip_below(&w, &a);
    while (walk_next(&w, &e)) {
        if (look_at(&a, sk, &e))
            return a.value;
    }
    return isnan(a.value) ? sk->max : a.value;
}

double
sketch_rank(const struct sketch *sk, double bound)
{
    struct walk w = walk_over(sk);
    struct entry e;
    double below = 0;

    if (!(sk->count > 0) || isnan(bound))
        return NAN;
    if (bound >= sk->max)
        return 1;
    if (bound < sk->min)
        return 0;
    while (walk_next(&w, &e)) {
        double bottom = sk->binned ? bin_bottom(e.key) : e.key;
        double top = sk->binned ? bin_top(e.key) : e.key;

        if (top <= bound)
            below += e.count;
        else if (bottom < bound)
            below += e.count * (bound - bottom) / (top - bottom);
        else
            break;
    }
    return fmin(below / sk->count, 1);
}

/* How much of (bottom, top] lies in (low, high]. */
static double
share_within(double bottom, double top, double low, double high)
{
    double from = fmax(bottom, low), to = fmin(top, high);

    return to > from ? (to - from) / (top - bottom) : 0;
}

struct sketch_part
sketch_part_of_values(const struct sketch *sk, double low, double high)
{
    struct sketch_part part = { 0, 0 };
    struct walk w = walk_over(sk);
    struct entry e;

    if (isnan(low) || isnan(high))
        return part;
    while (walk_next(&w, &e)) {
        double bottom = sk->binned ? bin_bottom(e.key) : e.key;
        double top = sk->binned ? bin_top(e.key) : e.key;
        double share = bottom < top ? share_within(bottom, top, low, high)
                                    : (top > low && top <= high ? 1 : 0);

        if (bottom > high)
            break;
        part.count += share * e.count;
        part.sum += share * e.count * fmin(fmax(entry_value(sk, &e), low), high);
    }
    return part;
}

struct sketch_part
sketch_part_of_ranks(const struct sketch *sk, double low, double high)
{
    struct sketch_part part = { 0, 0 };
    struct walk w = walk_over(sk);
    double seen = 0, from = low * sk->count, to = high * sk->count;
    struct entry e;

    while (seen < to && walk_next(&w, &e)) {
        double begin = fmax(seen, from), end = fmin(seen + e.count, to);

        seen += e.count;
        if (!(end > begin))
            continue;
        part.count += end - begin;
        part.sum += (end - begin) * entry_value(sk, &e);
    }
    return part;
}

/* --- to and from bytes ------------------------------------------------------------------------ */

/* The smallest scale at which all values are whole, or SCALES. */
static size_t
common_scale(const struct sketch *sk)
{
    size_t scale = 0;

    for (size_t i = 0; i < sk->used && scale < SCALES; i++) {
        double v = sk->entries[i].key;

        while (scale < SCALES) {
            double whole = v * scales[scale];

            if (!(fabs(whole) < 1e15)) /* and larger scales only make it larger */
                return SCALES;
            if (whole == (double)(int64_t)whole && whole / scales[scale] == v)
                break;
            scale++;
        }
    }
    /* A later value may have raised the scale under an earlier one: look at all of them again. */
    for (size_t i = 0; scale < SCALES && i < sk->used; i++) {
        double v = sk->entries[i].key, whole = v * scales[scale];

        if (!(fabs(whole) < 1e15) || whole != (double)(int64_t)whole || whole / scales[scale] != v)
            return SCALES;
    }
    return scale;
}

/* How the counts are best written: 0 when all are one. */
static uint8_t
counts_of(const struct sketch *sk)
{
    uint8_t counts = 0;

    for (size_t i = 0; i < sk->used; i++) {
        double count = sk->entries[i].count;

        if (!(count < 1e15) || count != (double)(uint64_t)count)
            return COUNTED;
        if (count != 1)
            counts = WHOLE;
    }
    return counts;
}

static void
encode_entries(const struct sketch *sk, struct buf *b, double scale, bool raw, uint8_t counts)
{
    int64_t before = 0;

    for (size_t i = 0; i < sk->used; i++) {
        int64_t key = raw ? 0 : (int64_t)(sk->entries[i].key * scale);

        if (raw)
            pack_f64(b, sk->entries[i].key);
        else if (i == 0)
            pack_signed(b, key);
        else
            pack_varint(b, (uint64_t)(key - before));
        if (counts == WHOLE)
            pack_varint(b, (uint64_t)sk->entries[i].count);
        else if (counts == COUNTED)
            pack_number(b, sk->entries[i].count);
        before = key;
    }
}

void
sketch_encode(const struct sketch *sk, struct buf *b)
{
    uint8_t counts = counts_of(sk);
    enum form form;
    size_t scale;

    if (sk->packed != NULL) {
        buf_add(b, sk->packed, sk->packed_len);
        return;
    }
    if (sk->used == 0)
        return;
    scale = sk->binned ? 0 : common_scale(sk);
    form = sk->binned ? FORM_BINS : scale == SCALES ? FORM_VALUES_RAW : FORM_VALUES;
    pack_u8(b, (uint8_t)((unsigned)form | counts));
    if (sk->binned) {
        pack_number(b, sk->count);
        pack_number(b, sk->min);
        pack_number(b, sk->max);
    }
    pack_varint(b, sk->used);
    if (!sk->binned && scale < SCALES)
        pack_u8(b, (uint8_t)scale);
    encode_entries(sk, b, scale < SCALES ? scales[scale] : 1, scale == SCALES, counts);
}

/* An empty sketch in an arena takes the bytes of bins as they are. Only the summary is read;
 * entries are checked as they are walked over, where damage means fewer entries, never a bad
 * access. */
static bool
adopt(struct sketch *sk, const struct sketch *head, const struct walk *w, const void *bytes,
      size_t len)
{
    uint8_t *copy;

    if (!head->binned || w->left == 0)
        return false;
    if (!(head->count > 0) || !isfinite(head->min) || !isfinite(head->max))
        return false;
    copy = arena_alloc(sk->arena, len);
    memcpy(copy, bytes, len);
    sk->binned = true;
    sk->count = head->count;
    sk->min = head->min;
    sk->max = head->max;
    sk->packed = copy;
    sk->packed_len = len;
    return true;
}

/* A minute mostly has a few values, each once: they are read without the machinery of a walk, and
 * put into a sketch that is not encoded one by one. What is bad is left to those who say so. */
static bool
decode_few(struct sketch *into, const void *bytes, size_t len)
{
    struct unpack in = unpack_over(bytes, len);
    const uint8_t form = unpack_u8(&in), n = unpack_u8(&in), scale = unpack_u8(&in);
    double values[FEW];
    uint64_t key = 0;

    if (form != FORM_VALUES || n == 0 || n > FEW || scale >= SCALES || into->packed != NULL)
        return false;
    for (size_t i = 0; i < n; i++) {
        key += i == 0 ? (uint64_t)unpack_signed(&in) : unpack_varint(&in);
        values[i] = (double)(int64_t)key / scales[scale];
        if (in.bad || (i > 0 && !(values[i - 1] < values[i])))
            return false;
    }
    if (into->count == 0 || values[0] < into->min)
        into->min = values[0];
    if (into->count == 0 || values[n - 1] > into->max)
        into->max = values[n - 1];
    into->count += n;
    for (size_t i = 0; i < n; i++)
        insert(into, into->binned ? bin_of(values[i]) : values[i], 1);
    keep_limit(into);
    return true;
}

bool
sketch_decode(struct sketch *into, const void *bytes, size_t len)
{
    struct entry few[FEW]; /* a minute mostly has few values: no memory is asked for them */
    struct sketch plain = { 0 };
    struct walk w;
    bool good;

    if (len == 0 || decode_few(into, bytes, len))
        return true;
    if (!walk_open(&w, &plain, bytes, len))
        return false;
    if (into->arena != NULL && into->count == 0 && adopt(into, &plain, &w, bytes, len))
        return true;
    if (w.left <= FEW) {
        plain.entries = few;
        plain.room = FEW;
    }
    good = unpack_entries(&plain, &w);
    if (good)
        merge_plain(into, &plain);
    if (plain.entries != few)
        free(plain.entries);
    return good;
}
