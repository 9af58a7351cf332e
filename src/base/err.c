/* err.c - error sentences in fixed space.
 * SPDX-License-Identifier: MIT
 *
 * A sentence may quote input, so control characters and bytes that are not UTF-8 are replaced here,
 * once, where every sentence passes: no caller can forget it and no terminal ever sees them. */
#include "config.h"

#include "base/err.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

enum status
err_setv(struct err *err, enum status code, const char *fmt, va_list ap)
{
    if (err == NULL)
        return code;
    err->code = code;
    vsnprintf(err->text, sizeof err->text, fmt, ap);
    text_defuse(err->text);
    return code;
}

enum status
err_set(struct err *err, enum status code, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    err_setv(err, code, fmt, ap);
    va_end(ap);
    return code;
}

enum status
err_errno(struct err *err, int errnum, const char *fmt, ...)
{
    char reason[96];
    size_t used;
    va_list ap;

    if (err == NULL)
        return E_IO;
    va_start(ap, fmt);
    err_setv(err, E_IO, fmt, ap);
    va_end(ap);
    used = strlen(err->text);
    snprintf(err->text + used, sizeof err->text - used, ": %s",
             strerror_r(errnum, reason, sizeof reason));
    return E_IO;
}

enum status
err_context(struct err *err, const char *fmt, ...)
{
    char before[ERR_TEXT_MAX];
    size_t used;
    va_list ap;

    if (err == NULL)
        return E_INTERNAL;
    memcpy(before, err->text, sizeof before);
    va_start(ap, fmt);
    vsnprintf(err->text, sizeof err->text, fmt, ap);
    va_end(ap);
    used = strlen(err->text);
    snprintf(err->text + used, sizeof err->text - used, ": %s", before);
    text_defuse(err->text);
    return err->code;
}
