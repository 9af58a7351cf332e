/* url.h - addresses as browsers and JavaScript's `new URL(text, base)` read them.
 * SPDX-License-Identifier: MIT
 *
 * The WHATWG rules for the parts that are kept: backslashes are slashes, tabs and newlines vanish,
 * dot segments are resolved, other characters are percent-encoded as each part has it. Hosts become
 * lower case and Punycode; of the mapping tables of Unicode only letters of Latin, Greek and
 * Cyrillic are lowered. */
#ifndef OV_DOMAIN_URL_H
#define OV_DOMAIN_URL_H

#include "base/buf.h"
#include "base/mem.h"

#include <stdbool.h>

struct url {
    const char *scheme; /* "https" */
    bool is_special;    /* http, https, ws, wss, ftp, file */
    bool is_opaque;     /* "mailto:x": the path is one text */
    const char *host;   /* without the port; "" for none */
    const char *path;   /* "/a/b" */
    const char *query;  /* without '?'; "" for none */
    const char *hash;   /* without '#'; "" for none */
};

/* `base` NULL: the text must be absolute. Everything of *out is in the arena. */
bool url_parse(struct url *out, struct arena *arena, const char *text, const struct url *base);

/* The value of the first parameter of that name in a query, decoded as a form's; NULL: there is
 * none. */
const char *url_parameter(struct arena *arena, const char *query, const char *name);

/* As decodeURI() and decodeURIComponent(): NULL where these throw. */
const char *url_decode_uri(struct arena *arena, const char *text);
const char *url_decode_component(struct arena *arena, const char *text);

#endif
