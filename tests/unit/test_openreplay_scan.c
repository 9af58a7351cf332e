/* test_openreplay_scan.c - what is found in recordings of real trackers is what is in them.
 * SPDX-License-Identifier: MIT
 *
 * leaks.tsv was made from the decoded messages with plain expressions, apart from this scanner:
 * capture, message, field, kind, value, count. Values are compared by their keyed hashes, and no
 * failure shows one. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "domain/openreplay_scan.h"
#include "openreplay_captures.h"

static const uint8_t key[PII_KEY_BYTES] = "a key of thirty-two bytes, yes.";
static struct captures captures;
static struct pii_rules *rules;

static int
load(void **state)
{
    (void)state;
    captures_load(&captures);
    rules = pii_rules_default();
    return 0;
}

static int
unload(void **state)
{
    (void)state;
    captures_free(&captures);
    pii_rules_free(rules);
    return 0;
}

/* --- the list --------------------------------------------------------------------------------- */

#define LEAKS_MAX 1000

struct leak {
    char *capture, *field, *kind;
    unsigned message_id;
    uint8_t hash[16];
    unsigned count, seen;
};

static struct leak leaks[LEAKS_MAX];
static size_t leak_count;

static void
take_hash(void *arg, const struct pii_hit *hit)
{
    memcpy(arg, hit->hash, 16);
}

static void
hash_value(struct pii_scanner *scanner, struct leak *leak, const char *value)
{
    struct pii_hit hit;

    if (strcmp(leak->kind, "secret") == 0) {
        assert_true(pii_judge(scanner, PII_SECRET, value, strlen(value), &hit));
        memcpy(leak->hash, hit.hash, 16);
    } else {
        assert_true(pii_scan(scanner, PII_URL, value, strlen(value), take_hash, leak->hash));
    }
}

static bool
is_same(const struct leak *a, const char *capture, unsigned message_id, const char *field,
        const char *kind, const uint8_t hash[16])
{
    return strcmp(a->capture, capture) == 0 && a->message_id == message_id &&
           strcmp(a->field, field) == 0 && strcmp(a->kind, kind) == 0 &&
           memcmp(a->hash, hash, 16) == 0;
}

static struct leak *
find_leak(const char *capture, unsigned message_id, const char *field, const char *kind,
          const uint8_t hash[16])
{
    for (size_t i = 0; i < leak_count; i++) {
        if (is_same(&leaks[i], capture, message_id, field, kind, hash))
            return &leaks[i];
    }
    return NULL;
}

/* The list has an encoded value and the plain one in two rows; to us they are the same. */
static void
read_leaks(char *text)
{
    struct pii_scanner *scanner = pii_scanner_new(rules, key);
    char *line;

    strsep(&text, "\n"); /* the names of the columns */
    while ((line = strsep(&text, "\n")) != NULL && *line != '\0') {
        struct leak leak = { .capture = strsep(&line, "\t") }, *same;
        const char *value;

        leak.message_id = (unsigned)strtoul(strsep(&line, "\t"), NULL, 10);
        leak.field = strsep(&line, "\t");
        leak.kind = strsep(&line, "\t");
        value = strsep(&line, "\t");
        leak.count = (unsigned)strtoul(line, NULL, 10);
        hash_value(scanner, &leak, value);
        same = find_leak(leak.capture, leak.message_id, leak.field, leak.kind, leak.hash);
        if (same != NULL)
            same->count += leak.count;
        else if (leak_count < LEAKS_MAX)
            leaks[leak_count++] = leak;
    }
    pii_scanner_free(scanner);
}

/* Kinds that the list does not know. */
static bool
is_extra(const char *kind)
{
    static const char *const extra[] = { "unmasked", "phone-national", "jwt", "bearer", "aws-key" };

    for (size_t i = 0; i < sizeof extra / sizeof extra[0]; i++) {
        if (strcmp(extra[i], kind) == 0)
            return true;
    }
    return false;
}

static void
see(void *arg, const struct pii_finding *finding)
{
    (void)arg;
    (void)finding;
}

static struct openreplay_scan *
scan_capture(const struct capture *capture)
{
    struct openreplay_scan *scan = openreplay_scan_new(rules, key, capture->name);

    for (size_t i = 0; i < capture->body_count; i++) {
        struct openreplay_scanned out;

        openreplay_scan_take(scan, capture->bodies[i].bytes, capture->bodies[i].length, false, see,
                             NULL, &out);
        assert_int_equal(out.unjudged, 0);
        assert_int_equal(out.fault.kind, OPENREPLAY_NO_FAULT);
    }
    return scan;
}

static unsigned
count_capture(const struct capture *capture)
{
    struct openreplay_scan *scan = scan_capture(capture);
    unsigned wrong = 0;

    for (size_t i = 0; i < openreplay_scan_count(scan); i++) {
        const struct pii_finding *f = openreplay_scan_at(scan, i);
        struct leak *leak = find_leak(capture->name, f->message_id, f->field, f->kind, f->hash);

        if (getenv("OBSVIEW_SHOW_FINDINGS") != NULL)
            print_message("%s\t%u %s\t%s\t%s\t%s\t%u\t%s\t%s\t%s\t%s\n", capture->name,
                          f->message_id, f->message, f->field, f->kind, f->shape, f->count,
                          pii_way_name(f->way), f->element, f->rule, f->advice);
        if (leak != NULL) {
            leak->seen += f->count;
        } else if (!is_extra(f->kind)) {
            print_error("%s: %s in %s.%s is not in the list\n", capture->name, f->kind, f->message,
                        f->field);
            wrong++;
        }
    }
    openreplay_scan_free(scan);
    return wrong;
}

static void
findings_equal_the_list(void **state)
{
    char *directory = captures_directory(), *text;
    unsigned wrong = 0;
    size_t length;

    (void)state;
    text = captures_read(directory, "leaks.tsv", &length);
    read_leaks(text);
    for (size_t i = 0; i < captures.count; i++) {
        bool is_listed = false;

        for (size_t j = 0; j < leak_count; j++)
            is_listed = is_listed || strcmp(leaks[j].capture, captures.list[i].name) == 0;
        if (is_listed)
            wrong += count_capture(&captures.list[i]);
    }
    for (size_t i = 0; i < leak_count; i++) {
        if (leaks[i].seen == leaks[i].count)
            continue;
        print_error("%s: %s in %u.%s: %u instead of %u\n", leaks[i].capture, leaks[i].kind,
                    leaks[i].message_id, leaks[i].field, leaks[i].seen, leaks[i].count);
        wrong++;
    }
    assert_true(leak_count > 50);
    assert_int_equal(wrong, 0);
    free(text);
    free(directory);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(findings_equal_the_list),
    };

    return cmocka_run_group_tests(tests, load, unload);
}
