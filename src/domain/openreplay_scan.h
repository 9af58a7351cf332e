/* openreplay_scan.h - a recording searched for personal data, field by field.
 * SPDX-License-Identifier: MIT */
#ifndef OV_DOMAIN_OPENREPLAY_SCAN_H
#define OV_DOMAIN_OPENREPLAY_SCAN_H

#include "domain/openreplay_batch.h"
#include "domain/pii_finding.h"

struct openreplay_scan;

/* For one session: it keeps the nodes of each of its tabs, so that bodies that come later name
 * elements. Bodies of one tab are taken in the order they were made. Rules are borrowed; `key` as
 * in pii_scanner_new(). */
struct openreplay_scan *openreplay_scan_new(const struct pii_rules *rules,
                                            const uint8_t key[PII_KEY_BYTES], const char *session);
void openreplay_scan_free(struct openreplay_scan *scan); /* NULL is fine */

struct openreplay_scanned {
    struct openreplay_fault fault; /* what was before it was searched all the same */
    unsigned unjudged;             /* texts that met a limit: not clean, not dirty */
    uint64_t messages, bytes;
};
typedef void openreplay_scan_found(void *arg, const struct pii_finding *finding);
/* Calls back once for each (value, message, field, element) that is new in this session. */
void openreplay_scan_take(struct openreplay_scan *scan, const void *body, size_t length,
                          bool is_file, openreplay_scan_found *found, void *arg,
                          struct openreplay_scanned *out);

/* All findings so far, in the order in which they were told; `count` goes on with each body. */
size_t openreplay_scan_count(const struct openreplay_scan *scan);
const struct pii_finding *openreplay_scan_at(const struct openreplay_scan *scan, size_t i);

#endif
