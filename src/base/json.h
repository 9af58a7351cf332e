/* json.h - bounded parsing, calm access and fast printing over cJSON.
 * SPDX-License-Identifier: MIT
 *
 * Everything here treats the text as hostile: depth and size are bounded before cJSON sees it. */
#ifndef OV_BASE_JSON_H
#define OV_BASE_JSON_H

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSON_DEPTH_MAX 64

/* A bit in cJSON's type word: this number is a time, in epoch seconds. Each wire codec writes times
 * its own way (JSON: a number, query protocol: ISO 8601, CBOR: tag 1), so handlers mark them with
 * json_time(). */
#define JSON_TIME (1 << 12)
/* Another: the keys of this object are data, not names of fields (query protocol: <entry> lists).
 */
#define JSON_MAP (1 << 13)

/* Parses exactly one JSON value (blanks around it allowed) of at most `len` bytes. The caller owns
 * *out (cJSON_Delete). E_INVALID names the byte offset where reading stopped; nesting past
 * JSON_DEPTH_MAX and NUL bytes are E_INVALID too; an escaped NUL, and half a surrogate pair, read
 * as U+FFFD. */
MUST_CHECK enum status json_parse(cJSON **out, const char *text, size_t len, struct err *err);

/* As json_parse(), but refuses what cJSON lets pass and no browser's JSON.parse() would: numbers
 * such as 01 and 1., and control characters that are not escaped. */
MUST_CHECK enum status json_parse_strict(cJSON **out, const char *text, size_t len,
                                         struct err *err);

/* As json_parse(), but the tree lives in `arena` and dies with it: nobody may cJSON_Delete() it.
 * Half the time, and its strings may be kept as long as the arena. */
MUST_CHECK enum status json_parse_in(const cJSON **out, struct arena *arena, const char *text,
                                     size_t len, struct err *err);
/* Both: strict, and in the arena. */
MUST_CHECK enum status json_parse_strict_in(const cJSON **out, struct arena *arena,
                                            const char *text, size_t len, struct err *err);

/* Compact text. Numbers print with the fewest digits that read back the same; NaN and infinities as
 * null. */
void json_print(struct buf *b, const cJSON *value);
/* One string with its quotes, escaped; `len` bytes that need not be NUL-terminated. Bytes that are
 * not UTF-8 become U+FFFD each. Control characters are escaped, those behind ASCII too: who reads
 * JSON at a terminal is not to run what somebody sent. */
void json_print_string(struct buf *b, const char *text, size_t len);
void json_print_number(struct buf *b, double value);
/* The same with at most `digits` significant ones, 1 to 17; a whole number keeps all of its own.
 * For what was calculated: the rest of it is how doubles are kept. */
void json_print_rounded(struct buf *b, double value, int digits);
/* How many bytes a string and a number would append. */
size_t json_string_bytes(const char *text, size_t len);
size_t json_number_bytes(double value);

/* Member look-ups are case-sensitive; a NULL or non-object `obj` has no members. */
const cJSON *json_get(const cJSON *obj, const char *key);
const char *json_get_string(const cJSON *obj, const char *key, const char *otherwise);
double json_get_number(const cJSON *obj, const char *key, double otherwise);
int64_t json_get_int(const cJSON *obj, const char *key, int64_t otherwise);
bool json_get_bool(const cJSON *obj, const char *key, bool otherwise);

/* A new number marked as a time; `epoch_ms` is in milliseconds, the value in seconds. */
cJSON *json_time(int64_t epoch_ms);
/* The same for a number that exists. */
void json_set_time(cJSON *number, int64_t epoch_ms);
/* A new array of `count` zeros, which stand one behind the other in `arena` from ->child on; for
 * long lists of numbers, that the caller sets. It may be deleted any time before the arena goes. */
cJSON *json_numbers(struct arena *arena, size_t count);
/* A new empty object marked as a map. */
cJSON *json_map(void);

#endif
