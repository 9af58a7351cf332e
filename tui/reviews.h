/* reviews.h - which recorded sessions a person has looked through, and when findings were last
 * seen. SPDX-License-Identifier: MIT
 *
 * A text file in the state directory, readable by its owner alone, that several screens may write
 * to. A line is a review:
 *   review TAB environment TAB session TAB milliseconds TAB who TAB note
 * or a look at the view of privacy:
 *   look TAB environment TAB milliseconds
 * The last line about a session counts. */
#ifndef OV_TUI_REVIEWS_H
#define OV_TUI_REVIEWS_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REVIEWS_WANTED 10 /* sessions that somebody should look through (document, "Privacy") */
#define REVIEW_NOTE    240
#define REVIEW_SESSION 128

struct review {
    const char *environment, *session, *by, *note;
    int64_t time_ms;
};

struct reviews;

/* What the file says; a file that is not there says nothing, and so do lines that cannot be read.
 * E_IO names the file. */
MUST_CHECK enum status reviews_load(struct reviews **out, const char *path, struct err *err);
void reviews_free(struct reviews *reviews); /* NULL is fine */

/* The newest of each session, the newest first. NULL has none. */
size_t reviews_count(const struct reviews *reviews);
const struct review *reviews_at(const struct reviews *reviews, size_t i);
/* NULL: not reviewed in that environment. */
const struct review *reviews_find(const struct reviews *reviews, const char *environment,
                                  const char *session);
/* 0: nobody looked yet. */
int64_t reviews_last_look_ms(const struct reviews *reviews, const char *environment);

/* Adds a line; whole or not at all. `by` NULL: the user of this process. The note is cut at
 * REVIEW_NOTE bytes. E_INVALID: that is no session's id. */
MUST_CHECK enum status reviews_add(const char *path, const struct review *review, struct err *err);
MUST_CHECK enum status reviews_look(const char *path, const char *environment, int64_t time_ms,
                                    struct err *err);
/* Digits, letters, '-', '_', '.' and ':', up to REVIEW_SESSION. */
bool review_is_session(const char *text);

#endif
