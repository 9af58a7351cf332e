/* pii.c - the scanner: what a text may hold at all, then the expressions, then which finds stay.
 * SPDX-License-Identifier: MIT
 *
 * Nearly all texts of a recording are harmless, so the work is ordered by what it costs. One pass
 * over a text tells which of a few bytes it has and how many digits; most texts end there. Next
 * come the built-in kinds, which hop from one such byte to the next, and expressions where their
 * hints allow a match: around a text that every match contains, or around digits that stand
 * together. Expressions without hints see everything, in slices, so that the work grows with the
 * length of a text and not with its square.
 *
 * A text with escapes is searched as it reads without them, and not as it stands as well: each
 * value is found once. Where a find began is told by walking the escapes again. */
#include "config.h"

#include "domain/pii_own.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "domain/pii_hash.h"

#define TEXT_LEAST      6 /* "a@b.cd" */
#define DIGIT           (UINT64_C(1) << 32 | PII_HAS_DIGIT)
#define LOOK_MOST       ((size_t)1 << 16)
#define TOKEN_LEAST     20 /* "AKIA" and what is behind it; a JWT is longer */
#define BEARER_LEAST    13
#define WRITTEN_LEAST   8 /* "pwd:1234" */
#define WRITTEN_DIGITS  3 /* of what is written behind a name and is no password */
#define DECODED_MAX     ((size_t)64 << 20)
#define MATCH_STEPS_MAX 100000
#define SLICE           8192 /* in which an expression without hints may begin a match */
#define REACH           1024 /* how far a match may go, and how far around a hint it is looked for */
#define BEFORE_HINT     256
#define DIGITS_LEAD     4 /* bytes before the first digit at which a match may begin */
#define CARD_DIGITS     13
#define RANK_PATTERN    199 /* of the first one; earlier ones win over later ones */

struct pii_scanner {
    const struct pii_rules *rules;
    pcre2_match_data *data;
    pcre2_match_context *context;
    struct pii_hash hash;
    bool is_scrubbing; /* so that hits need no hash */
    struct buf decoded;
    struct pii_finds finds;
};

/* --- bytes ------------------------------------------------------------------------------------ */

/* clang-format off */
static const uint64_t classes[256] = {
    ['0'] = DIGIT, ['1'] = DIGIT, ['2'] = DIGIT, ['3'] = DIGIT,
    ['4'] = DIGIT, ['5'] = DIGIT, ['6'] = DIGIT, ['7'] = DIGIT,
    ['8'] = DIGIT, ['9'] = DIGIT,
    ['@'] = PII_HAS_AT, ['%'] = PII_HAS_ESCAPE, ['\\'] = PII_HAS_ESCAPE, ['='] = PII_HAS_EQUALS,
    [':'] = PII_HAS_COLON, ['J'] = PII_HAS_J, ['I'] = PII_HAS_I, ['B'] = PII_HAS_B,
    ['b'] = PII_HAS_B, ['+'] = PII_HAS_PLUS, ['"'] = PII_HAS_QUOTE, ['\''] = PII_HAS_QUOTE,
    ['-'] = PII_HAS_JOINT, ['_'] = PII_HAS_JOINT, ['w'] = PII_HAS_W, ['W'] = PII_HAS_W,
    [' '] = PII_HAS_BLANK, ['<'] = PII_HAS_ANGLE, ['k'] = PII_HAS_K,
};
/* What a masked value consists of. */
static const bool is_mask[256] = {
    ['\0'] = true, ['*'] = true, [' '] = true, ['\t'] = true, ['\r'] = true, ['\n'] = true, ['@'] = true,
    ['.'] = true, ['-'] = true, ['_'] = true, ['+'] = true, ['('] = true, [')'] = true,
    ['/'] = true, [','] = true, [':'] = true,
};

/* What a shape shows of a value. */
static const bool is_kept[256] = {
    ['@'] = true, ['.'] = true, [' '] = true, ['-'] = true, ['('] = true, [')'] = true,
    ['+'] = true, ['/'] = true,
};
/* clang-format on */

