/* pii_tokens.c - keys of other services, told by how they begin, and what stands in URLs before the
 * host.
 * SPDX-License-Identifier: MIT
 *
 * The prefixes are those that the services themselves publish for secret scanning. A token is long
 * and has no blank in it, so that one look at every twentieth byte passes over ordinary text. */
#include "config.h"

#include <strings.h>

#include "domain/pii_own.h"

#define TOKEN_LEAST      20
#define RUN_LEAST        16 /* a session's token has slashes early */
#define BEHIND_PREFIX    16
#define DRAWN_LEAST      6
#define DRAWN_DIGITS     3 /* behind a word: a version, a number */
#define DRAWN_NUMBER     9 /* longer than a date */
#define DRAWN_HUMPS      4
#define USERINFO_MOST    512
#define BACKSLASHES_MOST 15 /* JSON four deep */
#define USERINFO_TOKEN   16 /* a name alone before the host that is no name */
#define SESSION_LEAST    32
#define WORD_MOST        12
#define HOOK_DIGITS      3
#define BOT_DIGITS       8
#define BOT_KEY          35
#define GOOGLE_LEAST     40

/* --- by their prefix -------------------------------------------------------------------------- */

struct prefix {
    const char *text;
    uint8_t least;   /* characters behind it */
    bool is_certain; /* nothing else begins like it: letters alone will do */
};

/* By their first byte; each list ends with an empty row. */
#define LIST(...)           \
    (const struct prefix[]) \
    {                       \
        __VA_ARGS__,        \
        {                   \
            NULL, 0, false  \
        }                   \
    }
/* clang-format off */
static const struct prefix *const prefixes[128] = {
    ['A'] = LIST({ "AIza", 30, true }, { "AGE-SECRET-KEY-1", 16, true }, { "ATATT3", 30, true }),
    ['G'] = LIST({ "GOCSPX-", 16, true }),
    ['N'] = LIST({ "NRAK-", 16, false }),
    ['P'] = LIST({ "PMAK-", 16, false }),
    ['S'] = LIST({ "SG.", 60, false }),
    ['d'] = LIST({ "dckr_pat_", 16, true }, { "dckr_oat_", 16, true }, { "dapi", 32, false },
                 { "dp.pt.", 16, false }),
    ['f'] = LIST({ "figd_", 32, false }),
    ['g'] = LIST({ "ghp_", 16, true }, { "gho_", 16, true }, { "ghs_", 16, true },
                 { "ghu_", 16, true }, { "ghr_", 16, true }, { "github_pat_", 16, true },
                 { "glpat-", 16, true }, { "gldt-", 16, true }, { "glsa_", 16, false }),
    ['h'] = LIST({ "hf_", 30, false }),
    ['l'] = LIST({ "lin_api_", 32, false }),
    ['n'] = LIST({ "npm_", 36, false }),
    ['p'] = LIST({ "pypi-", 16, false }, { "pscale_tkn_", 16, true }, { "pul-", 40, false }),
    ['r'] = LIST({ "rk_live_", 16, true }, { "rk_test_", 16, true }),
    ['s'] = LIST({ "sk_live_", 16, true }, { "sk_test_", 16, true }, { "sk-ant-", 16, false },
                 { "sk-proj-", 16, false }, { "sk-svcacct-", 16, false },
                 { "sk-admin-", 16, false }, { "sk-or-", 16, false }, { "shpat_", 16, true },
                 { "shpss_", 16, true }, { "shpca_", 16, true }, { "sbp_", 16, false },
                 { "sntrys_", 16, true }, { "sntryu_", 16, true }),
    ['w'] = LIST({ "whsec_", 16, true }),
    ['x'] = LIST({ "xoxa-", 16, true }, { "xoxb-", 16, true }, { "xoxc-", 16, true },
                 { "xoxd-", 16, true }, { "xoxe-", 16, true }, { "xoxe.xox", 16, true },
                 { "xoxp-", 16, true }, { "xoxr-", 16, true }, { "xoxs-", 16, true },
                 { "xapp-", 16, false }),
    ['y'] = LIST({ "ya29.", 16, false }),
};
/* clang-format on */

