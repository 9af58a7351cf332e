/* money.c - decimal strings to millionths and back, without a double in between.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "domain/money.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#define DIGITS_MAX   64
#define EXPONENT_MAX 1000
#define PLACES       6

/* A number as its digits without the point, and how many of them stand before it. */
struct decimal {
    char digits[DIGITS_MAX];
    int count;
    int point;
};

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Leading zeros say nothing and are not kept; digits that do not fit cannot matter. */
static void
add_digit(struct decimal *d, char c, bool behind_point)
{
    if (d->count == 0 && c == '0') {
        d->point -= behind_point;
        return;
    }
    if (d->count < DIGITS_MAX)
        d->digits[d->count++] = c;
    d->point += !behind_point;
}

static bool
read_exponent(const char **text, int *out)
{
    const char *at = *text + 1;
    bool negative = *at == '-';
    int value = 0;

    at += *at == '-' || *at == '+';
    if (!is_digit(*at))
        return false;
    for (; is_digit(*at); at++)
        value = value < EXPONENT_MAX ? 10 * value + (*at - '0') : value;
    *out = negative ? -value : value;
    *text = at;
    return true;
}

static bool
read_decimal(struct decimal *d, const char *text)
{
    bool behind_point = false, has_digit = false;
    int exponent = 0;

    *d = (struct decimal){ .count = 0 };
    for (; is_digit(*text) || (*text == '.' && !behind_point); text++) {
        if (*text == '.') {
            behind_point = true;
            continue;
        }
        has_digit = true;
        add_digit(d, *text, behind_point);
    }
    if (has_digit && (*text == 'e' || *text == 'E') && !read_exponent(&text, &exponent))
        return false;
    d->point += exponent;
    return has_digit && *text == '\0';
}

bool
money_parse(int64_t *microusd, const char *text)
{
    struct decimal d;
    int64_t value = 0;
    bool negative = *text == '-';
    int wanted;

    if (!read_decimal(&d, text + (*text == '-' || *text == '+')))
        return false;
    wanted = d.count == 0 ? 0 : d.point + PLACES;
    for (int i = 0; i < wanted; i++) {
        value = 10 * value + (i < d.count ? d.digits[i] - '0' : 0);
        if (value > MONEY_MAX)
            return false;
    }
    if (wanted >= 0 && wanted < d.count && d.digits[wanted] >= '5')
        value++;
    if (value > MONEY_MAX)
        return false;
    *microusd = negative ? -value : value;
    return true;
}

void
money_format(char text[MONEY_TEXT], int64_t microusd, int decimals)
{
    uint64_t size = microusd < 0 ? 0 - (uint64_t)microusd : (uint64_t)microusd;
    uint64_t unit = 1, whole, scale = 1;

    for (int i = decimals; i < PLACES; i++)
        unit *= 10;
    for (int i = 0; i < decimals; i++)
        scale *= 10;
    size = (size + unit / 2) / unit;
    whole = size / scale;
    if (decimals == 0)
        snprintf(text, MONEY_TEXT, "%s%" PRIu64, microusd < 0 && size > 0 ? "-" : "", whole);
    else
        snprintf(text, MONEY_TEXT, "%s%" PRIu64 ".%0*" PRIu64, microusd < 0 && size > 0 ? "-" : "",
                 whole, decimals, size % scale);
}
