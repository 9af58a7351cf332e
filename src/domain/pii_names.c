/* pii_names.c - a table, and names as people spell them.
 * SPDX-License-Identifier: MIT
 *
 * Names are compared without case, dashes and underscores, from their end on; where a part of one
 * begins is told by these, or by a capital behind a small letter. */
#include "config.h"

#include "domain/pii_names.h"

#include "domain/pii_own.h"

#define NAME_MOST 64

/* Letters and digits of the names alone. */
#define NAME(text, kind, traits)                   \
    {                                              \
        text, sizeof(text) - 1, PII_##kind, traits \
    }
static const struct pii_name names[] = {
    NAME("token", SECRET, PII_TRAIT_PROSE),
    NAME("jwt", SECRET, PII_TRAIT_PROSE),
    NAME("password", SECRET, PII_TRAIT_PASS | PII_TRAIT_PROSE | PII_TRAIT_END),
    NAME("passwd", SECRET, PII_TRAIT_PASS | PII_TRAIT_PROSE | PII_TRAIT_END),
    NAME("pwd", SECRET, PII_TRAIT_PASS | PII_TRAIT_PROSE | PII_TRAIT_END | PII_TRAIT_PATH),
    NAME("pw", SECRET, PII_TRAIT_PASS | PII_TRAIT_PROSE | PII_TRAIT_END | PII_TRAIT_WORD),
    NAME("pass", SECRET, PII_TRAIT_PASS | PII_TRAIT_END | PII_TRAIT_WORD),
    NAME("passcode", SECRET, PII_TRAIT_PASS | PII_TRAIT_PROSE | PII_TRAIT_END),
    NAME("passphrase", SECRET, PII_TRAIT_PASS | PII_TRAIT_PROSE | PII_TRAIT_END),
    NAME("passwort", SECRET, PII_TRAIT_PASS | PII_TRAIT_PROSE | PII_TRAIT_END),
    NAME("kennwort", SECRET, PII_TRAIT_PASS | PII_TRAIT_PROSE | PII_TRAIT_END),
    NAME("motdepasse", SECRET, PII_TRAIT_PASS | PII_TRAIT_PROSE),
    NAME("passe", SECRET, PII_TRAIT_PASS | PII_TRAIT_PROSE | PII_TRAIT_WORD), /* "mot de passe" */
    NAME("mdp", SECRET, PII_TRAIT_PASS | PII_TRAIT_PROSE | PII_TRAIT_WORD),
    NAME("contrasena", SECRET, PII_TRAIT_PASS | PII_TRAIT_PROSE), /* with its tilde, too */
    NAME("senha", SECRET, PII_TRAIT_PASS | PII_TRAIT_PROSE),
    NAME("clave", SECRET, PII_TRAIT_PASS | PII_TRAIT_WORD | PII_TRAIT_KEY),
    NAME("nuevaclave", SECRET, PII_TRAIT_PASS | PII_TRAIT_WORD),
    NAME("wachtwoord", SECRET, PII_TRAIT_PASS | PII_TRAIT_PROSE),
    NAME("otp", SECRET, 0),
    NAME("newpassword", SECRET, 0),
    NAME("oldpassword", SECRET, 0),
    NAME("currentpassword", SECRET, 0),
    NAME("confirmpassword", SECRET, 0),
    NAME("passwordconfirmation", SECRET, 0),
    NAME("resetpassword", SECRET, 0),
    NAME("pgpassword", SECRET, 0),
    NAME("resettoken", SECRET, 0),
    NAME("invitation", SECRET, 0),
    NAME("secret", SECRET, PII_TRAIT_PROSE | PII_TRAIT_END),
    NAME("secretkey", SECRET, PII_TRAIT_PROSE | PII_TRAIT_END),
    NAME("clientsecret", SECRET, PII_TRAIT_PROSE | PII_TRAIT_END),
    NAME("accesstoken", SECRET, PII_TRAIT_PROSE | PII_TRAIT_END),
    NAME("refreshtoken", SECRET, PII_TRAIT_PROSE | PII_TRAIT_END),
    NAME("idtoken", SECRET, PII_TRAIT_PROSE | PII_TRAIT_END),
    NAME("authtoken", SECRET, PII_TRAIT_PROSE | PII_TRAIT_END),
    NAME("apitoken", SECRET, PII_TRAIT_PROSE | PII_TRAIT_END),
    NAME("bottoken", SECRET, PII_TRAIT_PROSE | PII_TRAIT_END),
    NAME("sessiontoken", SECRET, PII_TRAIT_PROSE | PII_TRAIT_END),
    NAME("securitytoken", SECRET, PII_TRAIT_PROSE | PII_TRAIT_END),
    NAME("csrftoken", SECRET, PII_TRAIT_PROSE | PII_TRAIT_END),
    NAME("xsrftoken", SECRET, PII_TRAIT_PROSE | PII_TRAIT_END),
    NAME("codeverifier", SECRET, PII_TRAIT_PROSE),
    NAME("secretstring", SECRET, PII_TRAIT_END),
    NAME("apikey", SECRET, PII_TRAIT_PROSE | PII_TRAIT_END),
    NAME("xapikey", SECRET, PII_TRAIT_PROSE),
    NAME("apisecret", SECRET, PII_TRAIT_PROSE | PII_TRAIT_END),
    NAME("privatekey", SECRET, PII_TRAIT_END),
    NAME("signingkey", SECRET, PII_TRAIT_PROSE | PII_TRAIT_END),
    NAME("encryptionkey", SECRET, PII_TRAIT_PROSE | PII_TRAIT_END),
    NAME("ddappkey", SECRET, PII_TRAIT_PROSE),
    NAME("datadogappkey", SECRET, PII_TRAIT_PROSE),
    NAME("accountkey", SECRET, PII_TRAIT_END),
    NAME("sharedaccesskey", SECRET, PII_TRAIT_PROSE | PII_TRAIT_END),
    NAME("secretaccesskey", AWS_KEY, PII_TRAIT_PROSE | PII_TRAIT_END),
    NAME("awssecretaccesskey", AWS_KEY, PII_TRAIT_PROSE),
    NAME("cookie", SECRET, PII_TRAIT_COOKIE), /* "cookie":"accepted" opens no door */
    NAME("cookies", SECRET, PII_TRAIT_COOKIE),
    NAME("setcookie", SECRET, PII_TRAIT_COOKIE),
    NAME("authorization", SECRET, PII_TRAIT_SCHEME | PII_TRAIT_END),
};

