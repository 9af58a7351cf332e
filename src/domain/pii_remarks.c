/* pii_remarks.c - what stands where a secret would and is none.
 * SPDX-License-Identifier: MIT
 *
 * Stars, blanks, {placeholders}, bound parameters, words such as null, the label of a field, a
 * path of names in a program, and what is said of a secret: "Password is required", "TOO_SHORT",
 * ERR_401. A passphrase consists of words, too, so that only those tell which sentences about
 * passwords have. */
#include "config.h"

#include "domain/pii_remarks.h"

#include <string.h>
#include <strings.h>

#include "domain/pii_names.h"
#include "domain/pii_own.h"

#define BOUND_MOST 3 /* digits of a parameter's number */

bool
pii_is_word_of(const char *const *words, size_t count, const char *value, size_t length)
{
    const char first = (char)(length == 0 ? 0 : *value | 0x20);

    for (size_t i = 0; i < count; i++) {
        if (*words[i] == first && strlen(words[i]) == length &&
            strncasecmp(words[i], value, length) == 0)
            return true;
    }
    return false;
}

static const char *const no_secrets[] = { "null",     "undefined", "none",   "true", "false",
                                          "redacted", "filtered",  "masked", "yes",  "no",
                                          "on",       "off",       "ok" };
/* What is said of passwords. */
static const char *const remarks[] = {
    "accepted",
    "blocked",
    "cannot",
    "changed",
    "correct",
    "disabled",
    "empty",
    "enabled",
    "encrypted",
    "expired",
    "failed",
    "failure",
    "forgotten",
    "hashed",
    "hidden",
    "incorrect",
    "invalid",
    "locked",
    "mandatory",
    "matched",
    "mismatch",
    "missing",
    "needed",
    "optional",
    "present",
    "provided",
    "rejected",
    "required",
    "reset",
    "rotated",
    "success",
    "unauthorized",
    "unchanged",
    "unknown",
    "updated",
    "wrong",
    "denied",
    "refused",
    "compromised",
    "revoked",
    "verified",
    "validation",
    "forbidden",
    "generated",
    "ignored",
    "unsupported",
    "unavailable",
    "passed",
    "skipped",
    /* as pages and their servers say it elsewhere */
    "erforderlich",
    "falsch",
    "fehlt",
    "leer",
    "vergessen",
    "abgelaufen",
    "ung\u00fcltig",
    "requis",
    "invalide",
    "obligatoire",
    "expir\u00e9",
    "oubli\u00e9",
    "manquant",
    "obligatoria",
    "obligatorio",
    "incorrecta",
    "requerida",
    "inv\u00e1lida",
    "olvidada",
    "obrigat\u00f3ria",
    "incorreta",
    "expirada",
    "verplicht",
    "ongeldig",
    "vereist",
};
/* What sentences about them and codes of errors have; of a passphrase each might be one. */
static const char *const telling[] = {
    "must",    "should",     "cannot", "too",     "min",     "max",      "minimum",  "maximum",
    "least",   "characters", "err",    "error",   "invalid", "required", "mismatch", "expired",
    "missing", "weak",       "wrong",  "expires", "status",  "failed",
};
/* What declares one, or names it in prose: it may be one where quotes are around it. */
static const char *const declared[] = {
    "length",  "number",     "object",  "secret",   "string",  "varchar",  "boolean",
    "bcrypt",  "argon2id",   "argon2",  "scrypt",   "pbkdf2",  "sha256",   "sha512",
    "sha-256", "sha-512",    "utf8mb4", "strength", "strong",  "stronger", "minimum",
    "maximum", "complexity", "timeout", "tooshort", "toolong", "tooweak",  "plaintext",
};
/* The field's name in the language of its page. */
static const char *const labels[] = { "password", "passwort",     "kennwort", "contrase\u00f1a",
                                      "senha",    "mot de passe", "token" };

/* "$1", "?", "@p0", ":password" of a statement. */
static bool
is_bound(const char *value, size_t length)
{
    const size_t start = length > 1 && memcmp(value, "@p", 2) == 0 ? 2 : 1;
    struct pii_named known;

    if (length > 1 && value[length - 1] == ',')
        length--;
    if (*value == ':' && pii_name_before(&known, value, length) && known.start == 1)
        return true;
    return pii_is_among("?$:@", *value) && (*value != '@' || start == 2) &&
           (length > start || *value == '?') && length - start <= BOUND_MOST &&
           pii_count_digits(value + start, length - start) == length - start;
}

/* The name of a key or a secret that is kept elsewhere: "arn:aws:kms:...", "alias/aws/s3". */
static bool
is_reference(const char *value, size_t length)
{
    return length > 6 && (memcmp(value, "arn:", 4) == 0 || memcmp(value, "alias/", 6) == 0);
}

