/* pii_grants.c - names whose values are secrets when they look like one: `code=`, `auth=`.
 * SPDX-License-Identifier: MIT
 *
 * A server of OAuth 2.0 sends whoever logged in back with a code (RFC 6749, 4.1.2), which is
 * exchanged for a token: `/callback?code=...&state=...`. Codes of errors, countries and products
 * have the same name, so that its neighbours decide. Settings of npm and of Docker hold a name and
 * its password as Basic does. */
#include "config.h"

#include "domain/pii_remarks.h"
#include "domain/pii_steps.h"

#define LOGIN_LEAST  8 /* in base64 */
#define GRANT_LEAST  16
#define GRANT_AROUND 1024 /* how far the other parameters are looked for */

/* --- auth ------------------------------------------------------------------------------------- */

/* `_auth=` of npm, `"auth":"..."` of Docker. `end` is that of the name. */
static void
look_login(const struct pii_steps *s, size_t end, size_t start)
{
    static const char name[] = "auth";
    const size_t length = sizeof name - 1, value = pii_skip(s, start, " \t\"'");
    size_t at = value;

    while (end > 0 && pii_is_among(" \t", s->text[end - 1]))
        end--;
    if (end < length || memcmp(s->text + end - length, name, length) != 0 ||
        (end > length && pii_is_letter(s->text[end - length - 1])))
        return;
    while (at < s->length && (pii_is_letter(s->text[at]) || pii_is_digit(s->text[at]) ||
                              pii_is_among("+/", s->text[at])))
        at++;
    for (size_t i = 0; i < 2 && at < s->length && s->text[at] == '='; i++)
        at++;
    if (at - value >= LOGIN_LEAST && pii_is_basic(s->text + value, at - value))
        pii_kinds_add(s->finds, value, at, PII_SECRET, PII_RANK_SECRET);
}

/* --- code ------------------------------------------------------------------------------------- */

/* Whether others of what a server sends with a code, or gets with one, are beside it in the query;
 * or the path before it says so. */
static bool
is_in_grant(const struct pii_steps *s, size_t start, size_t end)
{
    static const char *const others[] = { "state=", "grant_type=", "redirect_uri=",
                                          "code_verifier=" };
    static const char *const paths[] = { "callback?", "/cb?", "oauth2", "oauth/", "oidc?" };
    static const char around[] = " \t\r\n\"'<>";
    const size_t least = start > GRANT_AROUND ? start - GRANT_AROUND : 0;
    const size_t most = s->length - end < GRANT_AROUND ? s->length : end + GRANT_AROUND;
    size_t from = start, to = end;

    while (from > least && !pii_is_among(around, s->text[from - 1]))
        from--;
    while (to < most && !pii_is_among(around, s->text[to]))
        to++;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        const char *at = memmem(s->text + from, to - from, others[i], strlen(others[i]));

        if (at != NULL && (at == s->text + from || pii_is_among("?&#=", at[-1])))
            return true;
    }
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        if (memmem(s->text + from, start - from, paths[i], strlen(paths[i])) != NULL)
            return true;
    }
    return false;
}

/* The same of members: of a body, or of the parameters that a gateway hands on. */
static bool
is_in_exchange(const struct pii_steps *s, size_t start, size_t end)
{
    static const char *const others[] = { "grant_type",  "grantType",     "redirect_uri",
                                          "redirectUri", "code_verifier", "codeVerifier" };
    static const char *const places[] = { "callback", "queryStringParameters", "oauth" };
    const char *from = s->text + (start > GRANT_AROUND ? start - GRANT_AROUND : 0);
    const char *to = s->text + (s->length - end < GRANT_AROUND ? s->length : end + GRANT_AROUND);

    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (memmem(from, (size_t)(to - from), others[i], strlen(others[i])) != NULL)
            return true;
    }
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        if (memmem(from, (size_t)(to - from), places[i], strlen(places[i])) != NULL)
            return memmem(from, (size_t)(to - from), "\"state\"", 7) != NULL;
    }
    return false;
}

/* `/callback?code=...&state=...`: who has it before it was used gets a token for it. */
static void
look_grant(const struct pii_steps *s, size_t name, size_t start, bool is_member)
{
    const size_t end = is_member ? pii_skip_to(s, start, "\"\\") : pii_parameter_end(s, start);
    const char *value = s->text + start;

    if (end - start >= GRANT_LEAST && end - start <= PII_SECRET_MOST &&
        !pii_is_constant(value, end - start) &&
        (pii_count_digits(value, end - start) >= PII_SECRET_DIGITS ||
         pii_is_random(value, end - start)) &&
        pii_is_secret(value, end - start) && !pii_holds(value, end - start, ' ') &&
        (is_member ? is_in_exchange(s, name, end) : is_in_grant(s, name, end)))
        pii_kinds_add(s->finds, start, end, PII_SECRET, PII_RANK_SECRET);
}

/* Names whose values are secrets when they look like one. `end` is that of the name. */
void
pii_grants_look_parameter(const struct pii_steps *s, size_t end, size_t start)
{
    static const char code[] = "code";
    const size_t length = sizeof code - 1;

    if (end >= length && s->text[end - 1] == 'e' &&
        memcmp(s->text + end - length, code, length) == 0 &&
        (end == length || pii_is_among("?&#", s->text[end - length - 1])))
        look_grant(s, end - length, start, false);
    else if (end >= length && pii_is_among("h \t", s->text[end - 1]))
        look_login(s, end, start);
}

/* As pii_grants_look_parameter(). `end` is the quote behind the name. */
void
pii_grants_look_member(const struct pii_steps *s, size_t end, size_t start)
{
    static const char code[] = "\"code";
    const size_t length = sizeof code - 1, value = pii_skip(s, start, " \n");

    if (value == s->length || s->text[value] != '"' || end < length)
        return;
    if (s->text[end - 1] == 'h')
        look_login(s, end, value);
    else if (s->text[end - 1] == 'e' && memcmp(s->text + end - length, code, length) == 0)
        look_grant(s, end - length, value + 1, true);
}
