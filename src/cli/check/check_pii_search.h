/* check_pii_search.h - what `obsview check pii` is told to look into itself, and how far it is.
 * SPDX-License-Identifier: MIT
 *
 * Where bytes come from is each in a file of its own: check_pii_files.c, check_pii_store.c. */
#ifndef OV_CLI_CHECK_PII_SEARCH_H
#define OV_CLI_CHECK_PII_SEARCH_H

#include "cli/check/check_pii.h"
#include "domain/openreplay_scan.h"
#include "domain/pii_texts.h"

struct pii_search {
    struct findings *found;
    struct pii_rules *rules;
    struct pii_scanner *scanner; /* for logs */
    uint8_t key[PII_KEY_BYTES];
    enum pii_severity least;
    size_t below, sessions, bodies;
    uint64_t messages, lines, requests;
    const char *where;            /* the line of a file that is searched; NULL: none */
    struct openreplay_scan *scan; /* of the session that is read; NULL: it has no body yet */
    char *session;
};

/* An unknown: what was not read to its end is not clean. */
void pii_search_unjudged(struct pii_search *s, const char *subject, const char *why);
void pii_search_begin_session(struct pii_search *s, const char *name);
/* Tells what was found in it. */
void pii_search_end_session(struct pii_search *s);
/* A body of the session, or a file of a bucket; `subject` is where it stands. */
void pii_search_body(struct pii_search *s, const char *subject, const void *bytes, size_t length,
                     bool is_file);
/* A line of a log; false: it could not be judged. */
bool pii_search_line(struct pii_search *s, const struct pii_origin *origin, const char *line,
                     size_t length);

/* A file, a directory or "-". */
void check_pii_files(struct pii_search *s, const char *path);
/* Recorded traffic that lies under `path`, or in `bytes` unless that is NULL. */
void check_pii_fixture(struct pii_search *search, const char *path, const struct buf *bytes);
/* The database of an emulator that does not run. */
void check_pii_store(struct pii_search *s, const char *path);

#endif
