/* money.h - US dollars as whole millionths, so that sums are exact.
 * SPDX-License-Identifier: MIT
 *
 * Money is never a double in a sum. Bills carry decimal strings of many digits; each is rounded to
 * a millionth once, where it is read, and from then on everything adds up. */
#ifndef OV_DOMAIN_MONEY_H
#define OV_DOMAIN_MONEY_H

#include <stdbool.h>
#include <stdint.h>

#define MONEY_USD  INT64_C(1000000)
#define MONEY_MAX  (INT64_C(1000000000) * MONEY_USD) /* either side of 0: a billion dollars */
#define MONEY_TEXT 32

/* A decimal number with an optional sign, fraction and exponent ("1.2345678901", "-3", "0E-10"),
 * rounded to a millionth, halves away from zero. false: not that, or beyond MONEY_MAX. */
bool money_parse(int64_t *microusd, const char *text);
/* With 0 to 6 decimals, halves away from zero: "1234.57", "-0.10". */
void money_format(char text[MONEY_TEXT], int64_t microusd, int decimals);

#endif
