/* command_words.c - quotes and backslashes of a command line.
 * SPDX-License-Identifier: MIT
 *
 * The rules are those of Python's shlex in POSIX mode, by which the AWS CLI reads the same line:
 * nothing is special in single quotes; in double quotes a backslash is special before " and \. */
#include "config.h"

#include "aws/command_words.h"

#include "base/mem.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* One word, unquoted into `to`, which has room for all of it. NULL: a quote does not end. */
static const char *
read_word(char *to, const char *at)
{
    char quote = '\0';

    for (; *at != '\0' && (quote != '\0' || !is_blank(*at)); at++) {
        if (quote != '\0' && *at == quote)
            quote = '\0';
        else if (quote == '\0' && (*at == '"' || *at == '\''))
            quote = *at;
        else if (*at == '\\' && quote != '\'') {
            if (at[1] == '\0')
                return NULL;
            if (quote == '"' && at[1] != '"' && at[1] != '\\')
                *to++ = '\\';
            *to++ = *++at;
        } else
            *to++ = *at;
    }
    *to = '\0';
    return quote == '\0' ? at : NULL;
}

enum status
command_words(char ***out, const char *line, struct err *err)
{
    char **words = xcalloc(strlen(line) / 2 + 2, sizeof *words);
    const char *at = line;
    size_t count = 0;

    for (;;) {
        while (is_blank(*at))
            at++;
        if (*at == '\0')
            break;
        words[count] = xmalloc(strlen(at) + 1);
        at = read_word(words[count++], at);
        if (at == NULL) {
            command_words_free(words);
            return err_set(err, E_INVALID, "a quote or a backslash does not end");
        }
    }
    if (count == 0) {
        command_words_free(words);
        return err_set(err, E_INVALID, "there is no command");
    }
    *out = words;
    return OK;
}

void
command_words_free(char **words)
{
    for (char **w = words; w != NULL && *w != NULL; w++)
        free(*w);
    free(words);
}
