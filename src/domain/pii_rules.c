/* pii_rules.c - a rules file read and compiled.
 * SPDX-License-Identifier: MIT
 *
 * The document asks for selectors and expressions in a file under version control (document, "PII
 * Masking in OpenReplay"), but says nothing about its form; ours is obsview-pii-rules(5). A member
 * that is not known is refused: a misspelt "selectors" would pass for a clean recording. */
#include "config.h"

#include "domain/pii_own.h"

#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "base/json.h"
#include "domain/pii_selector.h"

#define FORMAT_VERSION 1
#define SELECTORS_MAX  200
#define PATTERNS_MAX   100
#define ALLOWED_MAX    1000
#define NAME_MAX_BYTES 40
#define REGEX_MAX      4096

extern const char pii_rules_text[]; /* fixtures/openreplay-sanitization-rules.json */

static const char *const severity_names[] = {
    [PII_LOW] = "low", [PII_MEDIUM] = "medium", [PII_HIGH] = "high"
};
static const char *const kind_names[PII_KINDS] = {
    [PII_CARD] = "card",        [PII_IBAN] = "iban",     [PII_JWT] = "jwt",
    [PII_AWS_KEY] = "aws-key",  [PII_BEARER] = "bearer", [PII_SECRET] = "secret",
    [PII_UNMASKED] = "unmasked"
};

const char *
pii_severity_name(enum pii_severity severity)
{
    return severity_names[severity];
}

bool
pii_severity_parse(const char *text, enum pii_severity *out)
{
    for (size_t i = 0; i < sizeof severity_names / sizeof severity_names[0]; i++) {
        if (strcmp(severity_names[i], text) == 0) {
            *out = (enum pii_severity)i;
            return true;
        }
    }
    return false;
}

const char *
pii_kind_name(enum pii_kind kind)
{
    return kind_names[kind];
}

/* --- members ---------------------------------------------------------------------------------- */

struct reading {
    struct pii_rules *rules;
    struct err *err;
};

static bool
is_text(const cJSON *value, size_t most)
{
    return cJSON_IsString(value) && *value->valuestring != '\0' &&
           strlen(value->valuestring) <= most;
}

static enum status
read_array(struct reading *r, const cJSON *value, const char *name, int most)
{
    if (!cJSON_IsArray(value))
        return err_set(r->err, E_INVALID, "%s: expected an array", name);
    if (cJSON_GetArraySize(value) > most)
        return err_set(r->err, E_INVALID, "%s: more than %d elements", name, most);
    return OK;
}

static enum status
read_version(struct reading *r, const cJSON *value)
{
    if (!cJSON_IsNumber(value) || value->valuedouble < FORMAT_VERSION ||
        value->valuedouble > FORMAT_VERSION)
        return err_set(r->err, E_INVALID, "version: expected %d", FORMAT_VERSION);
    return OK;
}

static enum status
read_selectors(struct reading *r, const cJSON *value)
{
    struct pii_rules *rules = r->rules;
    const cJSON *at;
    enum status st = read_array(r, value, "selectors", SELECTORS_MAX);

    if (st != OK)
        return st;
    rules->selectors = arena_alloc(rules->arena, SELECTORS_MAX * sizeof *rules->selectors);
    cJSON_ArrayForEach(at, value)
    {
        struct pii_selector *selector = NULL;

        if (!is_text(at, SIZE_MAX))
            return err_set(r->err, E_INVALID, "selectors[%zu]: expected a CSS selector",
                           rules->selector_count);
        st = pii_selector_parse(&selector, rules->arena, at->valuestring, r->err);
        if (st != OK)
            return err_context(r->err, "selectors[%zu]", rules->selector_count);
        rules->selectors[rules->selector_count++] = selector;
    }
    return OK;
}

static enum status
read_severity(struct reading *r, const cJSON *value, enum pii_severity *out)
{
    if (value == NULL)
        return OK;
    if (!cJSON_IsString(value) || !pii_severity_parse(value->valuestring, out))
        return err_set(r->err, E_INVALID, "severity: expected low, medium or high");
    return OK;
}