/* The last letter of a name, and those that stand before it. */
static const char *const ends[26] = {
    ['a' - 'a'] = "nh\xb1", /* the second byte of an n with tilde */
    ['d' - 'a'] = "rw",     ['e' - 'a'] = "sidv", ['g' - 'a'] = "n",  ['n' - 'a'] = "eo",
    ['p' - 'a'] = "dt",     ['r' - 'a'] = "e",    ['s' - 'a'] = "se", ['t' - 'a'] = "wer",
    ['w' - 'a'] = "p",      ['y' - 'a'] = "e",
};

bool
pii_name_may_end(char before, char last)
{
    const unsigned letter = ((unsigned char)last | 0x20u) - 'a';

    if (letter >= 26 || ends[letter] == NULL)
        return false;
    for (const char *c = ends[letter]; *c != '\0'; c++) {
        if (*c == (char)(before | 0x20))
            return true;
    }
    return false;
}

/* With what they end as far as no sign is within, by the last letter, since many other words end
 * with the last two: "padding:", "position:". */
#define TAILS_MOST 6
static const char *const tails[26][TAILS_MOST] = {
    ['a' - 'a'] = { "sena", "\xe3\xb1\x61", "nha" },
    ['d' - 'a'] = { "word", "swd", "pwd", "oord" },
    ['e' - 'a'] = { "rase", "code", "asse", "okie", "lave" },
    ['g' - 'a'] = { "ring" },
    ['n' - 'a'] = { "oken", "ation" },
    ['p' - 'a'] = { "mdp", "otp" },
    ['r' - 'a'] = { "fier" },
    ['s' - 'a'] = { "pass", "okies" },
    ['t' - 'a'] = { "jwt", "cret", "wort" },
    ['w' - 'a'] = { "pw" },
    ['y' - 'a'] = { "key" },
};

