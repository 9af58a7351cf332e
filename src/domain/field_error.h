/* field_error.h - what is wrong with a body, field by field.
 * SPDX-License-Identifier: MIT */
#ifndef OV_DOMAIN_FIELD_ERROR_H
#define OV_DOMAIN_FIELD_ERROR_H

#include "base/buf.h"

#include <stddef.h>

#define FIELD_ERRORS_MAX 20

struct field_error {
    char field[96];    /* "metrics[1].value"; "body" for the whole */
    char message[160]; /* "expected a finite number, got a string" */
};

/* A zeroed struct is empty. Errors past the maximum are counted, not kept. */
struct field_errors {
    struct field_error list[FIELD_ERRORS_MAX];
    size_t count;
};

void field_error_add(struct field_errors *errors, const char *field, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* {"success":false,"errors":[{"field":...,"message":...}]} */
void field_errors_print(struct buf *b, const struct field_errors *errors);

#endif
