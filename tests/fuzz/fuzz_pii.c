/* fuzz_pii.c - texts by rules, and bodies of a recorder, searched for personal data.
 * SPDX-License-Identifier: MIT
 *
 * The first byte says what follows: how a text is to be read (0 to 2), or a body (3) or a file (4).
 * A text may have rules before it, up to a NUL; nothing before the NUL means those built in. What
 * is found must lie in the text, in order, and nothing that is told may show a letter or digit of
 * it. */
#include "config.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "domain/openreplay_scan.h"
#include "domain/pii.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t key[PII_KEY_BYTES];

struct seen {
    size_t length, end;
};

static void
look_at_shape(const char *shape)
{
    assert(strlen(shape) < PII_SHAPE_MAX);
    assert(shape[strspn(shape, "*@. -()+/")] == '\0');
}

static void
look_at_hit(void *arg, const struct pii_hit *hit)
{
    struct seen *seen = arg;

    assert(hit->offset >= seen->end && hit->length <= seen->length &&
           hit->offset <= seen->length - hit->length);
    seen->end = hit->offset + hit->length;
    look_at_shape(hit->shape);
    assert(hit->kind[0] != '\0');
}

static void
look_at_finding(void *arg, const struct pii_finding *finding)
{
    struct arena *arena = arena_new();
    struct pii_finding back;
    struct buf line;

    (void)arg;
    look_at_shape(finding->shape);
    buf_init(&line, 65536);
    pii_finding_print(&line, finding);
    assert(!buf_failed(&line) && pii_finding_read(&back, arena, line.data, line.len));
    assert(back.count == finding->count && strcmp(back.kind, finding->kind) == 0);
    buf_fini(&line);
    arena_free(arena);
}

static void
search_text(const struct pii_rules *rules, enum pii_reading reading, const uint8_t *data,
            size_t size)
{
    struct pii_scanner *scanner = pii_scanner_new(rules, key);
    struct seen seen = { .length = size };
    char *text = xmalloc(size + 1); /* so that a step too far is seen */
    struct buf scrubbed;

    memcpy(text, data, size);
    text = xreallocarray(text, size == 0 ? 1 : size, 1);
    (void)!pii_scan(scanner, reading, text, size, look_at_hit, &seen);
    buf_init(&scrubbed, 4 * size + 64);
    (void)pii_scrub(scanner, reading, text, size, &scrubbed);
    buf_fini(&scrubbed);
    free(text);
    pii_scanner_free(scanner);
}

static void
search_by_rules(enum pii_reading reading, const uint8_t *data, size_t size)
{
    const uint8_t *nul = memchr(data, '\0', size);
    struct pii_rules *rules = NULL;
    struct err err = { .code = OK };

    if (nul == NULL || nul == data)
        rules = pii_rules_default();
    else if (pii_rules_parse(&rules, (const char *)data, (size_t)(nul - data), &err) != OK)
        assert(err.text[0] != '\0');
    if (rules != NULL)
        search_text(rules, reading, nul == NULL ? data : nul + 1,
                    nul == NULL ? size : (size_t)(data + size - nul - 1));
    pii_rules_free(rules);
}

static void
search_body(const uint8_t *data, size_t size, bool is_file)
{
    struct pii_rules *rules = pii_rules_default();
    struct openreplay_scan *scan = openreplay_scan_new(rules, key, "1");
    struct openreplay_scanned out;

    openreplay_scan_take(scan, data, size, is_file, look_at_finding, NULL, &out);
    openreplay_scan_take(scan, data, size, is_file, look_at_finding, NULL, &out);
    openreplay_scan_free(scan);
    pii_rules_free(rules);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || data[0] > 4)
        return 0;
    if (data[0] < 3)
        search_by_rules((enum pii_reading)data[0], data + 1, size - 1);
    else
        search_body(data + 1, size - 1, data[0] == 4);
    return 0;
}
