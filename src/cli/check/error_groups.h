/* error_groups.h - the errors among what is read, each group of equal ones once.
 * SPDX-License-Identifier: MIT
 *
 * An error is known by its fingerprint (error_report.h), which a rebuild does not change. Errors
 * come from bodies of the error endpoint, from ERROR lines, from what Lambda and the runtime of a
 * function say, and from what `check errors --save` wrote. */
#ifndef OV_CLI_ERROR_GROUPS_H
#define OV_CLI_ERROR_GROUPS_H

#include "base/mem.h"
#include "base/table.h"
#include "cli/check/check_stream.h"
#include "domain/pii.h"

#define ERROR_GROUPS_MAX  10000
#define ERROR_GROUPS_MARK "obsview-errors"    /* of a saved file */
#define ERROR_COUNT_MAX   INT64_C(1000000000) /* of one group in it; sums of these have room */

/* Texts are never NULL, and cut; personal data and secrets in what was said are their shapes, since
 * findings go into the logs and comments of builds. */
struct error_group {
    const char *id, *type, *message;
    const char *frame; /* where it was thrown */
    const char *route; /* of the page it happened on first */
    const char *first; /* where it was read first */
    size_t count;
};

struct error_groups {
    struct arena *arena, *scratch;
    struct pii_rules *rules;
    struct pii_scanner *scanner;
    struct table index; /* of numbers, by id */
    struct error_group *list;
    size_t count, room;
    size_t items;   /* taken, whatever they are */
    size_t judged;  /* of these what tells an error from none: requests, lines with a level */
    size_t unread;  /* reports of which nothing can be read; those of a fixture that expects a
                       refusal are left out */
    size_t errors;  /* among them */
    size_t dropped; /* errors for whose group there was no room */
};

void error_groups_init(struct error_groups *groups);
void error_groups_fini(struct error_groups *groups);
void error_groups_take(struct error_groups *groups, const struct check_item *item);
const struct error_group *error_groups_find(const struct error_groups *groups,
                                            const char *id); /* NULL */

#endif
