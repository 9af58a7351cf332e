/* command_words.h - a command line cut into words, without a shell.
 * SPDX-License-Identifier: MIT */
#ifndef OV_AWS_COMMAND_WORDS_H
#define OV_AWS_COMMAND_WORDS_H

#include "base/err.h"

/* As a POSIX shell cuts words, with quotes and backslashes but without any expansion. *out ends
 * with NULL; free each and the list with command_words_free(). E_INVALID: a quote that does not
 * end, or no word at all. */
MUST_CHECK enum status command_words(char ***out, const char *line, struct err *err);
void command_words_free(char **words); /* NULL is fine */

#endif
