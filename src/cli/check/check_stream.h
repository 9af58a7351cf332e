/* check_stream.h - checks over what arrived, one item after the other, wherever it lies.
 * SPDX-License-Identifier: MIT
 *
 * The same judge sees the intake of an emulator, the log groups of an account, and files: fixtures,
 * logs, documents. A source that could not be read to its end is a finding of its own. */
#ifndef OV_CLI_CHECK_STREAM_H
#define OV_CLI_CHECK_STREAM_H

#include "base/buf.h"
#include "cli/command.h"
#include "cli/findings.h"
#include "domain/metric.h"
#include "domain/price.h"

#include <cjson/cJSON.h>

struct ask_list;
struct view_query;

enum check_item_kind {
    CHECK_LINE,    /* of a log, or of an EMF listener */
    CHECK_REQUEST, /* over HTTP */
    CHECK_SERIES   /* one that exists */
};

/* Borrowed for the call. */
struct check_item {
    enum check_item_kind kind;
    const char *where;  /* "app.log:12", "event 7", a log group */
    int64_t time_ms;    /* when it arrived; 0: not known */
    const char *text;   /* the line, or the body; followed by a NUL */
    size_t length;      /* NULs may be in it */
    const cJSON *event; /* of a fixture; NULL: not from one */
    const char *method; /* CHECK_REQUEST */
    const char *path;   /* likewise, with its query */
    unsigned status;    /* what was answered; 0: not known */
    bool is_logged;     /* what it was accepted as is a line that is an item, too */
    const struct series_key *series;
};

/* A request that posts to this path. */
bool check_is_post(const struct check_item *item, const char *path);
/* A request that was not answered with 200, and that one of a fixture that expects so: it is sent
 * for the sake of the refusal. */
bool check_was_refused(const struct check_item *item);
bool check_expects_refusal(const struct check_item *item);

/* Of an event of a fixture that was redacted: an object of how many values of a kind were replaced
 * in its body or line. NULL: none is known of. */
const cJSON *check_replaced(const struct check_item *item);

/* What a judge is told besides items. */
struct check_run {
    struct findings *found;
    struct settings *settings;
    const struct price_list *prices;
    int64_t now_ms;
    const char *source; /* "the intake", "3 log groups", the files' names */
    bool is_of_files;
    bool is_production; /* by --env; see the check */
};

enum check_live {
    CHECK_LIVE_INTAKE,   /* what an emulator took in; of an account, its log groups */
    CHECK_LIVE_LOGS,     /* log groups: those of --log-groups, else the functions' */
    CHECK_LIVE_REPORTED, /* log groups, of an emulator all, and what requests it took in */
    CHECK_LIVE_SERIES,   /* ListMetrics */
    CHECK_LIVES
};

typedef void check_take(void *state, const struct check_item *item);

struct check_stream {
    enum check_live live;
    /* What a line has to hold to be of interest, as a filter pattern: for a live log group. Of one
     * in which it finds nothing, some lines are items all the same. */
    const char *pattern;
    /* NULL with err set: the command line is wrong, or a file that it names. */
    void *(*open)(const struct check_run *run, struct err *err);
    check_take *take;
    /* Judges what was taken and lets go of it; E_IO when --save cannot be written. */
    enum status (*close)(void *state, const struct check_run *run, struct err *err);
};

/* Reads files ("-" is standard input; gzip is undone) into take(): a fixture event by event, JSON
 * that is spread over lines as one item, what `aws logs filter-log-events` printed message by
 * message, anything else line by line. What cannot be read is an unknown finding of `rule`. */
void check_files_read(const struct check_run *run, const char *rule, const char *const *paths,
                      size_t count, check_take *take, void *state);

/* The same of bytes that somebody has read already, from what is called `name`. */
void check_files_read_bytes(const struct check_run *run, const char *rule, const char *name,
                            const void *bytes, size_t length, check_take *take, void *state);

/* The same from a live source: what it asks, and the items of what came. */
struct check_source {
    void (*ask)(struct ask_list *asks, const struct view_query *q);
    void (*feed)(const struct check_run *run, const char *rule, const struct view_query *q,
                 check_take *take, void *state);
};
extern const struct check_source check_sources[CHECK_LIVES];

/* The time that a document says, whatever it is; 0: none. By it, it is neither too old nor too new.
 */
int64_t check_document_ms(const char *text, size_t length);
/* When the item arrived; where that is not known, a time by which its document is right, if it can
 * be at all: a whole number of milliseconds, and not ahead of the clock. */
int64_t check_moment(const struct check_item *item, int64_t now_ms);

/* Writes what --save asks for, in one piece. E_IO. */
MUST_CHECK enum status check_save(const char *path, const struct buf *text, struct err *err);

extern const struct check_stream check_emf;
extern const struct check_stream check_vitals;
extern const struct check_stream check_errors;
extern const struct check_stream check_contract;
extern const struct check_stream check_cardinality;
extern const struct check_stream check_naming;
extern const struct check_stream check_logs;

#endif