/* A name becomes the kind of findings, so it must not be taken for a built-in one. */
static enum status
read_name(struct reading *r, const cJSON *value, struct pii_pattern *pattern)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
    const struct pii_rules *rules = r->rules;

    if (!is_text(value, NAME_MAX_BYTES) ||
        value->valuestring[strspn(value->valuestring, allowed)] != '\0')
        return err_set(r->err, E_INVALID,
                       "name: expected 1 to %d lower-case letters, digits and dashes",
                       NAME_MAX_BYTES);
    for (size_t i = 0; i < PII_KINDS; i++) {
        if (strcmp(kind_names[i], value->valuestring) == 0)
            return err_set(r->err, E_INVALID, "name: \"%s\" is built in", kind_names[i]);
    }
    for (size_t i = 0; i < rules->pattern_count; i++) {
        if (strcmp(rules->patterns[i].name, value->valuestring) == 0)
            return err_set(r->err, E_INVALID, "name: an earlier pattern is \"%s\", too",
                           rules->patterns[i].name);
    }
    pattern->name = arena_strdup(rules->arena, value->valuestring);
    return OK;
}

static enum status
compile(struct reading *r, const char *text, bool ignores_case, struct pii_pattern *pattern)
{
    PCRE2_UCHAR why[120];
    PCRE2_SIZE at = 0;
    int code = 0;

    pattern->code = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED,
                                  PCRE2_NEVER_UTF | PCRE2_NEVER_BACKSLASH_C |
                                      PCRE2_USE_OFFSET_LIMIT | (ignores_case ? PCRE2_CASELESS : 0),
                                  &code, &at, NULL);
    if (pattern->code == NULL) {
        pcre2_get_error_message(code, why, sizeof why);
        return err_set(r->err, E_INVALID, "regex: at byte %zu: %s", (size_t)at, (const char *)why);
    }
    /* Without executable memory the interpreter does it; the limits hold for both. */
    (void)pcre2_jit_compile(pattern->code, PCRE2_JIT_COMPLETE);
    return OK;
}

static enum status
read_regex(struct reading *r, const cJSON *object, struct pii_pattern *pattern)
{
    const cJSON *regex = json_get(object, "regex"), *flag = json_get(object, "ignoreCase");
    uint32_t least = 0;
    enum status st;

    if (!is_text(regex, REGEX_MAX))
        return err_set(r->err, E_INVALID, "regex: expected an expression of at most %d bytes",
                       REGEX_MAX);
    if (flag != NULL && !cJSON_IsBool(flag))
        return err_set(r->err, E_INVALID, "ignoreCase: expected true or false");
    st = compile(r, regex->valuestring, cJSON_IsTrue(flag), pattern);
    if (st != OK)
        return st;
    pcre2_pattern_info(pattern->code, PCRE2_INFO_MINLENGTH, &least);
    if (least == 0)
        return err_set(r->err, E_INVALID, "regex: matches the empty text");
    return OK;
}

static enum status
read_hints(struct reading *r, const cJSON *object, struct pii_pattern *pattern)
{
    const cJSON *contains = json_get(object, "contains"), *digits = json_get(object, "digits");

    if (contains != NULL && digits != NULL)
        return err_set(r->err, E_INVALID, "digits: expected contains or digits, not both");
    if (contains != NULL) {
        if (!is_text(contains, NAME_MAX_BYTES))
            return err_set(r->err, E_INVALID, "contains: expected a text of 1 to %d bytes",
                           NAME_MAX_BYTES);
        pattern->contains = arena_strdup(r->rules->arena, contains->valuestring);
        pattern->contains_length = strlen(pattern->contains);
    }
    if (digits != NULL) {
        if (!cJSON_IsNumber(digits) || digits->valuedouble < 1 || digits->valuedouble > 40)
            return err_set(r->err, E_INVALID, "digits: expected a number from 1 to 40");
        pattern->digits = (unsigned)digits->valueint;
    }
    return OK;
}

static enum status
refuse_unknown(struct reading *r, const cJSON *object, const char *const *known)
{
    const cJSON *at;

    cJSON_ArrayForEach(at, object)
    {
        size_t i = 0;

        while (known[i] != NULL && strcmp(known[i], at->string) != 0)
            i++;
        if (known[i] == NULL)
            return err_set(r->err, E_INVALID, "%.60s: no such member", at->string);
    }
    return OK;
}

