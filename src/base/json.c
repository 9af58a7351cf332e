/* json.c - the only place that calls cJSON's parser and printer.
 * SPDX-License-Identifier: MIT
 *
 * cJSON recurses while parsing, so nesting is measured first with one pass over the bytes. Printing
 * is our own: cJSON checks every number with sscanf, which makes an answer of 100,000 data points
 * cost more than computing it. */
#include "config.h"

#include "base/json.h"
#include "base/json_own.h"

#include "base/hex.h"
#include "base/mem.h"
#include "base/text.h"

#include <endian.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UNIT_ESCAPE_LEN 6 /* of "\\u0000" */

/* cJSON takes its memory from here: the heap, or the arena that this thread is parsing into. A tree
 * that breaks off in the middle is given back piece by piece, which an arena need not do. */
static _Thread_local struct arena *parse_arena;

static void *
tree_alloc(size_t size)
{
    return parse_arena == NULL ? malloc(size) : arena_alloc(parse_arena, size);
}

static void
tree_free(void *p)
{
    if (parse_arena == NULL)
        free(p);
}

/* cJSON keeps its allocator in a global: it is set before any thread can look. */
__attribute__((constructor)) static void
install_allocator(void)
{
    cJSON_Hooks hooks = { .malloc_fn = tree_alloc, .free_fn = tree_free };

    cJSON_InitHooks(&hooks);
}

/* Opening brackets and braces, eight bytes at a time: this runs over every byte that comes in. */
static size_t
count_openers(const char *text, size_t len)
{
    const uint64_t ones = 0x0101010101010101u, low = 0x7f * ones;
    size_t count = 0, i = 0;

    for (; i + 8 <= len; i += 8) {
        uint64_t w, zero;

        memcpy(&w, text + i, sizeof w);
        w = (w | 0x20 * ones) ^ '{' * ones; /* zero where '{' stood, or '[', one bit away */
        zero = ~(((w & low) + low) | w | low);
        count += (size_t)((zero >> 7) * ones >> 56);
    }
    for (; i < len; i++)
        count += (text[i] | 0x20) == '{';
    return count;
}

/* Most texts have too few brackets to nest too deeply. */
static bool
is_surely_flat(const char *text, size_t len)
{
    return memchr(text, '\0', len) == NULL && count_openers(text, len) <= JSON_DEPTH_MAX;
}

/* The offset where nesting passes the limit or a NUL stands; `len` when neither happens. */
static size_t
first_excess(const char *text, size_t len)
{
    size_t depth = 0;
    bool in_string = false;

    for (size_t i = 0; i < len; i++) {
        char c = text[i];

        if (c == '\0')
            return i;
        if (in_string) {
            if (c == '\\' && i + 1 < len && text[i + 1] != '\0')
                i++;
            else if (c == '"')
                in_string = false;
            continue;
        }
        if (c == '"')
            in_string = true;
        else if (c == '{' || c == '[') {
            if (++depth > JSON_DEPTH_MAX)
                return i;
        } else if ((c == '}' || c == ']') && depth > 0)
            depth--;
    }
    return len;
}

static bool
only_blanks(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] != ' ' && text[i] != '\t' && text[i] != '\n' && text[i] != '\r')
            return false;
    }
    return true;
}

/* Says what is wrong at `at`, where cJSON stopped; most often the text was cut off on its way. */
static enum status
refuse(const char *text, size_t len, size_t at, struct err *err)
{
    size_t depth = 0, string = 0;
    bool in_string = false;

    for (size_t i = 0; i < len; i++) {
        if (in_string && text[i] == '\\')
            i++;
        else if (text[i] == '"') {
            in_string = !in_string;
            string = i;
        } else if (!in_string && (text[i] == '{' || text[i] == '['))
            depth++;
        else if (!in_string && (text[i] == '}' || text[i] == ']') && depth > 0)
            depth--;
    }
    if (in_string && at >= string)
        return err_set(err, E_INVALID, "not JSON: the string at byte %zu has no end", string);
    if (!in_string && depth > 0 && at + 1 >= len)
        return err_set(err, E_INVALID, "not JSON: it breaks off after %zu bytes", len);
    return err_set(err, E_INVALID, "not JSON: unexpected text at byte %zu", at);
}