/* This is what nearly all texts cost, so one sum of all classes counts the digits: they are in its
 * upper half, which the others do not reach in so few bytes. */
static struct pii_sight
look(const char *text, size_t length)
{
    struct pii_sight sight = { 0, 0 };

    for (size_t at = 0; at < length;) {
        const size_t end = length - at < LOOK_MOST ? length : at + LOOK_MOST;
        uint64_t sum = 0, all = 0;

#pragma GCC unroll 4
        for (; at < end; at++) {
            const uint64_t class = classes[(unsigned char)text[at]];

            all |= class;
            sum += class;
        }
        sight.classes |= (unsigned)all;
        sight.digits += sum >> 32;
    }
    return sight;
}

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool
pii_is_masked(const char *value, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (!is_mask[(unsigned char)value[i]])
            return false;
    }
    return true;
}

/* --- finds ------------------------------------------------------------------------------------ */

void
pii_finds_add(struct pii_finds *finds, size_t start, size_t end, const char *kind,
              enum pii_severity severity, unsigned rank)
{
    if (finds->count == PII_FINDS_MAX) {
        finds->is_full = true;
        return;
    }
    if (finds->count == finds->room) {
        finds->room = finds->room == 0 ? 16 : 2 * finds->room;
        finds->items = xreallocarray(finds->items, finds->room, sizeof *finds->items);
    }
    finds->items[finds->count++] = (struct pii_find){ start, end, kind, severity, rank };
}

static int
by_place(const void *a, const void *b)
{
    const struct pii_find *x = a, *y = b;

    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    if (x->rank != y->rank)
        return x->rank > y->rank ? -1 : 1;
    return x->end < y->end ? 1 : -1;
}

/* Of finds that overlap the highest stays. */
static void
settle(struct pii_finds *finds)
{
    size_t kept = 0;

    if (finds->count > 1)
        qsort(finds->items, finds->count, sizeof *finds->items, by_place);
    for (size_t i = 0; i < finds->count; i++) {
        struct pii_find find = finds->items[i];
        bool stays = true;

        while (kept > 0 && finds->items[kept - 1].end > find.start) {
            if (finds->items[kept - 1].rank >= find.rank) {
                stays = false;
                break;
            }
            kept--;
        }
        if (stays)
            finds->items[kept++] = find;
    }
    finds->count = kept;
}

/* --- digits ----------------------------------------------------------------------------------- */

static bool
is_separator(char c)
{
    return c == ' ' || c == '-' || c == '.' || c == '/' || c == '(' || c == ')' || c == '+';
}

bool
pii_digits_next(struct pii_digits *out, const char *text, size_t length, size_t *at)
{
    size_t i = *at, gap = 0;

    while (i < length && !is_digit(text[i]))
        i++;
    if (i == length)
        return false;
    *out = (struct pii_digits){ .start = i, .end = i };
    for (; i < length && gap < 3; i++) {
        if (is_digit(text[i])) {
            out->count++;
            out->end = i + 1;
            gap = 0;
        } else if (is_separator(text[i])) {
            gap++;
        } else {
            break;
        }
    }
    *at = out->end;
    return true;
}

/* --- expressions ------------------------------------------------------------------------------ */

/* What is searched by one expression: the text, and where in it a match may begin and end. */
struct search {
    struct pii_scanner *scanner;
    const struct pii_pattern *pattern;
    unsigned rank;
    const char *text;
    size_t length;
    size_t done; /* before it all is searched */
};

static struct search
make_search(struct pii_scanner *scanner, size_t pattern, const char *text, size_t length)
{
    return (struct search){ .scanner = scanner,
                            .pattern = &scanner->rules->patterns[pattern],
                            .rank = RANK_PATTERN - (unsigned)pattern,
                            .text = text,
                            .length = length };
}

/* Zeros alone are what masking makes of digits. */
static bool
is_zeros(const char *value, size_t length)
{
    bool has_zero = false;

    for (size_t i = 0; i < length; i++) {
        if (value[i] == '0')
            has_zero = true;
        else if (!is_separator(value[i]))
            return false;
    }
    return has_zero;
}

