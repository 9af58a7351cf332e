/* store.h - the only door to what is kept. No SQL and no SQLite type passes through it.
 * SPDX-License-Identifier: MIT
 *
 * Writing: a caller fills a store_write with everything one request (or one burst of lines) adds
 * and submits it; one writer thread commits what is queued in groups and calls back. Once the
 * callback says OK the data survives the process (and, with fsync, the machine). A write is kept
 * whole or not at all.
 *
 * Reading: each reading thread has a store_reader of its own. A read sees everything whose callback
 * said OK before the read began. Answers are built in the caller's arena; long ones come in pages
 * with a continuation key. Reads never hold a transaction for more than about 50 ms and never block
 * the writer. */
#ifndef OV_STORE_STORE_H
#define OV_STORE_STORE_H

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "domain/alarm.h"
#include "domain/error_report.h"
#include "domain/metric.h"
#include "domain/web_vitals.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store;
struct store_write;
struct store_reader;
struct sketch;

struct store_options {
    const char *path;     /* a file, or ":memory:" (private, gone when closed) */
    bool power_loss_safe; /* fsync every commit */
    int64_t max_bytes;    /* size cap, oldest data goes first; 0: LIMIT_STORE_BYTES */
    struct clock *clock;  /* borrowed */
    bool is_stepped;      /* nothing is done because of the time that a real clock shows */
};

/* Opens or creates, migrates the schema to this version, recovers what a killed process left,
 * starts the writer. E_IO: the sentence names the path and the reason; a file of a newer schema or
 * of another program is refused. E_EXISTS: another process has it open. */
MUST_CHECK enum status store_open(struct store **out, const struct store_options *options,
                                  struct err *err);
/* A database file as it lies there, for readers alone: no row of it changes, nothing may be
 * written or asked of its writer, and no thread is started. E_NOTFOUND: there is no such file.
 * E_IO: also for one of an older schema. E_EXISTS as above. */
MUST_CHECK enum status store_open_to_read(struct store **out, const char *path, struct clock *clock,
                                          struct err *err);
/* The same, also while an obsview has it open. What that one has committed is seen; what it holds
 * in memory, the metrics of the minute that is not over, is not. */
MUST_CHECK enum status store_open_beside(struct store **out, const char *path, struct clock *clock,
                                         struct err *err);
/* A file that `fill` writes, and may read: private, and gone when it is closed; for readers alone,
 * too. `name` is what messages call it. */
typedef enum status store_fill(void *arg, int fd, struct err *err);
MUST_CHECK enum status store_open_copy(struct store **out, const char *name, struct clock *clock,
                                       store_fill *fill, void *arg, struct err *err);
/* What such a file may be filled with: all that is committed or held in memory, in a file that has
 * no name and is gone when the caller closes *fd, which is at its beginning; -1 after an error.
 * Writers go on meanwhile. E_LIMIT: it has more than `most` bytes; E_IO: there is no room, say. */
MUST_CHECK enum status store_copy(struct store_reader *reader, int64_t most, int *fd,
                                  struct err *err);
/* Commits everything submitted, calls every callback, stops the threads. NULL is fine. */
void store_close(struct store *store);

/* --- writing
 * ----------------------------------------------------------------------------------------------------
 */

struct log_event {
    int64_t time_ms;
    const char *message;
    size_t message_len;
};

struct store_write *store_write_new(struct store *store);
void store_write_free(struct store_write *write); /* only when it was not submitted */
bool store_write_is_empty(const struct store_write *write);

/* All of these copy what they are given. */
void store_write_vitals(struct store_write *write, const struct vitals_post *post);
void store_write_error(struct store_write *write, const struct error_report *report);
void store_write_datum(struct store_write *write, const struct metric_datum *datum);
/* Group and stream are created when they do not exist (the emulator's own doors); time order is not
 * required. */
void store_write_logs(struct store_write *write, const char *group, const char *stream,
                      const struct log_event *events, size_t count, int64_t ingested_ms);

/* Called on the writer thread after the commit, or after its failure (E_IO: disk full or worse; err
 * has the reason). Must be quick and must not call into the store, except store_submit. */
typedef void store_done(void *arg, enum status status, const struct err *err);

/* Takes the write. E_BUSY: the queue is full, the caller still owns the write, nothing was kept. */
MUST_CHECK enum status store_submit(struct store *store, struct store_write *write,
                                    store_done *done, void *arg, struct err *err);
/* As store_submit, and waits for the commit. Not on the writer thread, not on a thread that must
 * not block. */
MUST_CHECK enum status store_submit_wait(struct store *store, struct store_write *write,
                                         struct err *err);

/* Explicit creation, for the Logs API. Both wait. E_EXISTS / E_NOTFOUND (no such group). */
MUST_CHECK enum status store_create_log_group(struct store *store, const char *group,
                                              struct err *err);
