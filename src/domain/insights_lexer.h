/* insights_lexer.h - a Logs Insights query as tokens, each with its place.
 * SPDX-License-Identifier: MIT */
#ifndef OV_DOMAIN_INSIGHTS_LEXER_H
#define OV_DOMAIN_INSIGHTS_LEXER_H

#include "base/err.h"
#include "base/mem.h"

#include <stdbool.h>
#include <stddef.h>

enum token_kind {
    TOKEN_END,
    TOKEN_NAME,   /* a bare word: command, function, field, keyword */
    TOKEN_FIELD,  /* a name with back-quotes or brackets in it: always a field */
    TOKEN_NUMBER, /* digits */
    TOKEN_PERIOD, /* digits and a unit: 5m */
    TOKEN_STRING, /* text is without quotes and escapes */
    TOKEN_REGEX,  /* text is without slashes */
    TOKEN_SIGN    /* punctuation and operators, in text */
};

struct insights_token {
    enum token_kind kind;
    const char *text; /* NUL-terminated, in the arena */
    size_t len;
    size_t start, end; /* bytes of the query */
};

struct insights_lexer {
    const char *query;
    size_t len;
    struct insights_token now; /* the token at hand */
    size_t before;             /* where the token before it ended */
    struct arena *arena;
    /* Filled on failure, and then the token at hand is TOKEN_END. */
    bool failed;
    size_t error_start, error_end;
    struct err *err;
};

/* Reads the first token. */
void lexer_init(struct insights_lexer *lx, const char *query, struct arena *arena, struct err *err);
void lexer_next(struct insights_lexer *lx);

/* Case does not count in keywords, functions and commands. */
bool lexer_at_word(const struct insights_lexer *lx, const char *word);
bool lexer_at_sign(const struct insights_lexer *lx, const char *sign);
/* Takes it when it is at hand. */
bool lexer_accept_word(struct insights_lexer *lx, const char *word);
bool lexer_accept_sign(struct insights_lexer *lx, const char *sign);
/* The slash at hand begins a regular expression: reads it as one. */
void lexer_reread_regex(struct insights_lexer *lx);

/* Keeps the first complaint, about these bytes of the query. */
enum status lexer_refuse_at(struct insights_lexer *lx, size_t start, size_t end, const char *fmt,
                            ...) __attribute__((format(printf, 4, 5)));
/* "expected WHAT, got WHAT STANDS THERE" */
enum status lexer_expected(struct insights_lexer *lx, const char *what);

#endif
