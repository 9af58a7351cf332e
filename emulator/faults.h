/* faults.h - answers that somebody asked to be wrong, so that a client's behaviour can be seen.
 * SPDX-License-Identifier: MIT
 *
 * A rule is about requests to a path and says what becomes of them. Rules are asked in the order in
 * which they were made, and the first that is meant and whose die says yes is it. With FAULT_SLOW
 * and FAULT_HALF a request is handled, and what it sent is kept; with all others nothing is done
 * with it. Any thread may call; without a rule asking costs one atomic load. */
#ifndef OV_EMULATOR_FAULTS_H
#define OV_EMULATOR_FAULTS_H

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"

#include <stdbool.h>
#include <stdint.h>

#define FAULTS_MAX      64
#define FAULT_PATH_MAX  200
#define FAULT_COUNT_MAX 1000000
#define FAULT_FOREVER   UINT64_MAX
#define FAULT_MS_MAX    60000
#define FAULT_TEXT      288 /* room for fault_print() */

enum fault_kind {
    FAULT_NONE,
    FAULT_STATUS,  /* answered with an error */
    FAULT_SLOW,    /* answered late */
    FAULT_HALF,    /* the connection ends amid the answer */
    FAULT_HANG,    /* no answer, for as long as a connection may be idle */
    FAULT_RESET,   /* the connection is reset */
    FAULT_GARBAGE, /* bytes that are neither HTTP nor JSON */
    FAULT_KINDS
};

struct faults;

struct fault {
    char method[8];                /* "": any but OPTIONS */
    char path[FAULT_PATH_MAX + 1]; /* with a "*" for its end: whatever begins so */
    enum fault_kind kind;
    unsigned status;    /* FAULT_STATUS */
    unsigned ms;        /* FAULT_SLOW */
    double probability; /* above 0, at most 1 */
    uint64_t count;     /* times that are left; FAULT_FOREVER */
    uint64_t taken;     /* times it came to pass */
};

/* Reads "[METHOD ]PATH=WHAT[@PROBABILITY]", WHAT being a status, "slow:MS", the name of a kind, or
 * "off" (a count of 0). E_USAGE says what was expected. */
MUST_CHECK enum status fault_parse(struct fault *out, const char *text, struct err *err);
/* The same for WHAT[@PROBABILITY] alone, and for a path. */
MUST_CHECK enum status fault_parse_what(struct fault *out, const char *text, struct err *err);
MUST_CHECK enum status fault_parse_path(struct fault *out, const char *path, struct err *err);
bool fault_is_method(const char *text);
/* Reads {"rule":...,"count":...}, or the parts path, method, fault or status, probability and
 * count. E_USAGE names the member and what was expected of it; then *out is as it was. */
MUST_CHECK enum status fault_read(struct fault *out, const cJSON *body, struct err *err);
/* As fault_parse() reads it. */
void fault_print(char text[static FAULT_TEXT], const struct fault *fault);

/* Dice follow from `seed`, and so the same requests in the same order have the same fate. */
struct faults *faults_new(uint64_t seed);
void faults_free(struct faults *faults); /* NULL is fine */

/* Rules that are there from the start and after each reset; NULL-terminated or NULL. */
MUST_CHECK enum status faults_begin(struct faults *faults, const char *const *rules,
                                    struct err *err);
/* Takes the place of a rule for the same method, path and kind; a count of 0 removes it, and
 * without a kind all of that method and path. E_LIMIT: there are FAULTS_MAX already. */
MUST_CHECK enum status faults_set(struct faults *faults, const struct fault *fault,
                                  struct err *err);
void faults_clear(struct faults *faults);
void faults_reset(struct faults *faults); /* as faults_begin() left it */
/* What becomes of this request (kind, status and ms), one time less from now on; false: nothing. */
bool faults_take(struct faults *faults, const char *method, const char *path, struct fault *out);
/* [{"method":null,"path":"/x","fault":"500","status":500,"count":3,...}, ...] */
void faults_print(struct buf *b, struct faults *faults);

#endif
