/* faults.h - answers that somebody asked to be wrong, so that a client's behaviour can be seen.
 * SPDX-License-Identifier: MIT
 *
 * A rule answers requests to one path with an error status, so many times, before anything is done
 * with them. Any thread may call; without a rule asking costs one atomic load. */
#ifndef OV_EMULATOR_FAULTS_H
#define OV_EMULATOR_FAULTS_H

#include "base/buf.h"
#include "base/err.h"

#include <stdint.h>

#define FAULTS_MAX      64
#define FAULT_PATH_MAX  200
#define FAULT_COUNT_MAX 1000000

struct faults;

struct fault {
    char method[8]; /* "": any but OPTIONS */
    char path[FAULT_PATH_MAX + 1];
    unsigned status;
    uint64_t count; /* times that are left */
};

struct faults *faults_new(void);
void faults_free(struct faults *faults); /* NULL is fine */

/* Takes the place of a rule for the same method and path; a count of 0 removes it. E_LIMIT: there
 * are FAULTS_MAX already. */
MUST_CHECK enum status faults_set(struct faults *faults, const struct fault *fault,
                                  struct err *err);
void faults_clear(struct faults *faults);
/* The status this request is to be answered with, one time less from now on; 0: none. */
unsigned faults_take(struct faults *faults, const char *method, const char *path);
/* [{"method":null,"path":"/x","status":500,"count":3}, ...] */
void faults_print(struct buf *b, struct faults *faults);

#endif