static bool
has_digit(const char *token, size_t length)
{
    return pii_count_digits(token, length) > 0;
}

/* Nobody wrote it: a digit is among its letters, more behind them than numbers of versions have, or
 * capitals are where no word begins. "Header2", "col" and "2024" are words. */
static bool
is_drawn(const char *part, size_t length)
{
    size_t humps = 0, digits = 0;

    for (size_t i = 0; i < length; i++) {
        if (i > 0 && pii_is_digit(part[i - 1]) && pii_is_letter(part[i]))
            return length >= DRAWN_LEAST;
        humps += i > 0 && pii_is_capital(part[i]) && pii_is_letter(part[i - 1]) &&
                 !pii_is_capital(part[i - 1]);
        digits += pii_is_digit(part[i]);
    }
    return (digits > DRAWN_DIGITS && digits < length) || digits >= DRAWN_NUMBER ||
           (length >= BEHIND_PREFIX && humps >= DRAWN_HUMPS);
}

/* Words of a class's or a package's name begin like many a token. */
static bool
has_drawn(const char *token, size_t length)
{
    for (size_t at = 0, end; at < length; at = end + 1) {
        for (end = at; end < length && token[end] != '.' && token[end] != '-' && token[end] != '_';)
            end++;
        if (is_drawn(token + at, end - at))
            return true;
    }
    return false;
}

/* What else must be in one, since so much begins in that way. */
static bool
is_openai(const char *token, size_t length)
{
    return length >= 40 && memcmp(token, "sk-", 3) == 0 &&
           memmem(token, length, "T3BlbkFJ", 8) != NULL; /* "OpenAI" */
}

/* "SK" and 32 hexadecimal digits, of Twilio. */
static bool
is_twilio(const char *token, size_t length)
{
    if (length != 34 || memcmp(token, "SK", 2) != 0)
        return false;
    for (size_t i = 2; i < length; i++) {
        if (!pii_is_digit(token[i]) && (token[i] < 'a' || token[i] > 'f'))
            return false;
    }
    return true;
}

static bool
has_prefix(const char *token, size_t length)
{
    const struct prefix *prefix = prefixes[(unsigned char)*token & 0x7f];

    for (; prefix != NULL && prefix->text != NULL; prefix++) {
        const size_t before = strlen(prefix->text);

        if (length >= before + prefix->least && memcmp(token, prefix->text, before) == 0)
            return (prefix->is_certain || has_digit(token + before, length - before)) &&
                   has_drawn(token + before, length - before);
    }
    return is_openai(token, length) || is_twilio(token, length);
}

/* Those whose prefix has one: "SG.", "ya29.", "xoxe.xox". */
static bool
has_dots(const char *token)
{
    return memchr(token, '.', 6) != NULL;
}

/* clang-format off */
static const bool token_bytes[256] = {
    ['-'] = 1, ['.'] = 1, ['_'] = 1, ['0'] = 1, ['1'] = 1, ['2'] = 1, ['3'] = 1, ['4'] = 1,
    ['5'] = 1, ['6'] = 1, ['7'] = 1, ['8'] = 1, ['9'] = 1, ['A'] = 1, ['B'] = 1, ['C'] = 1,
    ['D'] = 1, ['E'] = 1, ['F'] = 1, ['G'] = 1, ['H'] = 1, ['I'] = 1, ['J'] = 1, ['K'] = 1,
    ['L'] = 1, ['M'] = 1, ['N'] = 1, ['O'] = 1, ['P'] = 1, ['Q'] = 1, ['R'] = 1, ['S'] = 1,
    ['T'] = 1, ['U'] = 1, ['V'] = 1, ['W'] = 1, ['X'] = 1, ['Y'] = 1, ['Z'] = 1, ['a'] = 1,
    ['b'] = 1, ['c'] = 1, ['d'] = 1, ['e'] = 1, ['f'] = 1, ['g'] = 1, ['h'] = 1, ['i'] = 1,
    ['j'] = 1, ['k'] = 1, ['l'] = 1, ['m'] = 1, ['n'] = 1, ['o'] = 1, ['p'] = 1, ['q'] = 1,
    ['r'] = 1, ['s'] = 1, ['t'] = 1, ['u'] = 1, ['v'] = 1, ['w'] = 1, ['x'] = 1, ['y'] = 1,
    ['z'] = 1,
};
/* clang-format on */

