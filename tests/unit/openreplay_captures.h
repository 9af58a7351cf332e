/* openreplay_captures.h - what real trackers sent, with what is in it: fixtures/openreplay, and a
 * directory of the same form that OBSVIEW_CAPTURES names. SPDX-License-Identifier: MIT
 *
 * A capture is a directory of bodies (`003-i.bin`, `003-i.bin.gz`) in the order of their names, and
 * decoded.jsonl (or .gz): one message a line. */
#ifndef OV_TESTS_OPENREPLAY_CAPTURES_H
#define OV_TESTS_OPENREPLAY_CAPTURES_H

#include <stddef.h>

struct capture_body {
    char *name;
    unsigned char *bytes; /* inflated, an allocation of exactly that length */
    size_t length;
};
struct capture {
    char *name, *directory;
    struct capture_body *bodies;
    size_t body_count;
};
struct captures {
    struct capture *list;
    size_t count;
};

/* Ends the process with a sentence when there are none, or one cannot be read. */
void captures_load(struct captures *captures);
void captures_free(struct captures *captures);
const struct capture *captures_find(const struct captures *captures, const char *name);
/* A text file of fixtures/openreplay or of a capture, inflated when it is compressed. The caller
 * frees it. */
char *captures_read(const char *directory, const char *name, size_t *length);
/* "<tree>/fixtures/openreplay"; the caller frees it. */
char *captures_directory(void);

#endif