/* The 16 bits of the escape \uXXXX at `at`, or -1: none is there. */
static int
escaped_unit(const char *at, const char *end)
{
    int unit = 0;

    if (end - at < UNIT_ESCAPE_LEN || at[0] != '\\' || at[1] != 'u')
        return -1;
    for (int i = 2; i < UNIT_ESCAPE_LEN; i++) {
        int digit = hex_digit(at[i]);

        if (digit < 0)
            return -1;
        unit = unit << 4 | digit;
    }
    return unit;
}

static bool
is_half(int unit, int first)
{
    return unit >= first && unit < first + 0x400;
}

/* Writes U+FFFD over each escape of U+0000 and of half a surrogate pair, which has as many bytes.
 */
static void
replace_what_is_no_text(char *text, size_t len)
{
    char *at = text, *end = text + len;

    while ((at = memchr(at, '\\', (size_t)(end - at))) != NULL) {
        int unit = escaped_unit(at, end);

        if (is_half(unit, 0xd800) && is_half(escaped_unit(at + UNIT_ESCAPE_LEN, end), 0xdc00)) {
            at += 2 * UNIT_ESCAPE_LEN;
            continue;
        }
        if (unit == 0 || is_half(unit, 0xd800) || is_half(unit, 0xdc00))
            memcpy(at, "\\ufffd", UNIT_ESCAPE_LEN);
        at += end - at > 1 ? 2 : 1; /* what is escaped may be a backslash */
    }
}

/* cJSON's strings end at a zero byte, and what stands behind an escaped one would be lost without a
 * word; half a surrogate pair, which is what JSON.stringify() writes of a text that was cut amid an
 * emoji and JSON.parse() reads, it refuses. Both read as U+FFFD, like bytes that are not UTF-8. */
static cJSON *
parse_replaced(const char *text, size_t len, const char **end)
{
    char *copy = memcpy(xmalloc(len), text, len);
    const char *stop = NULL;
    cJSON *value;

    replace_what_is_no_text(copy, len);
    value = cJSON_ParseWithLengthOpts(copy, len, &stop, 0);
    *end = text + (stop - copy);
    free(copy);
    return value;
}

enum status
json_parse(cJSON **out, const char *text, size_t len, struct err *err)
{
    const char *end = NULL;
    size_t excess;
    cJSON *value = NULL;

    if (only_blanks(text, len))
        return err_set(err, E_INVALID, "expected a JSON value, got nothing");
    excess = is_surely_flat(text, len) ? len : first_excess(text, len);
    if (excess < len && text[excess] == '\0')
        return err_set(err, E_INVALID, "not JSON: NUL byte at offset %zu", excess);
    if (excess < len)
        return err_set(err, E_INVALID, "JSON nested deeper than %d levels at byte %zu",
                       JSON_DEPTH_MAX, excess);
    if (memmem(text, len, "\\u0000", UNIT_ESCAPE_LEN) == NULL)
        value = cJSON_ParseWithLengthOpts(text, len, &end, 0);
    if (value == NULL)
        value = parse_replaced(text, len, &end);
    if (value == NULL)
        return refuse(text, len, (size_t)(end - text), err);
    if (!only_blanks(end, len - (size_t)(end - text))) {
        cJSON_Delete(value);
        return err_set(err, E_INVALID, "not JSON: text after the value at byte %zu",
                       (size_t)(end - text));
    }
    *out = value;
    return OK;
}

/* Of eight bytes, the top bits of those that cannot stand for themselves in a JSON string; of those
 * behind the first one not all are right. */
