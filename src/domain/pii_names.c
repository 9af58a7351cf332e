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
    NAME("passphrase", SECRET, PII_TRAIT_PROSE | PII_TRAIT_END),
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
    NAME("clientsecret", SECRET, 0),
    NAME("accesstoken", SECRET, PII_TRAIT_PROSE | PII_TRAIT_END),
    NAME("refreshtoken", SECRET, PII_TRAIT_PROSE | PII_TRAIT_END),
    NAME("idtoken", SECRET, PII_TRAIT_PROSE | PII_TRAIT_END),
    NAME("authtoken", SECRET, PII_TRAIT_PROSE | PII_TRAIT_END),
    NAME("apitoken", SECRET, PII_TRAIT_PROSE | PII_TRAIT_END),
    NAME("bottoken", SECRET, PII_TRAIT_PROSE | PII_TRAIT_END),
    NAME("sessiontoken", SECRET, PII_TRAIT_PROSE | PII_TRAIT_END),
    NAME("securitytoken", SECRET, PII_TRAIT_PROSE | PII_TRAIT_END),
    NAME("apikey", SECRET, PII_TRAIT_PROSE | PII_TRAIT_END),
    NAME("xapikey", SECRET, PII_TRAIT_PROSE),
    NAME("apisecret", SECRET, PII_TRAIT_PROSE | PII_TRAIT_END),
    NAME("privatekey", SECRET, PII_TRAIT_END),
    NAME("secretaccesskey", AWS_KEY, PII_TRAIT_PROSE | PII_TRAIT_END),
    NAME("awssecretaccesskey", AWS_KEY, PII_TRAIT_PROSE),
    NAME("cookie", SECRET, PII_TRAIT_COOKIE), /* "cookie":"accepted" opens no door */
    NAME("setcookie", SECRET, PII_TRAIT_COOKIE),
    NAME("authorization", SECRET, PII_TRAIT_SCHEME | PII_TRAIT_END),
};

/* All of them end like this. */
bool
pii_name_may_end(char before, char last)
{
    before |= 0x20;
    switch (last | 0x20) {
    case 'n':
        return before == 'e' || before == 'o';
    case 't':
        return before == 'w' || before == 'e';
    case 'd':
        return before == 'r' || before == 'w';
    case 'e':
        return before == 's' || before == 'i';
    case 'y':
        return before == 'e';
    default:
        return false;
    }
}

/* With what they end in three letters, since many other words end with the last two. */
static bool
ends_one(const char *text)
{
    static const char *const ends[] = { "ken", "jwt", "ord", "swd", "pwd",
                                        "ase", "ion", "ret", "key", "kie" };

    if (!pii_name_may_end(text[1], text[2]))
        return false;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        if ((text[0] | 0x20) == ends[i][0] && (text[1] | 0x20) == ends[i][1] &&
            (text[2] | 0x20) == ends[i][2])
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

/* false: it is too long for a name. */
static bool
spell(struct spelling *s, const char *text, size_t end)
{
    size_t at = end;

    s->length = 0;
    s->is_end[0] = false;
    while (at > 0 && pii_is_base64url(text[at - 1])) {
        const char c = text[--at];

        if (c == '-' || c == '_') {
            s->is_end[s->length] = true;
            continue;
        }
        if (s->length == NAME_MOST)
            return false;
        if (s->length > 0 && text[at + 1] != lower(text[at + 1]) && c == lower(c))
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

    if (end < 3 || !ends_one(text + end - 3) || !spell(&s, text, end))
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
        letters += text[i] != '-' && text[i] != '_';
    out->is_end = letters > out->name->length;
    return true;
}

bool
pii_names_secret(const char *name, enum pii_kind *kind)
{
    size_t start;
    const struct pii_name *known = name_before(name, strlen(name), &start);

    if (known == NULL || start != 0 || (known->traits & (PII_TRAIT_COOKIE | PII_TRAIT_SCHEME)) != 0)
        return false;
    *kind = known->kind;
    return true;
}
