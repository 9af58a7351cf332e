/* sighting.h - what a request or line was about, as names and texts: one vital, one error, one hit,
 * one metric, or the request itself. SPDX-License-Identifier: MIT
 *
 * For tests that wait for something to arrive and say which. Pure; bodies are hostile. */
#ifndef OV_DOMAIN_SIGHTING_H
#define OV_DOMAIN_SIGHTING_H

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct metric_datum;

enum sighting_type {
    SIGHTING_VITAL, /* name, value, rating, url, route, session, userAgent */
    SIGHTING_ERROR, /* message, type, stack, url, route, session, userAgent, fingerprint */
    SIGHTING_HIT, /* of Umami: type, website, url, hostname, name, title, referrer, tag, id; data.*
                   */
    SIGHTING_METRIC,  /* namespace, name, unit, each dimension: dim.*; value (the last one), or of a
                         statistic set: sampleCount, sum, minimum, maximum */
    SIGHTING_REQUEST, /* kind, method, path, status, verdict, reason, peer, fault, bytes */
    SIGHTING_TYPES
};
bool sighting_type_parse(enum sighting_type *out, const char *name); /* "vital" */

struct sighting_field {
    const char *name, *value;
};
struct sighting {
    const struct sighting_field *fields;
    size_t count;
};
const char *sighting_field(const struct sighting *s, const char *name); /* NULL: it has none */
void sighting_print(struct buf *b, const struct sighting *s);           /* {"name":"LCP",...} */

/* What arrived. */
struct sighting_source {
    const char *kind; /* of the intake: "http", "emf-tcp" */
    const char *method, *path, *verdict, *reason, *peer;
    unsigned status;
    bool has_fault;
    size_t size;
    int64_t time_ms;
    const char *body;
    size_t body_length;
    const struct metric_datum *data; /* read from it already, by who knows its protocol */
    size_t data_count;
};
#define SIGHTINGS_MAX 1000 /* of one source */
/* Those of a type; they live in `arena`. A body that was refused is about nothing, except a
 * request.
 */
size_t sightings_of(const struct sighting **out, struct arena *arena, enum sighting_type type,
                    const struct sighting_source *source);

/* NAME=TEXT, NAME!=TEXT or NAME~REGULAR EXPRESSION; in NAME, \= is a "=", and so for ! ~ and \. */
#define SIGHTING_CONDITIONS_MAX 32 /* a metric by its namespace, its name and all 30 dimensions */
struct sighting_condition;
struct sighting_conditions {
    struct sighting_condition *items[SIGHTING_CONDITIONS_MAX];
    size_t count;
};
/* E_INVALID names what was not understood; E_LIMIT: there are too many. */
MUST_CHECK enum status sighting_conditions_add(struct sighting_conditions *conditions,
                                               const char *text, struct err *err);
/* May things of the type have the fields that are asked for? E_INVALID names one that none has. */
MUST_CHECK enum status sighting_conditions_check(const struct sighting_conditions *conditions,
                                                 enum sighting_type type, struct err *err);
void sighting_conditions_fini(struct sighting_conditions *conditions);
/* All of them hold; a field that is not there equals nothing. */
bool sighting_matches(const struct sighting *s, const struct sighting_conditions *conditions);

#endif
