/* keys.c - one table of key names, read in both directions.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/keys.h"

#include "base/buf.h"
#include "base/text.h"
#include "tui/canvas.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    key_code key;
} named[] = {
    { "Up", KEYSYM_UP },        { "Down", KEYSYM_DOWN },        { "Left", KEYSYM_LEFT },
    { "Right", KEYSYM_RIGHT },  { "Home", KEYSYM_HOME },        { "End", KEYSYM_END },
    { "PgUp", KEYSYM_PAGE_UP }, { "PgDn", KEYSYM_PAGE_DOWN },   { "Del", KEYSYM_DELETE },
    { "BS", KEYSYM_BACKSPACE }, { "Tab", KEYSYM_TAB },          { "S-Tab", KEYSYM_BACKTAB },
    { "Enter", KEYSYM_ENTER },  { "Esc", KEYSYM_ESCAPE },       { "Space", ' ' },
    { "Click", KEYSYM_CLICK },  { "WheelUp", KEYSYM_WHEEL_UP }, { "WheelDown", KEYSYM_WHEEL_DOWN },
};

#define NAMED (sizeof(named) / sizeof(named[0]))

void
keys_name(char name[KEY_NAME_MAX], key_code key)
{
    struct buf text;

    for (size_t i = 0; i < NAMED; i++) {
        if (named[i].key == key) {
            snprintf(name, KEY_NAME_MAX, "%s", named[i].name);
            return;
        }
    }
    if (key < 0x20) {
        snprintf(name, KEY_NAME_MAX, "^%c", (char)(key + '@'));
        return;
    }
    buf_init(&text, KEY_NAME_MAX);
    if (key < KEYSYM_NONE)
        canvas_print_code_point(&text, key);
    snprintf(name, KEY_NAME_MAX, "%s", text.data);
    buf_fini(&text);
}

bool
keys_parse(key_code *out, const char *name)
{
    const char *rest = name;
    uint32_t cp;

    for (size_t i = 0; i < NAMED; i++) {
        if (strcmp(named[i].name, name) == 0) {
            *out = named[i].key;
            return true;
        }
    }
    if (name[0] == '^' && name[1] >= '@' && name[1] <= '_' && name[2] == '\0') {
        *out = CONTROL(name[1]);
        return true;
    }
    cp = text_next(&rest);
    if (cp == 0 || *rest != '\0')
        return false;
    *out = cp;
    return true;
}
