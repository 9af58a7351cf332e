/* keys.h - keys and their names.
 * SPDX-License-Identifier: MIT
 *
 * A key is a Unicode code point (control keys as their codes: ^D is 4) or one of the names below.
 */
#ifndef OV_TUI_KEYS_H
#define OV_TUI_KEYS_H

#include <stdbool.h>
#include <stdint.h>

typedef uint32_t key_code;

#define CONTROL(letter) ((key_code)((letter)&0x1f))

/* Past the last code point. */
enum {
    KEYSYM_NONE = 0x110000,
    KEYSYM_UP,
    KEYSYM_DOWN,
    KEYSYM_LEFT,
    KEYSYM_RIGHT,
    KEYSYM_HOME,
    KEYSYM_END,
    KEYSYM_PAGE_UP,
    KEYSYM_PAGE_DOWN,
    KEYSYM_DELETE,
    KEYSYM_BACKSPACE,
    KEYSYM_TAB,
    KEYSYM_BACKTAB,
    KEYSYM_ENTER,
    KEYSYM_ESCAPE,
    KEYSYM_CLICK, /* with a place: see screen.h */
    KEYSYM_WHEEL_UP,
    KEYSYM_WHEEL_DOWN,
    KEYSYM_LAST
};

#define KEY_NAME_MAX 16

/* "q", "^D", "Tab", "Space", "PgUp" */
void keys_name(char name[KEY_NAME_MAX], key_code key);
bool keys_parse(key_code *out, const char *name);

#endif
