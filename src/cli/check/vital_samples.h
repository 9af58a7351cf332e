/* vital_samples.h - values of each vital and route among what is read, and two of them compared.
 * SPDX-License-Identifier: MIT
 *
 * Samples come from bodies of the vitals endpoint, from EMF documents with metrics of these names,
 * which is what the function behind the endpoint writes, and from what `check vitals --save` wrote.
 */
#ifndef OV_CLI_VITAL_SAMPLES_H
#define OV_CLI_VITAL_SAMPLES_H

#include "base/mem.h"
#include "base/table.h"
#include "cli/check/check_stream.h"
#include "domain/rank_test.h"
#include "domain/web_vitals.h"

#define VITAL_SAMPLES_MARK "obsview-vitals" /* of a saved file */
#define VITAL_SHARE        0.75             /* p75 is what vitals are judged by (web.dev) */

struct vital_series {
    enum vital vital;
    const char *route;
    double *values;
    size_t count, room;
    size_t seen; /* more than `count`: those are a sample */
};

struct vital_samples {
    struct arena *arena, *scratch;
    struct table index; /* of numbers */
    struct vital_series *list;
    size_t count, room;
    size_t most;   /* values kept of each */
    size_t values; /* kept */
    size_t items;  /* taken, whatever they are */
    size_t unread; /* bodies of which nothing can be read; those of a fixture that expects a refusal
                      are left out */
    size_t dropped; /* values that are no numbers from 0, or for which there was no room */
    uint64_t random;
};

/* `most`: values to keep of each vital and route; SIZE_MAX: all. */
void vital_samples_init(struct vital_samples *samples, size_t most);
void vital_samples_fini(struct vital_samples *samples);
void vital_samples_take(struct vital_samples *samples, const struct check_item *item);

/* Puts values in order, and the list by vital and route; nothing may be taken from then on. */
void vital_samples_sort(struct vital_samples *samples);
/* The one of the same vital and route, or NULL; sorted. */
const struct vital_series *vital_samples_find(const struct vital_samples *samples,
                                              const struct vital_series *wanted);

struct vital_change {
    double was, is;        /* p75 */
    struct rank_test test; /* that the later ones are larger */
    double chance;         /* below which p counts */
    enum { VITAL_ALIKE, VITAL_SLOWER, VITAL_FASTER } way;
};
/* Of two that are sorted and have values, as one of so many comparisons. */
struct vital_change vital_compare(const struct vital_series *before,
                                  const struct vital_series *later, size_t comparisons);

#endif