/* Matches that begin from `from` to `last` and end before `end`. false: a limit was met. */
static bool
search_span(struct search *s, size_t from, size_t last, size_t end)
{
    struct pii_scanner *scanner = s->scanner;
    const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(scanner->data);

    if (s->done > from)
        from = s->done;
    while (from <= last && from < end) {
        int found;

        pcre2_set_offset_limit(scanner->context, last);
        found = pcre2_match(s->pattern->code, (PCRE2_SPTR)s->text, end, from, 0, scanner->data,
                            scanner->context);
        if (found == PCRE2_ERROR_NOMATCH) {
            s->done = last + 1; /* where a match began in vain, none begins later */
            return true;
        }
        if (found < 0)
            return false;
        if (ends[1] <= ends[0]) { /* \K can do that */
            from++;
            continue;
        }
        if (!pii_is_masked(s->text + ends[0], ends[1] - ends[0]) &&
            !is_zeros(s->text + ends[0], ends[1] - ends[0]))
            pii_finds_add(&scanner->finds, ends[0], ends[1], s->pattern->name, s->pattern->severity,
                          s->rank);
        s->done = from = ends[1];
    }
    return true;
}

static size_t
least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static bool
search_slices(struct search *s, size_t from, size_t to)
{
    for (size_t at = from; at < to; at += SLICE) {
        if (!search_span(s, at, least(at + SLICE, to) - 1,
                         least(least(at + SLICE, to) + REACH, s->length)))
            return false;
    }
    return true;
}

/* Most hints are one byte, for which memchr() is made. */
static const char *
find_hint(const struct search *s, size_t at)
{
    const struct pii_pattern *pattern = s->pattern;

    return pattern->contains_length == 1
               ? memchr(s->text + at, pattern->contains[0], s->length - at)
               : memmem(s->text + at, s->length - at, pattern->contains, pattern->contains_length);
}

/* A match begins at the hint or before it. Hints near each other are searched together. */
static bool
search_hints(struct search *s)
{
    size_t at = 0;

    while (at < s->length) {
        const char *hint = find_hint(s, at);
        size_t place;

        if (hint == NULL)
            return true;
        place = (size_t)(hint - s->text);
        if (!search_span(s, place > BEFORE_HINT ? place - BEFORE_HINT : 0, place,
                         least(place + REACH, s->length)))
            return false;
        at = place + 1 > s->done ? place + 1 : s->done;
    }
    return true;
}

/* Cards, and the patterns that want digits, where enough of them stand together. A match begins a
 * few bytes before the digits at most: "+(0". */
static bool
search_digits(struct pii_scanner *scanner, const struct pii_sight *sight, const char *text,
              size_t length)
{
    const struct pii_rules *rules = scanner->rules;
    struct pii_digits cluster;
    size_t at = 0, before = 0, seen = 0;
    bool is_judged = true;

    for (; seen < sight->digits && pii_digits_next(&cluster, text, length, &at);
         before = cluster.end) {
        size_t from = cluster.start > before + DIGITS_LEAD ? cluster.start - DIGITS_LEAD : before;

        seen += cluster.count;
        pii_iban_scan(&scanner->finds, &cluster, text, length);
        if (cluster.count >= CARD_DIGITS)
            pii_kinds_scan_cards(&scanner->finds, &cluster, text, length);
        for (size_t i = 0; i < rules->pattern_count; i++) {
            struct search s = make_search(scanner, i, text, length);

            if (s.pattern->digits > 0 && cluster.count >= s.pattern->digits)
                is_judged = search_slices(&s, from, cluster.end) && is_judged;
        }
    }
    return is_judged;
}

static bool
search_pattern(struct search *s, const struct pii_sight *sight)
{
    if (s->pattern->digits > 0)
        return true; /* search_digits() */
    if (s->pattern->contains == NULL)
        return search_slices(s, 0, s->length);
    if (*s->pattern->contains == '@' && (sight->classes & PII_HAS_AT) == 0)
        return true;
    return search_hints(s);
}

