/* pages.h - an AWS operation that answers in pages, asked to its end within bounds.
 * SPDX-License-Identifier: MIT */
#ifndef OV_AWS_PAGES_H
#define OV_AWS_PAGES_H

#include "aws/client.h"

#include <stdbool.h>

struct pages;

struct pages_request {
    enum aws_service service;
    const char *operation;
    const char *path;  /* a GET of the REST protocol; NULL: a call */
    const char *token; /* what the token is called, both ways: "NextToken" */
    const char *next;  /* what it is called in answers, when otherwise there; else NULL */
    unsigned max;      /* pages at most */
    cJSON *input;      /* becomes the pages' own; the token is added to it */
    /* Takes a page. Anything but OK ends it all with that sentence; *enough ends it well. */
    enum status (*read)(void *arg, const cJSON *page, bool *enough, struct err *err);
    /* `err` NULL: done. `more`: the server had further pages. `arrived`: requests that reached the
     * service, whatever it said. */
    void (*done)(void *arg, bool more, unsigned arrived, const struct err *err);
    void *arg;
};

struct pages *pages_start(struct aws_client *client, const struct pages_request *request);
void pages_cancel(struct pages *pages); /* NULL is fine */

#endif
