/* err.h - what went wrong, as a code for the program and a sentence for a person.
 * SPDX-License-Identifier: MIT */
#ifndef OV_BASE_ERR_H
#define OV_BASE_ERR_H

#include <stdarg.h>

enum status {
    OK = 0,
    E_USAGE,       /* the command line or the configuration is wrong */
    E_INVALID,     /* input breaks a rule of its format */
    E_LIMIT,       /* input or a resource is beyond a stated bound */
    E_NOTFOUND,    /* the named thing does not exist */
    E_EXISTS,      /* the named thing exists already */
    E_AUTH,        /* credentials are missing, wrong or refused */
    E_BUSY,        /* a queue is full or a rate exceeded: try again later */
    E_IO,          /* the operating system or the network refused */
    E_UNRECORDED,  /* a recording is asked, and does not hold it */
    E_UNSUPPORTED, /* known, but not done here; the sentence names it */
    E_INTERNAL     /* our bug */
};

#define ERR_TEXT_MAX 320

/* Fixed size, so that failing never allocates. A zeroed struct means no error. */
struct err {
    enum status code;
    char text[ERR_TEXT_MAX];
};

/* Marks a function whose status must be looked at. */
#define MUST_CHECK __attribute__((warn_unused_result))

/* Writes the sentence (lower case, no full stop, cut to fit; control characters replaced) and
 * returns `code`. `err` may be NULL when the caller only wants the code. */
enum status err_set(struct err *err, enum status code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
enum status err_setv(struct err *err, enum status code, const char *fmt, va_list ap);

/* As err_set with E_IO, and ": <what the system calls errnum>" appended. */
enum status err_errno(struct err *err, int errnum, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "<context>: " in front of the sentence already there; returns the code it had. */
enum status err_context(struct err *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