MUST_CHECK enum status store_create_log_stream(struct store *store, const char *group,
                                               const char *stream, struct err *err);

/* As above, with what a group may be born with. */
struct log_extra;
struct log_group_spec {
    const char *name;
    const char *kms_key; /* kept, nothing more; NULL: none */
    const struct log_extra *tags;
    size_t tag_count;
};
MUST_CHECK enum status store_make_log_group(struct store *store, const struct log_group_spec *spec,
                                            struct err *err);
/* Lines, streams and all that a group carries go with it, a stream with its lines; what metrics
 * were made of them stays. E_NOTFOUND. */
MUST_CHECK enum status store_delete_log_group(struct store *store, const char *group,
                                              struct err *err);
MUST_CHECK enum status store_delete_log_stream(struct store *store, const char *group,
                                               const char *stream, struct err *err);
/* Lines older than so many days go (store_retain); 0: kept until the size cap. E_NOTFOUND. */
MUST_CHECK enum status store_set_log_retention(struct store *store, const char *group, int days,
                                               struct err *err);

/* What a group carries besides lines. The values are the caller's; the store keeps them as they
 * are. The numbers are in the database. */
enum log_extra_kind { LOG_EXTRA_TAG = 0, LOG_EXTRA_METRIC_FILTER = 1, LOG_EXTRA_SUBSCRIPTION = 2 };
struct log_extra {
    const char *group; /* of a list: whose it is */
    const char *name;
    const char *value;
    int64_t created_ms; /* of a list */
};
/* All or none; a value replaces the one of its name. E_NOTFOUND: no such group. E_LIMIT: it would
 * have more than `max` of the kind. */
MUST_CHECK enum status store_put_log_extras(struct store *store, const char *group,
                                            enum log_extra_kind kind,
                                            const struct log_extra *extras, size_t count,
                                            size_t max, struct err *err);
/* Names that are not there are no matter. E_NOTFOUND: no such group. */
MUST_CHECK enum status store_drop_log_extras(struct store *store, const char *group,
                                             enum log_extra_kind kind, const char *const *names,
                                             size_t count, struct err *err);

/* While it is on, what store_submit() takes waits for the next store_release(), and all of that
 * becomes one transaction: so what comes together on disk does not depend on how fast it came. */
void store_gather(struct store *store, bool on);
void store_release(struct store *store);
/* Waits until all that is in memory or the log is in the database, whose size then depends on what
 * is in it alone. E_BUSY: somebody reads what is in the log. */
MUST_CHECK enum status store_fold(struct store *store, struct err *err);

/* Removes all data and waits; the schema stays. */
MUST_CHECK enum status store_reset(struct store *store, struct err *err);
/* Applies retention (tiers, size cap) as of the store's clock and waits. Also runs by itself, at
 * least every minute. */
MUST_CHECK enum status store_retain(struct store *store, struct err *err);

/* --- reading
 * ----------------------------------------------------------------------------------------------------
 */

MUST_CHECK enum status store_reader_open(struct store_reader **out, struct store *store,
                                         struct err *err);
void store_reader_close(struct store_reader *reader);

struct series_filter {
    const char *namespace_name;   /* NULL: any */
    const char *metric;           /* NULL: any */
    const struct dimension *dims; /* each must be in the set; value NULL: any value */
    size_t dim_count;
    int64_t active_since_ms; /* only series with data since; 0: any */
};
struct series_info {
    struct series_key key;
    enum unit unit; /* of the newest datum */
    int64_t first_ms, last_ms;
};
struct series_page {
    struct series_info *series; /* ordered by namespace, metric, dimensions */
    size_t count;
    const char *next; /* continuation key, NULL at the end */
};
MUST_CHECK enum status store_list_series(struct store_reader *reader, struct arena *arena,
                                         const struct series_filter *filter, const char *after,
                                         size_t limit, struct series_page *out, struct err *err);

/* Data of one series in periods aligned to the clock (multiples of the period from the epoch).
 * Periods without data are absent. Periods under a minute answer only for high-resolution data. */
struct metric_query {
    struct series_key key;
    int64_t start_ms, end_ms; /* start inclusive, end exclusive */
    int64_t period_ms;
    bool want_sketch; /* fill in the distribution, for percentiles and ranks */
    int unit;         /* enum unit, or -1 for any */
};
struct metric_bucket {
    int64_t start_ms;
    struct statistic_set set;
    const struct sketch *sketch; /* NULL unless wanted and known (statistic sets have none) */
};
struct metric_buckets {
    struct metric_bucket *buckets; /* ascending */
    size_t count;
    enum unit unit;
};
/* A series that does not exist has no buckets: OK. The sketches live in the arena. */
MUST_CHECK enum status store_read_metric(struct store_reader *reader, struct arena *arena,
                                         const struct metric_query *query,
                                         struct metric_buckets *out, struct err *err);

