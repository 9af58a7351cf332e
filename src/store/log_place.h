/* log_place.h - where a line stands among all lines, and that place as text.
 * SPDX-License-Identifier: MIT
 *
 * Lines are in order of time, then kind, then arrival. The text of a place is both the line's event
 * id and a continuation key. */
#ifndef OV_STORE_LOG_PLACE_H
#define OV_STORE_LOG_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#define LOG_KIND_NONE  '0' /* before every line of its millisecond */
#define LOG_KIND_ERROR 'e'
#define LOG_KIND_LINE  'l'
#define LOG_KIND_VITAL 'v'

struct log_place {
    int64_t time_ms;
    int64_t number; /* below 2^60 */
    char kind;
};

#define LOG_PLACE_TEXT 32

int log_place_compare(const struct log_place *a, const struct log_place *b);
void log_place_format(const struct log_place *place, char text[LOG_PLACE_TEXT]);
bool log_place_parse(struct log_place *out, const char *text);

/* Lines of a typed row: the counter of its id, then the line in it. */
#define POST_LINE_BITS 24
int64_t log_place_post_number(int64_t id, int64_t line);
int64_t log_place_post_id(const struct log_place *place);

#endif
