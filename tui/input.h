/* input.h - bytes from a keyboard become keys.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TUI_INPUT_H
#define OV_TUI_INPUT_H

#include "tui/keys.h"

#include <stdbool.h>
#include <stddef.h>

struct input_event {
    key_code key; /* KEYSYM_NONE: bytes that mean nothing to us */
    int x;        /* KEYSYM_CLICK and the wheel: the tile */
    int y;
};

/* Reads one event from the front of `bytes`. Returns the bytes it took, 0 when more must come to
 * know: an escape alone may be the key or the start of a sequence. With `is_all` (nothing more came
 * in time) it is the key. */
size_t input_parse(struct input_event *event, const unsigned char *bytes, size_t len, bool is_all);

#endif