static uint64_t
odd_bytes(const char *text)
{
    const uint64_t ones = 0x0101010101010101u, low = 0x7f * ones, high = 0x80 * ones;
    uint64_t w, plain;

    memcpy(&w, text, sizeof w);
    w = le64toh(w);
    plain = (w + (0x80 - ' ') * ones) & ((w ^ '"' * ones) + low) & ((w ^ '\\' * ones) + low) &
            ~(w + ones) & ~w;
    return ~plain & high;
}

/* Every string that comes in or goes out is looked through. */
size_t
json_plain_bytes(const char *text, size_t len)
{
    size_t i = 0;
    uint64_t odd = 0;

    for (; i + 8 <= len && odd == 0; i += 8)
        odd = odd_bytes(text + i);
    if (odd == 0 && i < len && len >= 8) {
        odd = odd_bytes(text + len - 8);
        i = len;
    }
    if (odd != 0)
        return i - 8 + (size_t)__builtin_ctzll(odd) / 8;
    while (i < len && text[i] >= ' ' && text[i] < 0x7f && text[i] != '"' && text[i] != '\\')
        i++;
    return i;
}

/* --- what cJSON lets pass --------------------------------------------------------------------- */

static const char *
skip_digits(const char *at, const char *end)
{
    while (at < end && *at >= '0' && *at <= '9')
        at++;
    return at;
}

/* Behind the number at `at`; NULL when it is none of RFC 8259. */
static const char *
skip_number(const char *at, const char *end)
{
    const char *digits;

    if (at < end && *at == '-')
        at++;
    digits = at;
    at = skip_digits(at, end);
    if (at == digits || (*digits == '0' && at > digits + 1))
        return NULL;
    if (at < end && *at == '.') {
        digits = ++at;
        at = skip_digits(at, end);
        if (at == digits)
            return NULL;
    }
    if (at == end || (*at != 'e' && *at != 'E'))
        return at;
    at++;
    if (at < end && (*at == '+' || *at == '-'))
        at++;
    digits = at;
    at = skip_digits(at, end);
    return at == digits ? NULL : at;
}

/* Behind the string whose first character is at `at`, or its first control character. */
static const char *
skip_string(const char *at, const char *end)
{
    for (;;) {
        at += json_plain_bytes(at, (size_t)(end - at));
        if (at == end || (unsigned char)*at < ' ' || *at == '"')
            break;
        at += *at == '\\' && at + 1 < end ? 2 : 1;
    }
    return at < end && *at == '"' ? at + 1 : at;
}

/* `text` is one that cJSON read. */
static enum status
check_strictly(const char *text, size_t len, struct err *err)
{
    const char *at = text, *end = text + len;

    while (at < end) {
        const char *from = at;

        if (*at == '"') {
            at = skip_string(at + 1, end);
            if (at[-1] != '"')
                return err_set(err, E_INVALID,
                               "not JSON: a control character at byte %zu, inside a string",
                               (size_t)(at - text));
        } else if (*at == '-' || (*at >= '0' && *at <= '9')) {
            at = skip_number(at, end);
            if (at == NULL)
                return err_set(err, E_INVALID, "not JSON: a malformed number at byte %zu",
                               (size_t)(from - text));
        } else if (only_blanks(at, 1) || (unsigned char)*at > ' ')
            at++;
        else
            return err_set(err, E_INVALID, "not JSON: a control character at byte %zu",
                           (size_t)(at - text));
    }
    return OK;
}

enum status
json_parse_strict(cJSON **out, const char *text, size_t len, struct err *err)
{
    cJSON *value = NULL;
    enum status st = json_parse(&value, text, len, err);

    if (st == OK)
        st = check_strictly(text, len, err);
    if (st == OK)
        *out = value;
    else
        cJSON_Delete(value);
    return st;
}

enum status
json_parse_in(const cJSON **out, struct arena *arena, const char *text, size_t len, struct err *err)
{
    const cJSON *plain = json_read_plain(arena, text, len);
    cJSON *value = NULL;
    enum status st;

    if (plain != NULL) {
        *out = plain;
        return OK;
    }
    parse_arena = arena;
    st = json_parse(&value, text, len, err);
    parse_arena = NULL;
    if (st == OK)
        *out = value;
    return st;
}