/* false: a limit was met; what was found until then stays. */
static bool
search_all(struct pii_scanner *scanner, const struct pii_sight *sight, const char *text,
           size_t length)
{
    bool is_judged = true;

    pii_kinds_scan(&scanner->finds, sight->classes, text, length);
    if (sight->digits > 0 && sight->digits >= scanner->rules->digits_least)
        is_judged = search_digits(scanner, sight, text, length);
    for (size_t i = 0; i < scanner->rules->pattern_count; i++) {
        struct search s = make_search(scanner, i, text, length);

        is_judged = search_pattern(&s, sight) && is_judged;
    }
    return is_judged && !scanner->finds.is_full;
}

/* --- escapes ---------------------------------------------------------------------------------- */

static bool
decode(struct pii_scanner *scanner, const struct pii_escapes *e)
{
    char *room, out[4];
    size_t used = 0, count;

    buf_clear(&scanner->decoded);
    room = buf_room(&scanner->decoded, e->length);
    if (room == NULL)
        return false;
    for (size_t at = 0; at < e->length; used += count) {
        const size_t from = at;

        while (at < e->length && !pii_may_escape(e->text[at]))
            at++;
        memcpy(room + used, e->text + from, at - from);
        used += at - from;
        count = 0;
        if (at < e->length)
            at = pii_escapes_step(e, at, out, &count);
        memcpy(room + used, out, count);
    }
    buf_grown(&scanner->decoded, used);
    return true;
}

/* Walks the escapes along with the finds, which are in order. */
struct walk {
    const struct pii_escapes *escapes; /* NULL: there are none */
    size_t at, decoded;
};

static void
walk_on(struct walk *w)
{
    char out[4];
    size_t count = 1;

    if (pii_may_escape(w->escapes->text[w->at]))
        w->at = pii_escapes_step(w->escapes, w->at, out, &count);
    else
        w->at++;
    w->decoded += count;
}

static size_t
walk_to(struct walk *w, size_t decoded)
{
    if (w->escapes == NULL)
        return decoded;
    while (w->decoded < decoded && w->at < w->escapes->length)
        walk_on(w);
    return w->at;
}

/* The other way: what is at `at` in the text is there in what was read. */
static size_t
walk_from(struct walk *w, size_t at)
{
    while (w->at < at)
        walk_on(w);
    return w->decoded;
}

/* A password in a URL has a slash encoded, since one that is not would end it: that is seen in the
 * text as it stands alone. */
static void
search_userinfo(struct pii_scanner *scanner, const struct pii_escapes *e)
{
    struct walk walk = { .escapes = e };
    size_t at = 0, start, end;

    while (pii_userinfo_next(e->text, e->length, &at, &start, &end)) {
        if (memchr(e->text + start, '%', end - start) != NULL) {
            const size_t first = walk_from(&walk, start), last = walk_from(&walk, end);

            if (last > first)
                pii_kinds_add(&scanner->finds, first, last, PII_SECRET, PII_RANK_TOKEN);
        }
    }
}

/* --- hits ------------------------------------------------------------------------------------- */

static char
lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

/* A star stands for any bytes; going back to the last one is enough. */
static bool
is_like(const char *glob, const char *value, size_t length)
{
    const char *star = NULL;
    size_t at = 0, retry = 0;

    while (at < length) {
        if (*glob == '*') {
            star = glob++;
            retry = at;
        } else if (*glob == lower(value[at]) && *glob != '\0') {
            glob++;
            at++;
        } else if (star != NULL) {
            glob = star + 1;
            at = ++retry;
        } else {
            return false;
        }
    }
    return glob[strspn(glob, "*")] == '\0';
}

static bool
is_allowed(const struct pii_rules *rules, const char *value, size_t length)
{
    for (size_t i = 0; i < rules->allowed_count; i++) {
        if (is_like(rules->allowed[i], value, length))
            return true;
    }
    return false;
}

/* A star for each character, whatever it is; what stands between words stays, unless the value is a
 * secret, of which nothing should be known. */
