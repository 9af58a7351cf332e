/* keymap.c - looking keys and names up.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/keymap.h"

#include <stdio.h>
#include <string.h>

bool
keymap_keys(const struct action *action, void (*each)(void *arg, key_code key), void *arg)
{
    const char *at = action->keys;
    bool ok = true;

    while (*at != '\0') {
        size_t n = strcspn(at, " ");
        char name[KEY_NAME_MAX];
        key_code key;

        snprintf(name, sizeof(name), "%.*s", (int)n, at);
        if (keys_parse(&key, name))
            each(arg, key);
        else
            ok = false;
        at += n;
        at += strspn(at, " ");
    }
    return ok;
}

struct wanted {
    key_code key;
    bool is_found;
};

static void
compare(void *arg, key_code key)
{
    struct wanted *wanted = arg;

    wanted->is_found |= key == wanted->key;
}

const struct action *
keymap_key(const struct action *table, key_code key)
{
    for (; table != NULL && table->name != NULL; table++) {
        struct wanted wanted = { key, false };

        keymap_keys(table, compare, &wanted);
        if (wanted.is_found)
            return table;
    }
    return NULL;
}

const struct action *
keymap_named(const struct action *table, const char *name)
{
    for (; table != NULL && table->name != NULL; table++) {
        if (strcmp(table->name, name) == 0)
            return table;
    }
    return NULL;
}

void
keymap_first_key(char name[KEY_NAME_MAX], const struct action *action)
{
    snprintf(name, KEY_NAME_MAX, "%.*s", (int)strcspn(action->keys, " "), action->keys);
}
