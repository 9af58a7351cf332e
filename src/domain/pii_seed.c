/* pii_seed.c - a table of fields, and a generator that depends on seed and number alone.
 * SPDX-License-Identifier: MIT
 *
 * Each value carries a random part, so that a test can look for it anywhere and mean this one; void
 * social security numbers and test cards have none, since there are so few. Names and surnames are
 * taken from a short list, because a name cannot be told from a word. */
#include "config.h"

#include "domain/pii_seed.h"

#include <stdio.h>
#include <string.h>

/* SplitMix64 (Steele, Lea, Flood, 2014). */
static uint64_t
next(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static size_t
pick(uint64_t *state, size_t count)
{
    return (size_t)(next(state) % count);
}

#define PICK(state, list) ((list)[pick(state, sizeof(list) / sizeof(list)[0])])

/* Appends `count` characters of the alphabet. */
static void
draw(char *text, uint64_t *state, const char *alphabet, size_t count)
{
    size_t used = strlen(text), letters = strlen(alphabet);

    for (size_t i = 0; i < count && used + 1 < PII_SEED_VALUE; i++)
        text[used++] = alphabet[pick(state, letters)];
    text[used] = '\0';
}

static const char small[] = "abcdefghijkmnpqrstuvwxyz", digits[] = "0123456789",
                  base32[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
                  base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
static const char *const given_names[] = { "ada",   "alan", "barbara", "dennis", "edsger",
                                           "grace", "jean", "john",    "ken",    "radia" };
static const char *const surnames[] = { "ashwood",  "brightwater", "coldbrook", "dunmore",
                                        "eastlake", "fairholm",    "greenhill", "harrowgate" };
static const char *const areas[] = { "202", "212", "312", "415", "503", "617", "713", "808" };
/* Published on a card in wallets and in a pamphlet, and void since (Social Security Administration,
 * "Misused Social Security numbers"). */
static const char *const void_ssns[] = { "078-05-1120", "219-09-9999" };
static const char *const test_cards[] = { "4111 1111 1111 1111", "4242424242424242",
                                          "5555 5555 5555 4444", "6011-1111-1111-1117",
                                          "3782 822463 10005" };

static void
make_name(char *text, uint64_t *state)
{
    const char *given = PICK(state, given_names);

    snprintf(text, PII_SEED_VALUE, "%s %s", given, PICK(state, surnames));
}

static void
make_email(char *text, uint64_t *state)
{
    const char *given = PICK(state, given_names);

    snprintf(text, PII_SEED_VALUE, "%s.%s.", given, PICK(state, surnames));
    draw(text, state, small, 6);
    strncat(text, "@example.com", PII_SEED_VALUE - strlen(text) - 1);
}

static void
make_phone(char *text, uint64_t *state)
{
    const char *area = PICK(state, areas);

    snprintf(text, PII_SEED_VALUE, "(%s) 555-01", area);
    draw(text, state, digits, 2);
}

static void
make_ssn(char *text, uint64_t *state)
{
    snprintf(text, PII_SEED_VALUE, "%s", PICK(state, void_ssns));
}

static void
make_card(char *text, uint64_t *state)
{
    snprintf(text, PII_SEED_VALUE, "%s", PICK(state, test_cards));
}

static void
make_password(char *text, uint64_t *state)
{
    snprintf(text, PII_SEED_VALUE, "fake-");
    draw(text, state, base64, 12);
}

/* Header and payload say {"alg":"none"} and {"sub":"fake"}. */
static void
make_jwt(char *text, uint64_t *state)
{
    snprintf(text, PII_SEED_VALUE, "eyJhbGciOiJub25lIn0.eyJzdWIiOiJmYWtlIn0.");
    draw(text, state, base64, 32);
}

static void
make_access_key(char *text, uint64_t *state)
{
    snprintf(text, PII_SEED_VALUE, "AKIA");
    draw(text, state, base32, 9);
    strncat(text, "EXAMPLE", PII_SEED_VALUE - strlen(text) - 1);
}

static void
make_bearer(char *text, uint64_t *state)
{
    snprintf(text, PII_SEED_VALUE, "Bearer fake-1");
    draw(text, state, base64, 24);
}

static void
make_url(char *text, uint64_t *state)
{
    snprintf(text, PII_SEED_VALUE, "https://shop.example/reset?token=fake-");
    draw(text, state, base64, 16);
}

static const struct {
    const char *name, *kind;
    void (*make)(char *text, uint64_t *state);
} makers[PII_SEED_FIELDS] = {
    { "name", "", make_name },           { "email", "email", make_email },
    { "phone", "phone", make_phone },    { "ssn", "ssn", make_ssn },
    { "card", "card", make_card },       { "password", "secret", make_password },
    { "jwt", "jwt", make_jwt },          { "accessKey", "aws-key", make_access_key },
    { "bearer", "bearer", make_bearer }, { "url", "secret", make_url },
};

void
pii_seed_make(struct pii_seed_field fields[PII_SEED_FIELDS], uint64_t seed, uint64_t number)
{
    uint64_t state = seed;

    state = next(&state) ^ number;
    for (size_t i = 0; i < PII_SEED_FIELDS; i++) {
        fields[i] = (struct pii_seed_field){ .name = makers[i].name, .kind = makers[i].kind };
        makers[i].make(fields[i].value, &state);
    }
}
