/* test_umami_place.c - who sent a hit and from where: proxies, a database, private addresses.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "domain/umami_place.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

/* "name: value" lines, with a NULL behind. */
static const char *
header(void *arg, const char *name)
{
    size_t len = strlen(name);

    for (const char *const *line = arg; *line != NULL; line++) {
        if (strncmp(*line, name, len) == 0 && (*line)[len] == ':')
            return *line + len + 2;
    }
    return NULL;
}

/* Knows one address in full, one without a city, and remembers what it was asked. */
static bool
locate(void *arg, struct arena *arena, const char *ip, struct umami_spot *out)
{
    (void)arena;
    *(const char **)arg = ip;
    if (strcmp(ip, "203.0.113.1") == 0)
        *out = (struct umami_spot){ "DE", "BE", "Berlin" };
    else if (strcmp(ip, "2001:db8::1") == 0)
        *out = (struct umami_spot){ "US", "US-CA", NULL };
    else
        return false;
    return true;
}

static const struct {
    const char *name;
    enum umami_dialect dialect;
    const char *headers[5];
    const char *given, *socket;
    bool skips;
    const char *own_header;
    const char *ip, *country, *region, *city;
    enum umami_place_source source;
    bool is_told;
} cases[] = {
    { .name = "a proxy is believed before the database",
      .dialect = UMAMI_V2,
      .headers = { "x-forwarded-for: 203.0.113.1", "cf-ipcountry: FR", "cf-region-code: IDF",
                   "cf-ipcity: Paris" },
      .ip = "203.0.113.1",
      .country = "FR",
      .region = "FR-IDF",
      .city = "Paris",
      .source = UMAMI_PLACE_HEADERS },
    { .name = "and what it leaves out is not looked up",
      .dialect = UMAMI_V2,
      .headers = { "x-forwarded-for: 203.0.113.1", "cf-ipcountry: FR" },
      .ip = "203.0.113.1",
      .country = "FR",
      .source = UMAMI_PLACE_HEADERS },
    { .name = "without one the database is asked",
      .dialect = UMAMI_V2,
      .headers = { "x-forwarded-for: 203.0.113.1, 10.0.0.1" },
      .ip = "203.0.113.1",
      .country = "DE",
      .region = "DE-BE",
      .city = "Berlin",
      .source = UMAMI_PLACE_DATABASE },
    { .name = "an address of the message: the database, not the proxy",
      .dialect = UMAMI_V2,
      .headers = { "cf-ipcountry: FR" },
      .given = "2001:db8::1",
      .socket = "127.0.0.1",
      .ip = "2001:db8::1",
      .country = "US",
      .region = "US-CA",
      .source = UMAMI_PLACE_DATABASE },
    { .name = "SKIP_LOCATION_HEADERS",
      .dialect = UMAMI_V2,
      .skips = true,
      .headers = { "x-forwarded-for: 203.0.113.1", "cf-ipcountry: FR" },
      .ip = "203.0.113.1",
      .country = "DE",
      .region = "DE-BE",
      .city = "Berlin",
      .source = UMAMI_PLACE_DATABASE },
    { .name = "an address that nobody knows",
      .dialect = UMAMI_V2,
      .headers = { "x-forwarded-for: 198.51.100.1" },
      .ip = "198.51.100.1",
      .source = UMAMI_PLACE_UNKNOWN },
    { .name = "loopback is private and says nothing",
      .dialect = UMAMI_V2,
      .headers = { NULL },
      .socket = "127.0.0.1",
      .ip = "127.0.0.1",
      .source = UMAMI_PLACE_PRIVATE },
    { .name = "a private address that was sent",
      .dialect = UMAMI_V2,
      .headers = { "x-forwarded-for: 10.1.2.3" },
      .ip = "10.1.2.3",
      .source = UMAMI_PLACE_PRIVATE,
      .is_told = true },
    { .name = "a private address of the message",
      .dialect = UMAMI_V3,
      .headers = { NULL },
      .given = "fd00::1",
      .ip = "fd00::1",
      .source = UMAMI_PLACE_PRIVATE,
      .is_told = true },
    { .name = "a country for a private address",
      .dialect = UMAMI_V2,
      .headers = { "cf-ipcountry: FR" },
      .socket = "192.168.1.1",
      .ip = "192.168.1.1",
      .source = UMAMI_PLACE_PRIVATE,
      .is_told = true },
    { .name = "CLIENT_IP_HEADER comes first",
      .dialect = UMAMI_V2,
      .own_header = "x-mine",
      .headers = { "cf-connecting-ip: 198.51.100.1", "x-mine: 203.0.113.1" },
      .ip = "203.0.113.1",
      .country = "DE",
      .region = "DE-BE",
      .city = "Berlin",
      .source = UMAMI_PLACE_DATABASE },
    { .name = "and is taken as it is by version 2",
      .dialect = UMAMI_V2,
      .own_header = "x-mine",
      .headers = { "x-mine: 203.0.113.1:80" },
      .ip = "203.0.113.1:80",
      .source = UMAMI_PLACE_UNKNOWN },
    { .name = "but not by version 3",
      .dialect = UMAMI_V3,
      .own_header = "x-mine",
      .headers = { "x-mine: 203.0.113.1:80" },
      .ip = "203.0.113.1",
      .country = "DE",
      .region = "DE-BE",
      .city = "Berlin",
      .source = UMAMI_PLACE_DATABASE },
    { .name = "an empty one is none",
      .dialect = UMAMI_V2,
      .own_header = "x-mine",
      .headers = { "x-mine: ", "x-forwarded-for: 198.51.100.1" },
      .ip = "198.51.100.1",
      .source = UMAMI_PLACE_UNKNOWN },
    { .name = "CloudFront tells version 3",
      .dialect = UMAMI_V3,
      .headers = { "true-client-ip: 198.51.100.1", "cloudfront-viewer-country: JP" },
      .ip = "198.51.100.1",
      .country = "JP",
      .source = UMAMI_PLACE_HEADERS },
    { .name = "and not version 2",
      .dialect = UMAMI_V2,
      .headers = { "x-client-ip: 198.51.100.1", "cloudfront-viewer-country: JP" },
      .ip = "198.51.100.1",
      .source = UMAMI_PLACE_UNKNOWN },
};

