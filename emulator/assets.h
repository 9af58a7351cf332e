/* assets.h - the files inside the program: the landing page and the scripts for pages.
 * SPDX-License-Identifier: MIT */
#ifndef OV_EMULATOR_ASSETS_H
#define OV_EMULATOR_ASSETS_H

#include "emulator/exchange.h"

#include <stddef.h>

struct asset {
    const char *name; /* "index.html" */
    const unsigned char *bytes;
    size_t len;
};

extern const struct asset assets[]; /* ends with a row without name */

void assets_index(struct exchange *x);  /* GET / */
void assets_script(struct exchange *x); /* GET /obsview.js */
void assets_umami(struct exchange *x);  /* GET /script.js */

#endif