static void
make_shape(char shape[PII_SHAPE_MAX], const char *value, size_t length, bool is_secret)
{
    size_t used = 0;

    for (size_t i = 0; i < length; i++) {
        char c = value[i];

        if (((unsigned char)c & 0xc0) == 0x80)
            continue; /* the rest of a character */
        if (used == PII_SHAPE_MAX - 4) {
            memcpy(shape + used, "...", 4);
            return;
        }
        shape[used++] = !is_secret && is_kept[(unsigned char)c] ? c : '*';
    }
    shape[used] = '\0';
}

static bool
is_secret_kind(const char *kind)
{
    for (enum pii_kind i = PII_JWT; i < PII_KINDS; i++) {
        if (kind == pii_kind_name(i))
            return true;
    }
    return false;
}

static void
make_hit(struct pii_scanner *scanner, struct pii_hit *hit, const char *value, size_t length)
{
    make_shape(hit->shape, value, length, is_secret_kind(hit->kind));
    if (!scanner->is_scrubbing)
        pii_hash_make(&scanner->hash, value, length, hit->hash);
}

static void
tell(struct pii_scanner *scanner, struct walk *walk, const char *text, pii_found *found, void *arg)
{
    for (size_t i = 0; i < scanner->finds.count; i++) {
        const struct pii_find *find = &scanner->finds.items[i];
        size_t length = find->end - find->start;
        struct pii_hit hit = { .kind = find->kind, .severity = find->severity };

        if (is_allowed(scanner->rules, text + find->start, length))
            continue;
        hit.offset = walk_to(walk, find->start);
        hit.length = walk_to(walk, find->end) - hit.offset;
        make_hit(scanner, &hit, text + find->start, length);
        found(arg, &hit);
    }
}

/* What pii_secrets.c and pii_tokens.c find in prose, in elements and behind options has some of
 * these in itself. */
static bool
may_be_written(const struct pii_sight *sight)
{
    static const unsigned around = PII_HAS_COLON | PII_HAS_ANGLE;
    static const unsigned option = PII_HAS_JOINT | PII_HAS_BLANK;
    const unsigned c = sight->classes;

    return (c & around) != 0 || (c & option) == option ||
           ((c & PII_HAS_W) != 0 && (c & PII_HAS_BLANK) != 0) ||
           ((c & PII_HAS_K) != 0 && sight->digits >= WRITTEN_DIGITS);
}

/* Bytes that are in half of all words are asked for what else must be there. */
static bool
is_suspect(const struct pii_rules *rules, const struct pii_sight *sight, const char *text,
           size_t length)
{
    static const unsigned telling = PII_HAS_AT | PII_HAS_ESCAPE | PII_HAS_EQUALS;
    static const unsigned member = PII_HAS_COLON | PII_HAS_QUOTE;

    if ((sight->classes & telling) != 0 || (sight->classes & member) == member ||
        sight->digits >= rules->digits_least)
        return true;
    if ((sight->classes & (PII_HAS_J | PII_HAS_I)) != 0 && length >= TOKEN_LEAST)
        return true;
    if ((sight->classes & PII_HAS_B) != 0 && length >= BEARER_LEAST &&
        (sight->digits > 0 || (sight->classes & PII_HAS_BLANK) != 0))
        return true;
    if (length >= TOKEN_LEAST && (sight->classes & PII_HAS_JOINT) != 0 &&
        pii_tokens_may(text, length))
        return true;
    return length >= WRITTEN_LEAST && may_be_written(sight) &&
           pii_secrets_may(sight->classes, text, length);
}

#define USERINFO (PII_HAS_ESCAPE | PII_HAS_AT | PII_HAS_COLON)