/* Whether the series of a namespace count. */
typedef bool series_counts(const char *namespace_name);
/* For each of `days` days from `from_ms` (a full day) on: the series that had data in an hour,
 * added up over its hours. */
MUST_CHECK enum status store_count_series_hours(struct store_reader *reader, struct arena *arena,
                                                int64_t from_ms, size_t days, series_counts *counts,
                                                int64_t *hours, struct err *err);

struct log_group_info {
    const char *name;
    int64_t created_ms;
    int64_t stored_bytes;
    int retention_days;  /* 0: none */
    const char *kms_key; /* "" for none */
    size_t metric_filters;
};
struct log_group_page {
    struct log_group_info *groups; /* by name */
    size_t count;
    const char *next;
};
/* `prefix` and `part` (a substring) may be NULL. */
MUST_CHECK enum status store_list_log_groups(struct store_reader *reader, struct arena *arena,
                                             const char *prefix, const char *part,
                                             const char *after, size_t limit,
                                             struct log_group_page *out, struct err *err);

struct log_stream_info {
    const char *name;
    int64_t created_ms;
    int64_t first_event_ms, last_event_ms, last_ingestion_ms; /* 0 while empty */
};
struct log_stream_page {
    struct log_stream_info *streams;
    size_t count;
    const char *next;
    int retention_days; /* of the group */
};
/* E_NOTFOUND: no such group. */
MUST_CHECK enum status store_list_log_streams(struct store_reader *reader, struct arena *arena,
                                              const char *group, const char *prefix,
                                              bool by_last_event, bool descending,
                                              const char *after, size_t limit,
                                              struct log_stream_page *out, struct err *err);

struct log_extra_list {
    struct log_extra *extras; /* by group, then name */
    size_t count;
};
/* `group` NULL: of all groups. E_NOTFOUND: no such group. */
MUST_CHECK enum status store_list_log_extras(struct store_reader *reader, struct arena *arena,
                                             const char *group, enum log_extra_kind kind,
                                             struct log_extra_list *out, struct err *err);

struct log_line {
    int64_t time_ms, ingested_ms;
    const char *stream;
    const char *message; /* NUL-terminated; message_len long */
    size_t message_len;
    char id[32]; /* unique in the store and ordered like time, for FilterLogEvents' eventId */
};
/* true keeps the line. Called on the reading thread, in time order (reverse order for
 * newest_first). */
typedef bool log_match(void *arg, const char *message, size_t len);

struct log_query {
    const char *group;
    const char *const *streams; /* NULL: all */
    size_t stream_count;
    const char *stream_prefix; /* NULL: any */
    int64_t start_ms, end_ms;  /* both inclusive */
    bool newest_first;
    log_match *match; /* NULL: all */
    void *match_arg;
    size_t limit;       /* lines */
    size_t limit_bytes; /* of messages */
    const char *after;  /* continuation key */
};
struct log_page {
    struct log_line *lines;
    size_t count;
    const char
        *next; /* NULL when the range is exhausted; a page may be empty and still have a next */
    const char
        *last; /* key behind the last line returned (or `after`), for polling tails; never NULL */
    uint64_t scanned_bytes;
};
/* Scans for at most about 50 ms, then answers what it has with a key. E_NOTFOUND: no such group (or
 * stream, when exactly one is named). E_INVALID: a key that is not ours. */
MUST_CHECK enum status store_read_logs(struct store_reader *reader, struct arena *arena,
                                       const struct log_query *query, struct log_page *out,
                                       struct err *err);

/* A line that is only looked at: all pointers live until the visitor returns. */
struct log_visit {
    int64_t time_ms, ingested_ms;
    const char *stream;
    const char *message; /* does not end in a NUL */
    size_t message_len;
    int64_t number; /* for log_visit_id() */
    char kind;
};
/* As log_line's id. */
void log_visit_id(const struct log_visit *line, char id[32]);
/* false stops behind this line. */
typedef bool log_visitor(void *arg, const struct log_visit *line);

struct log_scan {
    const char *group;
    int64_t start_ms, end_ms; /* both inclusive */
    bool newest_first;
    log_visitor *visit; /* on the calling thread; must not call into the store */
    void *arg;
    const char *after; /* continuation key; NULL: from the start */
};
/* Shows lines for at most about 50 ms and copies none of them. *next is the key to go on with, ""
 * when the range is exhausted. Errors as of store_read_logs(). */
MUST_CHECK enum status store_scan_logs(struct store_reader *reader, const struct log_scan *scan,
                                       char next[32], struct err *err);