enum status
json_parse_strict_in(const cJSON **out, struct arena *arena, const char *text, size_t len,
                     struct err *err)
{
    const cJSON *value;
    enum status st = json_parse_in(&value, arena, text, len, err);

    if (st == OK)
        st = check_strictly(text, len, err);
    if (st == OK)
        *out = value;
    return st;
}

/* Of the UTF-8 character that begins with a byte from 0x80 on; 0 when it is none. */
static size_t
character_length(const char *text, size_t len)
{
    unsigned char lead = (unsigned char)text[0];
    size_t n = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;

    return len >= n && text_utf8_end(text, n) == n ? n : 0;
}

/* U+0080 to U+009F, of which some are the beginning of a command to a terminal: U+009B is ESC [. */
static bool
is_c1_control(const char *text, size_t length)
{
    return length == 2 && (unsigned char)text[0] == 0xc2 && (unsigned char)text[1] < 0xa0;
}

void
json_print_string(struct buf *b, const char *text, size_t len)
{
    static const char hex[] = "0123456789abcdef";
    size_t from = 0;

    buf_addc(b, '"');
    for (size_t i = json_plain_bytes(text, len); i < len;
         i += 1 + json_plain_bytes(text + i + 1, len - i - 1)) {
        unsigned char c = (unsigned char)text[i];
        const char *escape = NULL;
        char unicode[7] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15], '\0' };

        if (c >= 0x80) {
            size_t n = character_length(text + i, len - i);

            if (is_c1_control(text + i, n)) {
                buf_add(b, text + from, i - from);
                buf_addf(b, "\\u%04x", (unsigned char)text[++i]);
                from = i + 1;
                continue;
            }
            if (n > 0) {
                i += n - 1;
                continue;
            }
        }
        switch (c) {
        case '"':
            escape = "\\\"";
            break;
        case '\\':
            escape = "\\\\";
            break;
        case '\n':
            escape = "\\n";
            break;
        case '\r':
            escape = "\\r";
            break;
        case '\t':
            escape = "\\t";
            break;
        default:
            if (c < 0x20 || c == 0x7f)
                escape = unicode;
            else if (c >= 0x80) /* JSON is UTF-8, and some readers stop at what is not */
                escape = "\xef\xbf\xbd";
        }
        if (escape == NULL)
            continue;
        buf_add(b, text + from, i - from);
        buf_adds(b, escape);
        from = i + 1;
    }
    buf_add(b, text + from, len - from);
    buf_addc(b, '"');
}

/* Writes digits in front of `end`, with zeros up to `width`; gives the first of them. */
static char *
put_digits(char *end, uint64_t n, int width)
{
    do {
        *--end = (char)('0' + n % 10);
        n /= 10;
        width--;
    } while (n > 0 || width > 0);
    return end;
}

/* Formatting would be most of the cost of a long answer, which is nearly all numbers. These write
 * in front of `end` and give the first character. */
static char *
put_whole(char *end, int64_t value)
{
    char *from = put_digits(end, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 1);

    if (value < 0)
        *--from = '-';
    return from;
}

static char *
put_decimal(char *end, uint64_t digits, int decimals, uint64_t scale, bool is_negative)
{
    const uint64_t whole = digits / scale;
    char *from = put_digits(end, digits - whole * scale, decimals);

    *--from = '.';
    from = put_digits(from, whole, 1);
    if (is_negative)
        *--from = '-';
    return from;
}

/* Numbers with up to six decimals, as measured values mostly have, without printf's and strtod's
 * arithmetic: both r and 10^d are exact, so r / 10^d is the very double that the decimal r * 10^-d
 * reads as, and at most 15 digits make it the shortest one. NULL for others. */
static char *
put_short_decimal(char *end, double value)
{
    const double size = fabs(value);
    double scale = 1;

    if (size < 1e-4 || size >= 1e9)
        return NULL;
    for (int d = 1; d <= 6; d++) {
        int64_t r;

        scale *= 10;
        r = (int64_t)(size * scale + 0.5);
        if ((double)r / scale == size)
            return put_decimal(end, (uint64_t)r, d, (uint64_t)scale, value < 0);
    }
    return NULL;
}