bool
pii_search(struct pii_scanner *scanner, const struct pii_sight *seen, enum pii_reading reading,
           const char *text, size_t length, pii_found *found, void *arg)
{
    const struct pii_escapes escapes = { reading, text, length };
    struct walk walk = { .escapes = NULL };
    struct pii_sight sight = *seen;
    bool is_judged;

    if ((sight.classes & PII_HAS_ESCAPE) != 0 ||
        ((reading == PII_URL || reading == PII_FORM) && (sight.classes & PII_HAS_PLUS) != 0)) {
        if (!decode(scanner, &escapes))
            return false;
        text = scanner->decoded.data;
        length = scanner->decoded.len;
        sight = look(text, length);
        walk.escapes = &escapes;
    }
    scanner->finds.count = 0;
    scanner->finds.is_full = false;
    is_judged = search_all(scanner, &sight, text, length);
    if (walk.escapes != NULL && (seen->classes & USERINFO) == USERINFO)
        search_userinfo(scanner, &escapes);
    settle(&scanner->finds);
    tell(scanner, &walk, text, found, arg);
    return is_judged;
}

bool
pii_look(const struct pii_scanner *scanner, const char *text, size_t length,
         struct pii_sight *sight)
{
    if (length < TEXT_LEAST)
        return false;
    *sight = look(text, length);
    return is_suspect(scanner->rules, sight, text, length);
}

bool
pii_is_suspect(const struct pii_scanner *scanner, const char *text, size_t length)
{
    struct pii_sight sight;

    return pii_look(scanner, text, length, &sight);
}

bool
pii_scan(struct pii_scanner *scanner, enum pii_reading reading, const char *text, size_t length,
         pii_found *found, void *arg)
{
    struct pii_sight sight;

    return !pii_look(scanner, text, length, &sight) ||
           pii_search(scanner, &sight, reading, text, length, found, arg);
}

struct scrubbing {
    const char *text;
    size_t at;
    struct buf *out;
};

static void
scrub_hit(void *arg, const struct pii_hit *hit)
{
    struct scrubbing *s = arg;

    buf_add(s->out, s->text + s->at, hit->offset - s->at);
    buf_adds(s->out, hit->shape);
    s->at = hit->offset + hit->length;
}

bool
pii_scrub(struct pii_scanner *scanner, enum pii_reading reading, const char *text, size_t length,
          struct buf *out)
{
    struct scrubbing s = { .text = text, .out = out };
    bool is_judged;

    scanner->is_scrubbing = true;
    is_judged = pii_scan(scanner, reading, text, length, scrub_hit, &s);
    scanner->is_scrubbing = false;
    if (is_judged)
        buf_add(out, text + s.at, length - s.at);
    return is_judged;
}

bool
pii_judge(struct pii_scanner *scanner, enum pii_kind kind, const char *value, size_t length,
          struct pii_hit *out)
{
    struct pii_hit hit = { .kind = pii_kind_name(kind), .length = length };

    if (!pii_rules_kind(scanner->rules, kind, &hit.severity) || pii_is_masked(value, length) ||
        is_allowed(scanner->rules, value, length))
        return false;
    make_hit(scanner, &hit, value, length);
    *out = hit;
    return true;
}

/* --- the scanner ------------------------------------------------------------------------------ */

struct pii_scanner *
pii_scanner_new(const struct pii_rules *rules, const uint8_t key[PII_KEY_BYTES])
{
    struct pii_scanner *scanner = xcalloc(1, sizeof *scanner);

    scanner->rules = rules;
    scanner->finds.rules = rules;
    pii_hash_init(&scanner->hash, key, PII_KEY_BYTES);
    scanner->data = pcre2_match_data_create(1, NULL);
    scanner->context = pcre2_match_context_create(NULL);
    if (scanner->data == NULL || scanner->context == NULL)
        abort(); /* as xmalloc() does: these are small */
    pcre2_set_match_limit(scanner->context, MATCH_STEPS_MAX);
    pcre2_set_depth_limit(scanner->context, MATCH_STEPS_MAX);
    buf_init(&scanner->decoded, DECODED_MAX);
    return scanner;
}

void
pii_scanner_free(struct pii_scanner *scanner)
{
    if (scanner == NULL)
        return;
    pcre2_match_context_free(scanner->context);
    pcre2_match_data_free(scanner->data);
    pii_hash_fini(&scanner->hash);
    OPENSSL_cleanse(scanner->decoded.data, scanner->decoded.len);
    buf_fini(&scanner->decoded);
    free(scanner->finds.items);
    free(scanner);
}