/* The report with this id, or E_NOTFOUND. */
MUST_CHECK enum status store_find_error(struct store_reader *reader, struct arena *arena,
                                        const uint8_t error_id[16], struct error_report *out,
                                        struct err *err);

#define STORE_ERROR_GROUPS_MAX 2000 /* of a list */

struct stored_group {
    uint64_t id; /* its fingerprint's */
    int64_t first_ms, last_ms;
};
struct stored_groups {
    struct stored_group *list; /* the one that was seen last is the first */
    size_t count;
    bool is_partial; /* there are more */
};
/* The groups of the reports that are kept, and since when each is known: also from reports that are
 * kept no longer, as long as there was always one. Everything is in the arena. */
MUST_CHECK enum status store_find_error_groups(struct store_reader *reader, struct arena *arena,
                                               struct stored_groups *out, struct err *err);

/* --- alarms
 * ----------------------------------------------------------------------------------------------------
 */

#define STORE_ALARMS_MAX       5000   /* alarms of an account and region (quota) */
#define STORE_ALARM_EVENTS_MAX 100000 /* ours; and none older than 30 days */

struct alarm_row {
    const char *name;
    bool is_composite;
    bool actions_enabled;
    const char *definition; /* what the caller made of the request; not looked into */
    const char *tags;       /* likewise */
    enum alarm_state state;
    const char *reason;
    const char *reason_data;
    int64_t updated_ms, changed_ms, configured_ms;
};

enum alarm_event_kind {
    ALARM_EVENT_CONFIGURATION,
    ALARM_EVENT_STATE,
    ALARM_EVENT_ACTION,
    ALARM_EVENT_KINDS
};
struct alarm_event {
    const char *name;
    bool is_composite;
    enum alarm_event_kind kind;
    int64_t time_ms;
    const char *summary;
    const char *data;
};

/* Each uses of `row` the name and what it says. Of an alarm that does not exist nothing is changed
 * and no event is kept, except by ALARM_PUT. */
enum alarm_change_kind {
    ALARM_PUT,         /* all of it when new; else keeps state, reason and tags */
    ALARM_DELETE,      /* events stay */
    ALARM_SET_STATE,   /* state, reason, reason_data, updated_ms, changed_ms */
    ALARM_SET_ACTIONS, /* actions_enabled, configured_ms */
    ALARM_SET_TAGS
};
struct alarm_change {
    enum alarm_change_kind kind;
    struct alarm_row row;
    const struct alarm_event *events;
    size_t event_count;
};
/* All or nothing, and waits. E_LIMIT: more than STORE_ALARMS_MAX. */
MUST_CHECK enum status store_change_alarms(struct store *store, const struct alarm_change *changes,
                                           size_t count, struct err *err);
/* Counts changes: who remembers alarms looks at it before using them. */
uint64_t store_alarm_generation(const struct store *store);
/* *first: nobody of that name gave this store alarms, and from now on it is as if one had. */
MUST_CHECK enum status store_claim_alarms(struct store *store, const char *giver, bool *first,
                                          struct err *err);

struct alarm_page {
    struct alarm_row *alarms; /* by name */
    size_t count;
    const char *next;
};
/* `prefix` and `after` may be NULL. */
MUST_CHECK enum status store_list_alarms(struct store_reader *reader, struct arena *arena,
                                         const char *prefix, const char *after, size_t limit,
                                         struct alarm_page *out, struct err *err);
/* E_NOTFOUND: no such alarm. */
MUST_CHECK enum status store_find_alarm(struct store_reader *reader, struct arena *arena,
                                        const char *name, struct alarm_row *out, struct err *err);

struct alarm_event_query {
    const char *name; /* NULL: of all alarms */
    bool metric, composite;
    unsigned kinds;           /* bits of enum alarm_event_kind */
    int64_t start_ms, end_ms; /* both inclusive */
    bool ascending;
    const char *after; /* key, or NULL */
    size_t limit;
};
struct alarm_event_page {
    struct alarm_event *events;
    size_t count;
    const char *next;
};
/* E_INVALID: a key that is not ours. */
MUST_CHECK enum status store_read_alarm_events(struct store_reader *reader, struct arena *arena,
                                               const struct alarm_event_query *query,
                                               struct alarm_event_page *out, struct err *err);

struct store_stats {
    int64_t bytes; /* database and write-ahead log on disk */
    int64_t max_bytes;
    uint64_t vitals, errors, data, log_lines; /* rows kept */
    uint64_t commits, queue_length;
    bool disk_full; /* the last commit failed for want of space */
};
void store_stats(struct store *store, struct store_stats *out);
/* How many commits there were since it was opened, and how long they took together. */
void store_commits(const struct store *store, uint64_t *count, uint64_t *ns);

#endif