static void
same(const char *name, const char *what, const char *got, const char *wanted)
{
    if ((got == NULL) != (wanted == NULL) || (got != NULL && strcmp(got, wanted) != 0))
        fail_msg("%s: %s is %s, expected %s", name, what, got == NULL ? "absent" : got,
                 wanted == NULL ? "absent" : wanted);
}

static void
places_come_in_order(void **state)
{
    struct arena *arena = arena_new();
    struct umami_place place;
    const char *asked;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct umami_place_rules rules = { .dialect = cases[i].dialect,
                                                 .client_ip_header = cases[i].own_header,
                                                 .skips_headers = cases[i].skips,
                                                 .locate = locate,
                                                 .locate_arg = &asked };

        asked = NULL;
        umami_place_find(&place, arena, &rules, header, (void *)(uintptr_t)cases[i].headers,
                         cases[i].given, cases[i].socket);
        same(cases[i].name, "address", place.ip, cases[i].ip);
        same(cases[i].name, "country", place.country, cases[i].country);
        same(cases[i].name, "region", place.region, cases[i].region);
        same(cases[i].name, "city", place.city, cases[i].city);
        if (place.source != cases[i].source || place.is_told != cases[i].is_told)
            fail_msg("%s: source %d, told %d", cases[i].name, place.source, place.is_told);
        if ((asked != NULL) !=
            (place.source == UMAMI_PLACE_DATABASE || place.source == UMAMI_PLACE_UNKNOWN))
            fail_msg("%s: the database is asked when it counts", cases[i].name);
    }
    arena_free(arena);
}

static void
places_are_told_in_words(void **state)
{
    static const struct umami_place berlin = { .ip = "203.0.113.1",
                                               .country = "DE",
                                               .region = "DE-BE",
                                               .city = "Berlin",
                                               .source = UMAMI_PLACE_DATABASE };
    static const struct umami_place nowhere = { .ip = "203.0.113.1" };
    struct arena *arena = arena_new();

    (void)state;
    assert_string_equal(umami_place_describe(arena, &berlin),
                        "DE, DE-BE, Berlin, from the database of places");
    assert_string_equal(umami_place_describe(arena, &nowhere),
                        "no proxy's header tells it, and there is no --geo-db");
    arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_come_in_order),
        cmocka_unit_test(places_are_told_in_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
