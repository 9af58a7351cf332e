/* insights_value.c - numbers, texts and times compared, ordered and printed.
 * SPDX-License-Identifier: MIT
 *
 * How AWS prints a computed number is not documented; four decimals at most is what its answers
 * show. Where text is read as a number the usual case, a few digits with or without a point, takes
 * a short way, because a query does that for every line. */
#include "config.h"

#include "domain/insights_value.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/iso8601.h"
#include "base/text.h"

#define NUMBER_TEXT_MAX 64

struct value
value_truth(bool truth)
{
    return (struct value){ .type = VALUE_TRUTH, .truth = truth };
}

struct value
value_number(double number)
{
    if (!isfinite(number))
        return (struct value){ .type = VALUE_NULL };
    return (struct value){ .type = VALUE_NUMBER, .number = number };
}

struct value
value_time(int64_t time_ms)
{
    return (struct value){ .type = VALUE_TIME, .time_ms = time_ms };
}

struct value
value_text(const char *text, size_t len)
{
    return (struct value){ .type = VALUE_TEXT, .text = text, .len = len };
}

struct value
value_quoted(const char *text, size_t len)
{
    return (struct value){ .type = VALUE_TEXT, .is_quoted = true, .text = text, .len = len };
}

bool
value_is_null(const struct value *v)
{
    return v->type == VALUE_NULL || v->type == VALUE_UNKNOWN;
}

/* --- numbers ---------------------------------------------------------------------------------- */

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "-123.45" with at most 15 digits; exact, because both parts are whole numbers below 2^53. */
static bool
short_number(const char *text, size_t len, double *out)
{
    static const double scale[] = { 1,   1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15 };
    size_t i = 0, digits = 0, decimals = 0;
    bool negative = len > 0 && text[0] == '-', point = false;
    int64_t whole = 0;

    for (i = negative; i < len; i++) {
        if (text[i] == '.' && !point && digits > 0) {
            point = true;
            continue;
        }
        if (!is_digit(text[i]) || digits == 15)
            return false;
        whole = whole * 10 + (text[i] - '0');
        digits++;
        decimals += point;
    }
    if (digits == 0 || (point && decimals == 0))
        return false;
    *out = (double)(negative ? -whole : whole) / scale[decimals];
    return true;
}

static bool
text_number(const char *text, size_t len, double *out)
{
    char copy[NUMBER_TEXT_MAX];

    if (len == 0 || (!is_digit(text[len - 1]) && text[len - 1] != '.'))
        return false;
    if (short_number(text, len, out))
        return true;
    if (len >= sizeof copy || (!is_digit(text[0]) && strchr("+-.", text[0]) == NULL))
        return false;
    memcpy(copy, text, len);
    copy[len] = '\0';
    return strspn(copy, "0123456789+-.eE") == len && text_parse_double(out, copy);
}

bool
value_as_number(const struct value *v, double *out)
{
    switch (v->type) {
    case VALUE_NUMBER:
        *out = v->number;
        return true;
    case VALUE_TIME:
        *out = (double)v->time_ms;
        return true;
    case VALUE_TRUTH:
        *out = v->truth;
        return true;
    case VALUE_TEXT:
        return text_number(v->text, v->len, out);
    default:
        return false;
    }
}

bool
value_as_time(const struct value *v, int64_t *out_ms)
{
    double number;

    if (v->type == VALUE_TIME) {
        *out_ms = v->time_ms;
        return true;
    }
    if (!value_as_number(v, &number) || fabs(number) > 8e15)
        return false;
    *out_ms = (int64_t)number;
    return true;
}

static bool
is_word(const struct value *v, const char *word)
{
    return v->type == VALUE_TEXT && v->len == strlen(word) && memcmp(v->text, word, v->len) == 0;
}

bool
value_holds(const struct value *v)
{
    double number;

    if (v->type == VALUE_TRUTH)
        return v->truth;
    if (value_as_number(v, &number))
        return number != 0;
    return is_word(v, "true");
}

/* --- text ------------------------------------------------------------------------------------- */

static void
print_number(double number, char room[VALUE_ROOM])
{
    size_t n;

    if (fabs(number) >= 1e15) {
        snprintf(room, VALUE_ROOM, "%.15g", number);
        return;
    }
    snprintf(room, VALUE_ROOM, "%.4f", number);
    n = strlen(room);
    while (room[n - 1] == '0')
        n--;
    if (room[n - 1] == '.')
        n--;
    room[n] = '\0';
    if (strcmp(room, "-0") == 0)
        memcpy(room, "0", 2);
}

static void
print_time(int64_t time_ms, char room[VALUE_ROOM])
{
    char text[ISO8601_TEXT];
    char *mark;

    iso8601_format_ms(time_ms, text);
    mark = strchr(text, 'T');
    if (mark != NULL)
        *mark = ' ';
    snprintf(room, VALUE_ROOM, "%.*s", (int)strcspn(text, "Z"), text);
}

