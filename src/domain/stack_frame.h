/* stack_frame.h - one line of a JavaScript stack: which function, in which file, and whose.
 * SPDX-License-Identifier: MIT */
#ifndef OV_DOMAIN_STACK_FRAME_H
#define OV_DOMAIN_STACK_FRAME_H

#include <stdbool.h>
#include <stddef.h>

#define STACK_FUNCTION_TEXT 96
#define STACK_FILE_TEXT     128

struct stack_frame {
    char function[STACK_FUNCTION_TEXT]; /* "" when anonymous, or a name that a minifier made up */
    char file[STACK_FILE_TEXT]; /* without host, query, position and build hash; "" when unknown */
    bool is_own;                /* the app's: no package, bundler, extension or engine */
};

/* Reads the syntaxes of Chromium (and Node), Firefox and Safari. false: the line is no frame. */
bool stack_frame_read(struct stack_frame *out, const char *line, size_t len);

#endif