static enum status
read_pattern(struct reading *r, const cJSON *object)
{
    static const char *const known[] = { "name",     "severity", "regex",       "ignoreCase",
                                         "contains", "digits",   "description", NULL };
    struct pii_pattern *pattern = &r->rules->patterns[r->rules->pattern_count];
    enum status st;

    if (!cJSON_IsObject(object))
        return err_set(r->err, E_INVALID, "expected an object with name and regex");
    pattern->severity = PII_MEDIUM;
    st = refuse_unknown(r, object, known);
    if (st == OK)
        st = read_name(r, json_get(object, "name"), pattern);
    if (st == OK)
        st = read_severity(r, json_get(object, "severity"), &pattern->severity);
    if (st == OK)
        st = read_hints(r, object, pattern);
    if (st == OK)
        st = read_regex(r, object, pattern);
    return st;
}

static enum status
read_patterns(struct reading *r, const cJSON *value)
{
    struct pii_rules *rules = r->rules;
    const cJSON *at;
    enum status st = read_array(r, value, "patterns", PATTERNS_MAX);

    if (st != OK)
        return st;
    rules->patterns = arena_alloc(rules->arena, PATTERNS_MAX * sizeof *rules->patterns);
    cJSON_ArrayForEach(at, value)
    {
        st = read_pattern(r, at);
        if (st != OK) {
            err_context(r->err, "patterns[%zu]", rules->pattern_count);
            pcre2_code_free(rules->patterns[rules->pattern_count].code);
            return st;
        }
        rules->pattern_count++;
    }
    return OK;
}

static enum status
read_kind(struct reading *r, const cJSON *value)
{
    struct pii_rules *rules = r->rules;

    for (size_t i = 0; i < PII_KINDS; i++) {
        if (strcmp(kind_names[i], value->string) != 0)
            continue;
        rules->is_off[i] = cJSON_IsString(value) && strcmp(value->valuestring, "off") == 0;
        if (rules->is_off[i] || (cJSON_IsString(value) &&
                                 pii_severity_parse(value->valuestring, &rules->severities[i])))
            return OK;
        return err_set(r->err, E_INVALID, "kinds.%s: expected off, low, medium or high",
                       kind_names[i]);
    }
    return err_set(r->err, E_INVALID,
                   "kinds.%.60s: expected card, iban, jwt, aws-key, bearer, secret or unmasked",
                   value->string);
}

static enum status
read_kinds(struct reading *r, const cJSON *value)
{
    const cJSON *at;

    if (!cJSON_IsObject(value))
        return err_set(r->err, E_INVALID, "kinds: expected an object");
    cJSON_ArrayForEach(at, value)
    {
        enum status st = read_kind(r, at);

        if (st != OK)
            return st;
    }
    return OK;
}

static enum status
read_allowed(struct reading *r, const cJSON *value)
{
    struct pii_rules *rules = r->rules;
    const cJSON *at;
    enum status st = read_array(r, value, "allow", ALLOWED_MAX);

    if (st != OK)
        return st;
    rules->allowed = arena_alloc(rules->arena, ALLOWED_MAX * sizeof *rules->allowed);
    cJSON_ArrayForEach(at, value)
    {
        char *glob;

        if (!is_text(at, 256) || at->valuestring[strspn(at->valuestring, "*")] == '\0')
            return err_set(r->err, E_INVALID,
                           "allow[%zu]: expected a value, in which * stands for anything",
                           rules->allowed_count);
        glob = arena_strdup(rules->arena, at->valuestring);
        for (char *c = glob; *c != '\0'; c++)
            *c = *c >= 'A' && *c <= 'Z' ? (char)(*c + 'a' - 'A') : *c;
        rules->allowed[rules->allowed_count++] = glob;
    }
    return OK;
}

static enum status
read_description(struct reading *r, const cJSON *value)
{
    return cJSON_IsString(value) ? OK : err_set(r->err, E_INVALID, "description: expected a text");
}

static const struct {
    const char *name;
    enum status (*read)(struct reading *r, const cJSON *value);
    bool is_required;
} members[] = {
    { "version", read_version, true },      { "selectors", read_selectors, false },
    { "patterns", read_patterns, false },   { "kinds", read_kinds, false },
    { "allow", read_allowed, false },       { "description", read_description, false },
    { "$schema", read_description, false },
};
#define MEMBERS (sizeof members / sizeof members[0])