static bool
is_token(char c)
{
    return token_bytes[(unsigned char)c];
}

/* "1234567890:AAa..." of Telegram: the number of a bot before its key. Where the number begins; 0:
 * it is none. */
static size_t
bot_start(const char *text, size_t start, size_t length)
{
    size_t at = start;

    if (length != BOT_KEY || start < BOT_DIGITS + 1 || text[start - 1] != ':' ||
        memcmp(text + start, "AA", 2) != 0)
        return start;
    for (at--; at > 0 && pii_is_digit(text[at - 1]);)
        at--;
    return start - 1 - at >= BOT_DIGITS ? at : start;
}

/* Where tokens go; NULL: the first one is enough. */
struct tokens {
    struct pii_finds *finds;
    bool has_some;
};

static void
add_token(struct tokens *t, size_t start, size_t end)
{
    t->has_some = true;
    if (t->finds != NULL)
        pii_kinds_add(t->finds, start, end, PII_SECRET, PII_RANK_TOKEN);
}

/* Points are in few tokens: behind one another may begin. */
static void
look_part(struct tokens *t, const char *text, size_t start, size_t end)
{
    const char *point = memchr(text + start, '.', end - start);
    const size_t part = point == NULL ? end : (size_t)(point - text);
    const size_t bot = bot_start(text, start, part - start);

    if (has_prefix(text + start, end - start))
        add_token(t, start, has_dots(text + start) ? end : part);
    else if (bot < start)
        add_token(t, bot, part);
}

/* A plus may be the blank of a form: then a word is behind it. */
static size_t
session_end(const char *text, size_t length, size_t at)
{
    while (at < length && (pii_is_base64url(text[at]) || pii_is_among("+/=", text[at]))) {
        size_t next = at + 1;

        while (text[at] == '+' && next < length && pii_is_base64url(text[next]))
            next++;
        if (text[at] == '+' && next - at <= WORD_MOST &&
            (next == length || !pii_is_among("+/=", text[next])))
            return at;
        at++;
    }
    return at;
}

/* The bytes of a token's head are always the same, but for the first ones. */
static bool
is_session(const char *token, size_t length)
{
    static const char *const heads[] = { "IQoJb3JpZ2lu", "FwoGZXIvYXdz", "FQoGZXIvYXdz" };

    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        if (length >= strlen(heads[i]) && memcmp(token, heads[i], strlen(heads[i])) == 0)
            return true;
    }
    return false;
}

/* "1//0gaBc..." and "4/0AaBc..." of Google, whose runs begin behind the slashes: where such a token
 * begins; `start`: it is none. One of the signs by which a text is told is in each, as good as
 * always. */
static size_t
google_start(const char *text, size_t start, size_t end)
{
    static const struct {
        const char *before, *head;
    } marks[] = { { "1//", "0" }, { "4/", "0A" } };
    bool is_told = false;

    if (end - start < GOOGLE_LEAST || text[start] != '0')
        return start;
    for (size_t i = start; i < end && !is_told; i++)
        is_told = pii_is_among("-_BbIJ", text[i]);
    for (size_t i = 0; i < sizeof marks / sizeof marks[0] && is_told; i++) {
        const size_t before = strlen(marks[i].before), at = start - before;

        if (start >= before && memcmp(text + at, marks[i].before, before) == 0 &&
            memcmp(text + start, marks[i].head, strlen(marks[i].head)) == 0 &&
            (at == 0 || (!is_token(text[at - 1]) && !pii_is_among("/+", text[at - 1]))) &&
            has_drawn(text + start, end - start))
            return at;
    }
    return start;
}

