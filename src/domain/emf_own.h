/* emf_own.h - what the parts of the EMF reader share.
 * SPDX-License-Identifier: MIT */
#ifndef OV_DOMAIN_EMF_OWN_H
#define OV_DOMAIN_EMF_OWN_H

#include "base/mem.h"
#include "domain/emf.h"
#include "domain/members.h"
#include "domain/metric.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EMF_DIRECTIVES "/_aws/CloudWatchMetrics"

/* Bounds that are ours, not CloudWatch's. */
#define EMF_OWN_DIRECTIVES 100
#define EMF_OWN_SETS       100   /* per directive */
#define EMF_OWN_SERIES     10000 /* per document */

struct emf_reading {
    struct arena *arena;
    struct emf_result *out;
    struct members root;
    struct emf_fault *faults;  /* room for all that are kept */
    struct metric_datum *data; /* room for every definition of the document */
    uint64_t *names;           /* of each datum the hash of its metric */
    size_t series;
    int64_t now_ms;
};

/* Where something stands: a directive, and in it an item of a list, and in it another. */
struct emf_place {
    size_t directive;
    const char *list; /* "Dimensions", "Metrics" or NULL */
    size_t item;
};

/* Keeps one fault; the text is formatted, the others are kept as they are. */
void emf_fault(struct emf_reading *r, const char *rule, const char *pointer, const char *fix,
               const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* Foreign text in quotes, clean and short. */
const char *emf_quote(struct emf_reading *r, const char *text);
const char *emf_type_name(const cJSON *value); /* "a string" */
/* JSON pointers to a root member, and to a member ("" for itself) of a place. */
const char *emf_pointer_to(struct emf_reading *r, const char *name);
const char *emf_pointer_at(struct emf_reading *r, const struct emf_place *at, const char *member);
/* What to do when `object` has no member `name`: looks for the usual slip, another case. */
const char *emf_fix_missing(struct emf_reading *r, const cJSON *object, const char *name,
                            const char *otherwise);
size_t emf_characters(const char *text);
bool emf_is_blank(const char *text);
const char *emf_nearest_unit(const char *text); /* that was probably meant, or NULL */

/* The number of dimension sets that are sound and different; *out holds them. */
size_t emf_read_sets(struct emf_reading *r, struct dimension_set **out, size_t directive,
                     const cJSON *list);
/* Adds a datum for each sound definition; `base` has what they share. */
void emf_read_metrics(struct emf_reading *r, const struct metric_datum *base, size_t directive,
                      const cJSON *list);

/* Documents inside a value whose root is none, and in a line that is no JSON. */
void emf_look_inside(struct emf_reading *r, const cJSON *root);
void emf_look_around(struct emf_reading *r, const char *line, size_t len);

#endif
