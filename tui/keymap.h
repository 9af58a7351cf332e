/* keymap.h - actions: each key, command and hint is one row.
 * SPDX-License-Identifier: MIT
 *
 * A row gives an action its name, keys, help and menu hint. `:name` runs it, a key runs it, the
 * help lists it; nothing else knows keys. */
#ifndef OV_TUI_KEYMAP_H
#define OV_TUI_KEYMAP_H

#include "tui/keys.h"

#include <stdbool.h>
#include <stddef.h>

struct app;

/* Where a key means something; the hints show what fits the panel one is in. */
enum scope {
    SCOPE_ALWAYS,
    SCOPE_TABLE,
    SCOPE_TAIL,
    SCOPE_TEXT /* a pager */
};

struct action {
    const char *name;
    const char *keys;     /* names separated by blanks: "j Down"; "" for commands only */
    const char *argument; /* "NAME" when `:name` takes one; NULL */
    const char *help;     /* one line, lower case */
    const char *hint;     /* in the last row: "filter"; NULL: not there */
    enum scope scope;
    void (*run)(struct app *app, const char *argument); /* "" when there is none */
};

extern const struct action app_actions[]; /* everywhere on the screen (app_actions.c) */

extern const struct action
    app_transport_actions[]; /* before those, of a recording (app_transport.c) */

extern const struct action app_query_actions[];   /* of the view of logs (app_query.c) */
extern const struct action app_request_actions[]; /* of the view of the intake (app_requests.c) */
extern const struct action app_review_actions[];  /* of the view of privacy (app_review.c) */
extern const struct action app_website_actions[]; /* of the view of visitors (app_websites.c) */
extern const struct action app_session_actions[]; /* of the view of sessions (app_sessions.c) */

/* Tables end with a row without a name. */
const struct action *keymap_key(const struct action *table, key_code key);
const struct action *keymap_named(const struct action *table, const char *name);
/* The first of its keys, or "". */
void keymap_first_key(char name[KEY_NAME_MAX], const struct action *action);
/* Calls `each` with every key of the action; false when one of the names is no key. */
bool keymap_keys(const struct action *action, void (*each)(void *arg, key_code key), void *arg);

#endif