/* {token}, [redacted], ${TOKEN} */
static bool
is_placeholder(const char *value, size_t length)
{
    char last = value[length - 1];

    return (*value == '{' && last == '}') || (*value == '[' && last == ']') ||
           (*value == '<' && last == '>') || (length > 2 && memcmp(value, "${", 2) == 0) ||
           is_bound(value, length);
}

/* Where the word ends that begins at `at`: at a sign, or before the capital of the next one. */
static size_t
word_end(const char *value, size_t length, size_t at)
{
    const size_t start = at;

    while (at < length && (pii_is_letter(value[at]) || pii_is_digit(value[at])) &&
           (at == start || !pii_is_capital(value[at]) || pii_is_capital(value[at - 1])))
        at++;
    return at;
}

/* "Password is required", "TOO_SHORT", "password.tooShort", "ERR_401": words and numbers, and one
 * of them is told by what it means. */
static bool
is_said(const char *value, size_t length)
{
    bool is_told = false, has_more = false;

    for (size_t at = 0, end; at < length; at = end) {
        end = word_end(value, length, at);
        if (end == at) {
            if (!pii_is_among(" +_-.,:;()'!", value[end++]))
                return false;
            has_more |= end < length;
            continue;
        }
        if (pii_count_digits(value + at, end - at) % (end - at) != 0)
            return false;
        has_more |= end < length;
        is_told |= PII_IS_WORD_OF(telling, value + at, end - at);
    }
    return is_told && has_more;
}

/* "process.env.API_KEY", "e.token1", "errors.password.short": a path of names, of which one is that
 * of a secret. */
static bool
is_path_of_names(const char *value, size_t length)
{
    bool is_named = false, has_point = false;

    for (size_t at = 0, end; at < length; at = end + 1) {
        struct pii_named known;
        size_t name;

        for (end = at; end < length && value[end] != '.';)
            end++;
        if (end == at || pii_is_digit(value[at]))
            return false;
        for (size_t i = at; i < end; i++) {
            if (!pii_is_base64url(value[i]) || value[i] == '-')
                return false;
        }
        for (name = end; name > at && pii_is_digit(value[name - 1]);)
            name--;
        has_point |= end < length;
        is_named |= pii_name_before(&known, value, name);
    }
    return has_point && is_named;
}

/* Said of a secret, or where one would be. */
static bool
is_remark(const char *value, size_t length)
{
    return PII_IS_WORD_OF(no_secrets, value, length) || PII_IS_WORD_OF(remarks, value, length) ||
           PII_IS_WORD_OF(labels, value, length) || is_said(value, length) ||
           is_path_of_names(value, length);
}

bool
pii_is_secret(const char *value, size_t length)
{
    return length > 0 && length <= PII_SECRET_MOST && !pii_is_masked(value, length) &&
           !is_placeholder(value, length) && !is_reference(value, length) &&
           !is_remark(value, length);
}

/* What a sentence about a password goes on with; a word that ends like these is of one, too. */
static bool
ends_as_said(const char *value, size_t length)
{
    static const char *const ends[] = { "ed",   "ing",  "ion",  "ions", "ly",
                                        "able", "ible", "ment", "ungen" };

    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        const size_t end = strlen(ends[i]);

        if (length > end && strncasecmp(value + length - end, ends[i], end) == 0)
            return true;
    }
    return false;
}

bool
pii_is_prose(const char *value, size_t length)
{
    static const char *const words[] = {
        "access",  "account",    "active",    "admin",    "already", "always",   "attempt",
        "before",  "behind",     "between",   "browser",  "chosen",  "contains", "database",
        "default", "differs",    "digits",    "either",   "email",   "endpoint", "entries",
        "exceeds", "fields",     "format",    "function", "handler", "history",  "inputs",
        "letters", "manager",    "matches",   "neither",  "nothing", "please",   "policy",
        "process", "prompt",     "request",   "response", "safely",  "server",   "service",
        "session", "should",     "special",   "support",  "symbols", "symbol",   "update",
        "upper",   "written",    "bitte",     "eingabe",  "zeichen", "veuillez", "ingrese",
        "digite",  "characters", "character", "changes",  "resets",  "failures", "errors",
        "except",  "expiry",     "expires",   "feature",  "contact", "sign-in",  "sign-up",
        "log-in",  "return",     "security",  "strength", "system",  "tokens",   "values",
        "version", "warning",    "without",   "reason",   "result",  "status",   "message",
    };

    return PII_IS_WORD_OF(words, value, length) || ends_as_said(value, length) ||
           PII_IS_WORD_OF(telling, value, length) || pii_is_declared(value, length);
}

bool
pii_is_declared(const char *value, size_t length)
{
    return PII_IS_WORD_OF(declared, value, length);
}
