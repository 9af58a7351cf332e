/* privacy_batches.c - searches the recorded batches of the store, behind a mark.
 * SPDX-License-Identifier: MIT
 *
 * Bodies are not queued: the store has them, and the mark up to which they were searched moves in
 * the transaction that keeps what was found. So nothing is told twice or never after a kill. A
 * search that goes on in the middle of a session (after a restart, or when many sessions are under
 * way) goes over the bodies before that in silence, because nodes are named by what came earlier.
 */
#include "config.h"

#include "emulator/privacy_own.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "store/store.h"

#define PART_BYTES ((size_t)4 << 20)

static void
on_finding(void *arg, const struct pii_finding *finding)
{
    struct privacy_lines *lines = arg;

    if (!lines->is_silent)
        privacy_lines_tell(lines, finding);
}

/* What came before the body at hand, so that its nodes have names. */
static enum status
catch_up(struct privacy *p, struct openreplay_scan *scan, const struct recording_part *until,
         struct err *err)
{
    struct privacy_lines silent = { .p = p, .is_silent = true };
    struct openreplay_scanned ignored;
    uint64_t from = 0;
    enum status st = OK;

    do {
        struct arena *arena = arena_new();
        struct recording_part *parts;
        size_t count = 0;

        st = store_read_recording(p->reader, arena, until->body.session, from, PART_BYTES, &parts,
                                  &count, &from, err);
        for (size_t i = 0; st == OK && i < count; i++) {
            if (parts[i].number < until->number)
                openreplay_scan_take(scan, parts[i].body.bytes, parts[i].body.length, false,
                                     on_finding, &silent, &ignored);
        }
        arena_free(arena);
    } while (st == OK && from != 0 && from < until->number);
    return st;
}

static struct privacy_scan *
scan_of(struct privacy *p, const struct recording_part *part, struct err *err)
{
    struct privacy_scan *oldest = &p->scans[0];
    char name[24];

    for (size_t i = 0; i < PRIVACY_SCANS; i++) {
        struct privacy_scan *s = &p->scans[i];

        if (s->used != 0 && s->session == part->body.session)
            return s;
        if (s->used < oldest->used)
            oldest = s;
    }
    openreplay_scan_free(oldest->scan);
    snprintf(name, sizeof name, "%" PRIu64, part->body.session);
    *oldest = (struct privacy_scan){ .session = part->body.session,
                                     .scan = openreplay_scan_new(p->rules, p->search.key, name) };
    return catch_up(p, oldest->scan, part, err) == OK ? oldest : NULL;
}

static void
tell_scanned(struct privacy_lines *lines, const struct recording_part *part,
             const struct openreplay_scanned *scanned)
{
    char name[24];

    snprintf(name, sizeof name, "%" PRIu64, part->body.session);
    if (part->body.fault.kind != OPENREPLAY_NO_FAULT)
        privacy_lines_tell_unsearched(lines, name, 1, "batch, behind what cannot be decoded");
    if (scanned->unjudged > 0)
        privacy_lines_tell_unsearched(lines, name, scanned->unjudged, "texts that met a limit");
    atomic_fetch_add(&lines->p->unjudged,
                     scanned->unjudged + (part->body.fault.kind != OPENREPLAY_NO_FAULT));
}

/* false: not now. */
static bool
search_body(struct privacy *p, const struct recording_part *part)
{
    struct openreplay_scanned scanned;
    struct privacy_lines lines;
    struct err err = { 0 };
    struct privacy_scan *scan = scan_of(p, part, &err);
    bool has_lines;

    if (scan == NULL)
        return false;
    scan->used = ++p->turn;
    lines = privacy_lines_begin(p, "openreplay");
    openreplay_scan_take(scan->scan, part->body.bytes, part->body.length, false, on_finding, &lines,
                         &scanned);
    tell_scanned(&lines, part, &scanned);
    has_lines = !store_write_is_empty(lines.write);
    store_write_recording_searched(lines.write, part->number);
    if (!privacy_lines_commit(&lines, has_lines)) {
        openreplay_scan_free(scan->scan); /* what it told is not kept: tell it again */
        *scan = (struct privacy_scan){ .used = 0 };
        return false;
    }
    p->search.number = part->number;
    atomic_fetch_add(&p->batches, 1);
    return true;
}

bool
privacy_search_batches(struct privacy *p)
{
    bool more = true, good = true;

    while (good && more && !privacy_is_stopping(p)) {
        struct arena *arena = arena_new();
        struct recording_part part;
        struct err err = { 0 };

        good = store_next_recording(p->reader, arena, p->search.number, &part, &more, &err) == OK &&
               (!more || search_body(p, &part));
        arena_free(arena);
        privacy_search_queue(p);
    }
    return good;
}

void
privacy_forget_batches(struct privacy *p)
{
    for (size_t i = 0; i < PRIVACY_SCANS; i++)
        openreplay_scan_free(p->scans[i].scan);
    memset(p->scans, 0, sizeof p->scans);
}
