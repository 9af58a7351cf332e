/* recording.h - recorded sessions as the screen knows them: the list of a bucket, and one as told.
 * SPDX-License-Identifier: MIT
 *
 * Made on the collector's thread, immutable afterwards; all of it lies in the answer's arena or in
 * those of its parts. */
#ifndef OV_TUI_RECORDING_H
#define OV_TUI_RECORDING_H

#include "domain/openreplay_story.h"
#include "domain/pii_finding.h"
#include "domain/recording_file.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The tracker sends at least each 30 s, an idle page too: who misses two has gone. */
#define RECORDING_FLUSH_MS 30000
#define RECORDING_GONE_MS  60000

#define RECORDING_LINES_MAX 5000 /* of a story on screen; obsview sessions show has them all */

/* A session as a list shows it. */
struct recording_seen {
    const char *id;            /* decimal */
    int64_t start_ms, last_ms; /* last_ms: of the batch that came last */
    uint64_t bytes;
    bool has_full; /* obsview.full is there: it can grow, and has everything */
    bool is_read;  /* what follows is known */
    bool has_analytics;
    unsigned pages, clicks, errors, failed_requests, faults;
    const char *device; /* "Chrome, Linux"; "" */
    const char *zone;   /* "UTC+01:00": what a recording says of where; "" */
};
struct recording_list {
    const struct recording_seen *list; /* newest first */
    size_t count;
};

struct recording_bytes {
    const char *at;
    size_t length;
    bool is_file;
};

/* A session, told. */
struct recording_told {
    struct recording_seen seen;
    bool has_head;
    const char *version, *user_agent; /* of the head; "" */
    struct openreplay_summary summary;
    const struct openreplay_line *lines;
    size_t line_count;
    const struct recording_bytes *bodies; /* that `body` of the lines counts */
    size_t body_count;
    /* Who the application says it is, raw: to be compared, never shown. */
    const char *const *ids;
    size_t id_count;
    bool is_scanned; /* here, where no emulator does: `findings` is all there is */
    const struct pii_finding *findings; /* ascending by time */
    size_t finding_count;
};

/* What was read of a session. */
struct recording_read {
    uint64_t session;
    const struct recording_head *head; /* NULL: of OpenReplay's own files */
    const struct recording_bytes *bodies;
    size_t body_count;
    int64_t last_ms; /* of the body that came last; 0: not known */
    uint64_t bytes;
    bool has_full;
};
/* Fills all but the findings. The bytes of the bodies are borrowed for as long as `told` lives. */
void recording_tell(struct recording_told *told, struct arena *arena,
                    const struct recording_read *read);

/* "Chrome, Linux": enough to tell devices apart. */
#define RECORDING_DEVICE_TEXT 24
void recording_device(char text[RECORDING_DEVICE_TEXT], const char *user_agent);

/* The message a line was made of. false: it cannot be found. `out` points into the body. */
bool recording_message(struct openreplay_message *out, const struct recording_told *told,
                       const struct openreplay_line *line);

#endif