#ifdef __SIZEOF_INT128__
__extension__ typedef unsigned __int128 wide;

/* The same for 15, 16 or 17 digits, as averages and percentiles have. The value is m / 2^k, so its
 * decimal is m * 10^d / 2^k rounded, which 128 bits hold exactly. Fewer than 17 digits are enough
 * when what they say is off by less than half a step of m, which is 10^d / 2 on that scale. The
 * step below a power of two is smaller: those are left to printf, as are exact halves. */
static char *
put_long_decimal(char *end, double value)
{
    const double size = fabs(value);
    int exponent, d = 14;
    uint64_t m, scale;
    unsigned k;

    if (size < 1e-2 || size >= 1e9)
        return NULL;
    m = (uint64_t)ldexp(frexp(size, &exponent), 53);
    if (m == 1ull << 52)
        return NULL;
    k = (unsigned)(53 - exponent);
    for (double top = 10; size >= top; top *= 10)
        d--;
    for (double top = 1; size < top; top /= 10)
        d++;
    scale = 1;
    for (int i = 0; i < d; i++)
        scale *= 10;
    for (int digits = 15; digits <= 17; digits++, d++, scale *= 10) {
        const wide exact = (wide)m * scale, half = (wide)1 << (k - 1);
        uint64_t decimal = (uint64_t)((exact + half) >> k);
        const wide said = (wide)decimal << k, off = said > exact ? said - exact : exact - said;

        if (off == half || 2 * off == scale)
            return NULL;
        if (digits < 17 && 2 * off > scale)
            continue;
        while (d > 1 && decimal % 10 == 0) {
            decimal /= 10;
            scale /= 10;
            d--;
        }
        return put_decimal(end, decimal, d, scale, value < 0);
    }
    return NULL;
}
#else
static char *
put_long_decimal(char *end, double value)
{
    (void)end;
    (void)value;
    return NULL;
}
#endif

#define NUMBER_TEXT 40

/* Into `text`, which need not be used up from its start: gives the first character. */
static const char *
format_number(char text[NUMBER_TEXT], double value, size_t *len)
{
    char *end = text + NUMBER_TEXT, *from;

    if (!isfinite(value)) {
        *len = 4;
        return "null";
    }
    if (fabs(value) < 9e15 && value == (double)(int64_t)value)
        from = put_whole(end, (int64_t)value);
    else
        from = put_short_decimal(end, value);
    if (from == NULL)
        from = put_long_decimal(end, value);
    if (from != NULL) {
        *len = (size_t)(end - from);
        return from;
    }
    for (int digits = 15; digits <= 17; digits++) {
        *len = (size_t)snprintf(text, NUMBER_TEXT, "%.*g", digits, value);
        if (digits == 17 || strtod(text, NULL) == value)
            break;
    }
    return text;
}

void
json_print_number(struct buf *b, double value)
{
    char text[NUMBER_TEXT];
    size_t len;
    const char *from = format_number(text, value, &len);

    buf_add(b, from, len);
}

void
json_print_rounded(struct buf *b, double value, int digits)
{
    char text[NUMBER_TEXT];

    if (isfinite(value) && value != trunc(value)) {
        snprintf(text, sizeof text, "%.*e", digits - 1, value);
        value = strtod(text, NULL);
    }
    json_print_number(b, value);
}

size_t
json_string_bytes(const char *text, size_t len)
{
    size_t bytes = len + 2;

    for (size_t i = json_plain_bytes(text, len); i < len;
         i += 1 + json_plain_bytes(text + i + 1, len - i - 1)) {
        unsigned char c = (unsigned char)text[i];
        size_t n;

        if (c >= 0x80) {
            n = character_length(text + i, len - i);
            bytes += is_c1_control(text + i, n) ? 4
                     : n > 0                    ? 0
                                                : 2; /* U+FFFD for a byte that is no character */
            i += n > 0 ? n - 1 : 0;
        } else if (c == '"' || c == '\\' || c == '\n' || c == '\r' || c == '\t')
            bytes++;
        else if (c < 0x20 || c == 0x7f)
            bytes += 5;
    }
    return bytes;
}