static bool
ends_with(const char *text, size_t end, const char *tail)
{
    const size_t length = strlen(tail);

    if (end < length)
        return false;
    for (size_t i = length; i > 0; i--) {
        if ((char)(text[end - length + i - 1] | 0x20) != tail[i - 1])
            return false;
    }
    return true;
}

static bool
ends_one(const char *text, size_t end)
{
    if (!pii_name_may_end(text[end - 2], text[end - 1]))
        return false;
    for (const char *const *tail = tails[(text[end - 1] | 0x20) - 'a']; *tail != NULL; tail++) {
        if (ends_with(text, end, *tail))
            return true;
    }
    return false;
}

/* A name as it is compared, back to front, and where a part of it ends. */
struct spelling {
    char text[NAME_MOST];
    bool is_end[NAME_MOST + 1]; /* before so many characters from the back */
    size_t length, start;
};

static char
lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

/* An n with tilde ends there, in either case. */
static bool
is_tilde(const char *text, size_t end)
{
    return end >= 2 && text[end - 2] == '\xc3' &&
           (text[end - 1] == '\xb1' || text[end - 1] == '\x91');
}

/* false: it is too long for a name. */
static bool
spell(struct spelling *s, const char *text, size_t end)
{
    size_t at = end;

    s->length = 0;
    s->is_end[0] = false;
    while (at > 0 && (pii_is_base64url(text[at - 1]) || is_tilde(text, at))) {
        const bool is_wide = is_tilde(text, at);
        const char c = (char)(is_wide ? 'n' : text[at - 1]);

        at -= is_wide ? 2 : 1;

        if (c == '-' || c == '_') {
            s->is_end[s->length] = true;
            continue;
        }
        if (s->length == NAME_MOST)
            return false;
        if (s->length > 0 && !is_wide && text[at + 1] != lower(text[at + 1]) && c == lower(c))
            s->is_end[s->length] = true;
        s->text[s->length++] = lower(c);
        s->is_end[s->length] = false;
    }
    s->start = at;
    return s->length > 0;
}

static bool
is_name(const struct pii_name *name, const struct spelling *s)
{
    const size_t length = name->length;

    if (length > s->length || *name->text != s->text[length - 1] ||
        (length < s->length && ((name->traits & PII_TRAIT_END) == 0 || !s->is_end[length])))
        return false;
    for (size_t i = 0; i < length; i++) {
        if (name->text[i] != s->text[length - 1 - i])
            return false;
    }
    return true;
}

/* The longest of our names that ends at `end`; NULL: there is none. *start becomes where the whole
 * of it begins. */
static const struct pii_name *
name_before(const char *text, size_t end, size_t *start)
{
    const struct pii_name *found = NULL;
    struct spelling s;

    if (end < 2 || !ends_one(text, end) || !spell(&s, text, end))
        return NULL;
    *start = s.start;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if ((found == NULL || names[i].length > found->length) && is_name(&names[i], &s))
            found = &names[i];
    }
    return found;
}

bool
pii_name_before(struct pii_named *out, const char *text, size_t end)
{
    size_t letters = 0;

    out->name = name_before(text, end, &out->start);
    if (out->name == NULL)
        return false;
    for (size_t i = out->start; i < end; i++)
        letters += text[i] != '-' && text[i] != '_' && ((unsigned char)text[i] & 0xc0) != 0x80;
    out->is_end = letters > out->name->length;
    return true;
}

bool
pii_names_secret(const char *name, enum pii_kind *kind)
{
    static const unsigned some = PII_TRAIT_COOKIE | PII_TRAIT_SCHEME | PII_TRAIT_KEY;
    size_t start;
    const struct pii_name *known = name_before(name, strlen(name), &start);

    if (known == NULL || start != 0 || (known->traits & some) != 0)
        return false;
    *kind = known->kind;
    return true;
}
