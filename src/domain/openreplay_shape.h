/* openreplay_shape.h - what a storyboard shows of texts that people typed, or that name them.
 * SPDX-License-Identifier: MIT
 *
 * A recording may hold values; a screen, a report or a log that shows it may not. So a value
 * becomes its shape, an address loses the values of its query, and in prose what looks like an
 * e-mail, a long number or a secret is starred. It is careful rather than exact: the privacy rules
 * (pii.h) find leaks, this only keeps from making new ones. `reveal` shows all as it is. */
#ifndef OV_DOMAIN_OPENREPLAY_SHAPE_H
#define OV_DOMAIN_OPENREPLAY_SHAPE_H

#include "base/buf.h"
#include "domain/openreplay_message.h"

/* `"A** L*******" (12)`: the first letters of words, and how many UTF-16 units there are. */
void openreplay_shape_value(struct buf *b, struct openreplay_text value, bool reveal);
/* At most `columns` columns of clean text, a "…" in the place of what is left out. */
void openreplay_shape_prose(struct buf *b, struct openreplay_text prose, int columns, bool reveal);
/* "/settings?tab=…&email=…": without the origin, if it is that of `page`. */
void openreplay_shape_url(struct buf *b, struct openreplay_text url, struct openreplay_text page,
                          bool reveal);
/* The same without query and fragment, with the origin. */
void openreplay_shape_page(struct buf *b, struct openreplay_text url);

#endif
