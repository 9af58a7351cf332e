/* catalog.h - series, and the fans through which values reach them.
 * SPDX-License-Identifier: MIT
 *
 * A series is namespace, metric, dimensions and unit. A fan is what a datum names: one metric with
 * one or more dimension sets, and so a short list of series that take the same values together. */
#ifndef OV_STORE_CATALOG_H
#define OV_STORE_CATALOG_H

#include "base/buf.h"
#include "base/table.h"
#include "domain/metric.h"
#include "store/db.h"

struct writer;
struct rollup;

struct stored_series {
    int64_t id;
    int64_t first_ms, last_ms; /* 0 while it has no data */
    bool dirty;                /* the span differs from the row's */
    struct rollup *open[2];    /* the rollups last added to: a minute, a second */
    struct stored_series *next_dirty;
};

struct fan {
    int64_t id;
    bool high_resolution;
    size_t count;
    struct stored_series **series;
};

struct catalog {
    struct table series; /* by key and unit */
    struct table fans;   /* by fan key */
    struct table quick;  /* pointers to fans, by short keys of our own making */
    struct stored_series *dirty;
};

void catalog_init(struct catalog *c);
void catalog_fini(struct catalog *c);
/* Forgets everything; no rollup may be open. */
void catalog_forget(struct catalog *c);
bool catalog_is_large(const struct catalog *c);

/* `key` as write_fan_key() makes it. */
MUST_CHECK enum status catalog_fan(struct writer *w, const void *key, size_t len, struct fan **out,
                                   struct err *err);
MUST_CHECK enum status catalog_fan_by_id(struct writer *w, int64_t id, struct fan **out,
                                         struct err *err);
MUST_CHECK enum status catalog_datum_fan(struct writer *w, const struct metric_datum *datum,
                                         struct fan **out, struct err *err);
/* A fan remembered under a short key, or NULL; and the remembering. */
struct fan *catalog_quick(const struct catalog *c, const void *key, size_t len);
void catalog_forget_quick(struct catalog *c);
void catalog_set_quick(struct catalog *c, const void *key, size_t len, struct fan *fan);

void catalog_saw(struct catalog *c, struct stored_series *s, int64_t time_ms);
/* Writes the spans of the series that moved. */
MUST_CHECK enum status catalog_save(struct writer *w, struct err *err);

/* namespace NUL metric NUL then name NUL value NUL for each dimension: sorts as people expect. */
void catalog_series_key(struct buf *b, const struct series_key *key);
/* The way back; false for bytes that are no key. Texts are copied into the arena. */
bool catalog_read_key(struct series_key *out, struct arena *arena, const void *key, size_t len);

#endif