static enum status
read_rules(struct reading *r, const cJSON *document)
{
    const char *known[MEMBERS + 1] = { NULL };
    enum status st = OK;

    if (!cJSON_IsObject(document))
        return err_set(r->err, E_INVALID, "expected an object with version, selectors, patterns");
    for (size_t i = 0; i < MEMBERS; i++)
        known[i] = members[i].name;
    st = refuse_unknown(r, document, known);
    for (size_t i = 0; i < MEMBERS && st == OK; i++) {
        const cJSON *value = json_get(document, members[i].name);

        if (value != NULL)
            st = members[i].read(r, value);
        else if (members[i].is_required)
            st = err_set(r->err, E_INVALID, "%s: missing", members[i].name);
    }
    return st;
}

/* An IBAN has 12 at least, a card 13; a pattern that contains an at sign needs no digits to be
 * asked. */
static size_t
digits_least(const struct pii_rules *rules)
{
    size_t least = 12;

    for (size_t i = 0; i < rules->pattern_count; i++) {
        const struct pii_pattern *pattern = &rules->patterns[i];
        bool is_seen = pattern->contains != NULL && strpbrk(pattern->contains, "@%\\=") != NULL;

        if (pattern->digits == 0 && !is_seen)
            return 0;
        if (pattern->digits > 0 && pattern->digits < least)
            least = pattern->digits;
    }
    return least;
}

/* --- the whole -------------------------------------------------------------------------------- */

static struct pii_rules *
rules_new(const char *json, size_t length)
{
    struct pii_rules *rules = xcalloc(1, sizeof *rules);
    unsigned char digest[SHA256_DIGEST_LENGTH];

    rules->arena = arena_new();
    for (size_t i = 0; i < PII_KINDS; i++)
        rules->severities[i] = PII_HIGH;
    SHA256((const unsigned char *)json, length, digest);
    hex_format(rules->hash, digest, sizeof digest);
    return rules;
}

enum status
pii_rules_parse(struct pii_rules **out, const char *json, size_t length, struct err *err)
{
    struct reading r = { .err = err };
    struct arena *arena = NULL;
    const cJSON *document = NULL;
    enum status st;

    if (length > PII_RULES_MAX)
        return err_set(err, E_LIMIT, "rules of more than %d bytes", PII_RULES_MAX);
    arena = arena_new();
    r.rules = rules_new(json, length);
    st = json_parse_strict_in(&document, arena, json, length, err);
    if (st == OK)
        st = read_rules(&r, document);
    r.rules->digits_least = digits_least(r.rules);
    if (st == OK)
        *out = r.rules;
    else
        pii_rules_free(r.rules);
    arena_free(arena);
    return st;
}

struct pii_rules *
pii_rules_default(void)
{
    struct pii_rules *rules = NULL;
    struct err err = { .code = OK };

    if (pii_rules_parse(&rules, pii_rules_text, strlen(pii_rules_text), &err) != OK)
        abort(); /* a text of ours that a test parses */
    return rules;
}

void
pii_rules_free(struct pii_rules *rules)
{
    if (rules == NULL)
        return;
    for (size_t i = 0; i < rules->pattern_count; i++)
        pcre2_code_free(rules->patterns[i].code);
    arena_free(rules->arena);
    free(rules);
}

const char *
pii_rules_hash(const struct pii_rules *rules)
{
    return rules->hash;
}

const struct pii_selector *const *
pii_rules_selectors(const struct pii_rules *rules, size_t *count)
{
    *count = rules->selector_count;
    return rules->selectors;
}

bool
pii_rules_kind(const struct pii_rules *rules, enum pii_kind kind, enum pii_severity *out)
{
    *out = rules->severities[kind];
    return !rules->is_off[kind];
}

bool
pii_rules_severity(const struct pii_rules *rules, const char *kind, enum pii_severity *out)
{
    for (size_t i = 0; i < rules->pattern_count; i++) {
        if (strcmp(rules->patterns[i].name, kind) == 0) {
            *out = rules->patterns[i].severity;
            return true;
        }
    }
    for (int k = 0; k < PII_KINDS; k++) {
        if (strcmp(pii_kind_name((enum pii_kind)k), kind) == 0)
            return pii_rules_kind(rules, (enum pii_kind)k, out);
    }
    return false;
}