const char *
value_as_text(const struct value *v, char room[VALUE_ROOM], size_t *len)
{
    if (v->type == VALUE_TEXT) {
        *len = v->len;
        return v->text;
    }
    room[0] = '\0';
    if (v->type == VALUE_TRUTH)
        memcpy(room, v->truth ? "1" : "0", 2);
    else if (v->type == VALUE_NUMBER)
        print_number(v->number, room);
    else if (v->type == VALUE_TIME)
        print_time(v->time_ms, room);
    *len = strlen(room);
    return room;
}

/* --- order ------------------------------------------------------------------------------------ */

static int
compare_bytes(const struct value *a, const struct value *b)
{
    char room_a[VALUE_ROOM], room_b[VALUE_ROOM];
    size_t len_a, len_b;
    const char *x = value_as_text(a, room_a, &len_a), *y = value_as_text(b, room_b, &len_b);
    size_t len = len_a < len_b ? len_a : len_b;
    int side = len == 0 ? 0 : memcmp(x, y, len);

    return side != 0 ? side : len_a < len_b ? -1 : len_a > len_b;
}

static int
compare_numbers(double a, double b)
{
    return a < b ? -1 : a > b;
}

bool
value_equal(const struct value *a, const struct value *b)
{
    double x, y;

    if (a->type == VALUE_TRUTH && b->type == VALUE_TEXT && !value_as_number(b, &y))
        return is_word(b, a->truth ? "true" : "false");
    if (b->type == VALUE_TRUTH && a->type == VALUE_TEXT && !value_as_number(a, &x))
        return is_word(a, b->truth ? "true" : "false");
    if (!(a->type == VALUE_TEXT && a->is_quoted && b->type == VALUE_TEXT && b->is_quoted) &&
        value_as_number(a, &x) && value_as_number(b, &y))
        return x == y;
    return compare_bytes(a, b) == 0;
}

int
value_compare(const struct value *a, const struct value *b)
{
    double x, y;

    if (value_as_number(a, &x) && value_as_number(b, &y))
        return compare_numbers(x, y);
    return compare_bytes(a, b);
}

/* The run of digits, or of other characters, at the start. */
static size_t
run_length(const char *text, size_t len)
{
    size_t n = 1;

    while (n < len && is_digit(text[n]) == is_digit(text[0]))
        n++;
    return n;
}

static int
compare_runs(const char *a, size_t len_a, const char *b, size_t len_b)
{
    int side;

    if (is_digit(*a) && is_digit(*b) && len_a != len_b)
        return len_a < len_b ? -1 : 1;
    side = memcmp(a, b, len_a < len_b ? len_a : len_b);
    return side != 0 ? side : len_a < len_b ? -1 : len_a > len_b;
}

static int
compare_naturally(const struct value *a, const struct value *b)
{
    char room_a[VALUE_ROOM], room_b[VALUE_ROOM];
    size_t len_a, len_b;
    const char *x = value_as_text(a, room_a, &len_a), *y = value_as_text(b, room_b, &len_b);

    while (len_a > 0 && len_b > 0) {
        size_t run_a = run_length(x, len_a), run_b = run_length(y, len_b);
        int side = compare_runs(x, run_a, y, run_b);

        if (side != 0)
            return side;
        x += run_a;
        len_a -= run_a;
        y += run_b;
        len_b -= run_b;
    }
    return len_a > 0 ? 1 : len_b > 0 ? -1 : 0;
}

int
value_sort(const struct value *a, const struct value *b)
{
    double x, y;
    bool number_a = value_as_number(a, &x), number_b = value_as_number(b, &y);

    if (number_a && number_b)
        return compare_numbers(x, y);
    if (number_a != number_b)
        return number_a ? 1 : -1;
    return compare_naturally(a, b);
}

/* --- keys ------------------------------------------------------------------------------------- */

void
value_key(struct buf *b, const struct value *v)
{
    char room[VALUE_ROOM];
    const char *text;
    size_t len;

    if (value_is_null(v)) {
        buf_addc(b, 'n');
        return;
    }
    if (v->type == VALUE_TIME) {
        buf_addc(b, 't');
        buf_add(b, &v->time_ms, sizeof v->time_ms);
        return;
    }
    if (v->type == VALUE_NUMBER) {
        double number = v->number == 0 ? 0 : v->number; /* -0 is no other number */

        buf_addc(b, 'd');
        buf_add(b, &number, sizeof number);
        return;
    }
    text = value_as_text(v, room, &len);
    buf_addc(b, 's');
    buf_add(b, &len, sizeof len);
    buf_add(b, text, len);
}