static void
look_run(struct tokens *t, const char *text, size_t length, size_t start, size_t end)
{
    const size_t google = google_start(text, start, end);

    if (google < start) {
        add_token(t, google, end);
        return;
    }
    if (is_session(text + start, end - start)) {
        const size_t behind = session_end(text, length, start);

        if (behind - start >= SESSION_LEAST)
            add_token(t, start, behind);
        return;
    }
    while (end > start && text[end - 1] == '.')
        end--; /* of a sentence */
    for (size_t at = start; at + TOKEN_LEAST <= end;) {
        const char *point = memchr(text + at, '.', end - at);

        look_part(t, text, at, end);
        at = point == NULL ? end : (size_t)(point - text) + 1;
    }
}

/* *at becomes where the next run begins that is long enough; false: there is none. */
static bool
next_run(const char *text, size_t length, size_t *at)
{
    while (*at + RUN_LEAST <= length) {
        size_t start = *at + RUN_LEAST;

        while (start > *at && is_token(text[start - 1]))
            start--;
        if (start == *at)
            return true;
        *at = start; /* no token covers what is before */
    }
    return false;
}

static void
scan_prefixes(struct tokens *t, const char *text, size_t length)
{
    size_t at = 0, end;

    for (; next_run(text, length, &at); at = end + 1) {
        for (end = at + RUN_LEAST; end < length && is_token(text[end]);)
            end++;
        look_run(t, text, length, at, end);
        if (t->has_some && t->finds == NULL)
            return;
    }
}

bool
pii_tokens_may(const char *text, size_t length)
{
    struct tokens tokens = { .finds = NULL };

    scan_prefixes(&tokens, text, length);
    return tokens.has_some;
}

/* --- in URLs ---------------------------------------------------------------------------------- */

static bool
ends_userinfo(char c)
{
    return (unsigned char)c <= ' ' || strchr("/?#\"'<>\\`", c) != NULL;
}

/* A key where a name would be: "https://0f3c...@o1.ingest.sentry.io/2". */
static bool
is_key(const char *value, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (!pii_is_base64url(value[i]))
            return false;
    }
    return length >= USERINFO_TOKEN && has_digit(value, length);
}

/* What is before the last at sign of "ada:secret@host"; a password may hold one that nobody
 * escaped. 0: nothing that opens a door. */
static size_t
userinfo_length(const char *text, size_t length)
{
    size_t sign = 0;

    for (size_t i = 0; i < length && i < USERINFO_MOST && !ends_userinfo(text[i]); i++)
        sign = text[i] == '@' ? i : sign;
    if (sign == 0)
        return 0;
    if (memchr(text, ':', sign) == NULL)
        return is_key(text, sign) ? sign : 0;
    return text[sign - 1] == ':' ? 0 : sign;
}

/* Where the slash is that ends at `at`, with the backslashes that JSON may have before one; `at`
 * itself: there is none. */
static size_t
slash_before(const char *text, size_t at, size_t from)
{
    const size_t end = at;

    if (at == from || text[at - 1] != '/')
        return end;
    at--;
    while (at > from && end - at <= BACKSLASHES_MOST && text[at - 1] == '\\')
        at--;
    return at;
}

static bool
is_behind_scheme(const char *text, size_t at, size_t from)
{
    const size_t second = slash_before(text, at, from), first = slash_before(text, second, from);

    return first < second && second < at && first > from && text[first - 1] == ':';
}