size_t
json_number_bytes(double value)
{
    char text[NUMBER_TEXT];
    size_t len;

    format_number(text, value, &len);
    return len;
}

static void
print_children(struct buf *b, const cJSON *parent, bool named)
{
    for (const cJSON *c = parent->child; c != NULL; c = c->next) {
        if (c != parent->child)
            buf_addc(b, ',');
        if (named) {
            json_print_string(b, c->string, strlen(c->string));
            buf_addc(b, ':');
        }
        json_print(b, c);
    }
}

void
json_print(struct buf *b, const cJSON *value)
{
    switch (value->type & 0xff) { /* cJSON's kinds; marks stand above them */
    case cJSON_Object:
        buf_addc(b, '{');
        print_children(b, value, true);
        buf_addc(b, '}');
        break;
    case cJSON_Array:
        buf_addc(b, '[');
        print_children(b, value, false);
        buf_addc(b, ']');
        break;
    case cJSON_String:
        json_print_string(b, value->valuestring, strlen(value->valuestring));
        break;
    case cJSON_Number:
        json_print_number(b, value->valuedouble);
        break;
    case cJSON_Raw:
        buf_adds(b, value->valuestring);
        break;
    case cJSON_True:
        buf_adds(b, "true");
        break;
    case cJSON_False:
        buf_adds(b, "false");
        break;
    default:
        buf_adds(b, "null");
    }
}

const cJSON *
json_get(const cJSON *obj, const char *key)
{
    return cJSON_IsObject(obj) ? cJSON_GetObjectItemCaseSensitive(obj, key) : NULL;
}

const char *
json_get_string(const cJSON *obj, const char *key, const char *otherwise)
{
    const cJSON *v = json_get(obj, key);

    return cJSON_IsString(v) ? v->valuestring : otherwise;
}

double
json_get_number(const cJSON *obj, const char *key, double otherwise)
{
    const cJSON *v = json_get(obj, key);

    return cJSON_IsNumber(v) ? v->valuedouble : otherwise;
}

int64_t
json_get_int(const cJSON *obj, const char *key, int64_t otherwise)
{
    const cJSON *v = json_get(obj, key);

    if (!cJSON_IsNumber(v) || !(v->valuedouble >= -9.2e18 && v->valuedouble <= 9.2e18))
        return otherwise;
    return (int64_t)v->valuedouble;
}

bool
json_get_bool(const cJSON *obj, const char *key, bool otherwise)
{
    const cJSON *v = json_get(obj, key);

    return cJSON_IsBool(v) ? cJSON_IsTrue(v) != 0 : otherwise;
}

void
json_set_time(cJSON *number, int64_t epoch_ms)
{
    cJSON_SetNumberValue(number, (double)epoch_ms / 1000.0);
    number->type |= JSON_TIME;
}

cJSON *
json_time(int64_t epoch_ms)
{
    cJSON *v = cJSON_CreateNumber(0);

    if (v != NULL)
        json_set_time(v, epoch_ms);
    return v;
}

cJSON *
json_numbers(struct arena *arena, size_t count)
{
    cJSON *items = count == 0 ? NULL : arena_alloc(arena, count * sizeof *items);

    for (size_t i = 0; i < count; i++) {
        items[i].type = cJSON_Number;
        items[i].next = i + 1 < count ? &items[i + 1] : NULL;
        items[i].prev =
            i > 0 ? &items[i - 1] : &items[count - 1]; /* cJSON: the first's is the last */
    }
    return cJSON_CreateArrayReference(items);
}

cJSON *
json_map(void)
{
    cJSON *v = cJSON_CreateObject();

    if (v != NULL)
        v->type |= JSON_MAP;
    return v;
}