/* "ada:pass/word@": a name without a point, and behind the colon what is no port. */
static bool
has_slash(const char *text, size_t length)
{
    const char *slash = memchr(text, '/', length);
    const size_t authority = slash == NULL ? 0 : (size_t)(slash - text);
    const char *colon = memchr(text, ':', authority);
    const size_t name = colon == NULL ? 0 : (size_t)(colon - text);
    const size_t left = authority - name;

    return colon != NULL && left > 1 && memchr(text, '.', name) == NULL && *text != '[' &&
           !pii_is_among("${[", colon[1]) && pii_count_digits(colon + 1, left - 1) < left - 1 &&
           (left != 5 || strncasecmp(colon + 1, "port", 4) != 0);
}

/* The host's first byte when "://" is before the at sign at `sign`; 0: it is not. */
static size_t
authority_before(const char *text, size_t sign, size_t from)
{
    const size_t least = sign - from > USERINFO_MOST ? sign - USERINFO_MOST : from;
    size_t at = sign;

    while (at > least && !ends_userinfo(text[at - 1]))
        at--;
    if (is_behind_scheme(text, at, from))
        return at;
    while (at > least && (text[at - 1] == '/' || !ends_userinfo(text[at - 1]))) {
        at--;
        if (text[at] == '/' && is_behind_scheme(text, at + 1, from))
            return has_slash(text + at + 1, sign - at - 1) ? at + 1 : 0;
    }
    return 0;
}

/* At signs are rarer than URLs. */
bool
pii_userinfo_next(const char *text, size_t length, size_t *at, size_t *start, size_t *end)
{
    const size_t from = *at;

    while (*at < length) {
        const char *sign = memchr(text + *at, '@', length - *at);
        size_t userinfo;

        if (sign == NULL)
            return false;
        *at = (size_t)(sign - text) + 1;
        *start = authority_before(text, *at - 1, from);
        userinfo = *start == 0 ? 0 : userinfo_length(text + *start, length - *start);
        if (userinfo == 0 && *start > 0 && memchr(text + *start, '/', *at - *start) != NULL)
            userinfo = *at - 1 - *start; /* up to this sign, since the path may have more */
        if (userinfo > 0) {
            *at = *end = *start + userinfo;
            return true;
        }
    }
    return false;
}

static void
scan_userinfo(struct pii_finds *finds, const char *text, size_t length)
{
    size_t at = 0, start, end;

    while (pii_userinfo_next(text, length, &at, &start, &end))
        pii_kinds_add(finds, start, end, PII_SECRET, PII_RANK_TOKEN);
}

/* Whoever knows the rest of the path may write to that room. */
static void
scan_hooks(struct pii_finds *finds, const char *text, size_t length)
{
    static const char *const marks[] = { "hooks.slack.com/services/", "/api/webhooks/",
                                         "hooks.slack.com/workflows/" };

    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        size_t at = 0;

        while (at < length) {
            const char *found = memmem(text + at, length - at, marks[i], strlen(marks[i]));
            size_t start, end;

            if (found == NULL)
                break;
            start = end = (size_t)(found - text) + strlen(marks[i]);
            while (end < length && (pii_is_base64url(text[end]) || text[end] == '/'))
                end++;
            if (end - start >= TOKEN_LEAST &&
                pii_count_digits(text + start, end - start) >= HOOK_DIGITS)
                pii_kinds_add(finds, start, end, PII_SECRET, PII_RANK_TOKEN);
            at = end;
        }
    }
}

#define HOOKED (PII_HAS_K | PII_HAS_DIGIT)

void
pii_tokens_scan(struct pii_finds *finds, unsigned classes, const char *text, size_t length)
{
    struct tokens tokens = { .finds = finds };

    if ((classes & PII_HAS_COLON) != 0 && (classes & PII_HAS_AT) != 0)
        scan_userinfo(finds, text, length);
    if (length < TOKEN_LEAST)
        return;
    scan_prefixes(&tokens, text, length);
    if ((classes & HOOKED) == HOOKED && memmem(text, length, "hooks", 5) != NULL)
        scan_hooks(finds, text, length);
}
