/* signing.h - the headers that make a request an AWS one.
 * SPDX-License-Identifier: MIT */
#ifndef OV_AWS_SIGNING_H
#define OV_AWS_SIGNING_H

#include "aws/credentials.h"
#include "aws/net.h"
#include "wire/http.h"

#include <stddef.h>

#define SIGNING_HEADERS_MAX 8

struct signing {
    const char *method;
    const char *url;                   /* of the endpoint, without a path */
    const char *path;                  /* as sent: "/" */
    const char *query;                 /* as sent, without '?': "" */
    const struct http_header *headers; /* to send and to sign, beside Host */
    size_t header_count;
    const char *body;
    size_t body_len;
    const char *region;
    const char *service; /* as signed: "logs" */
    const struct aws_credentials *keys;
};

/* Adds all headers, signed with the time that the host's own clock shows. To be called for each
 * attempt, which so carries the time it is made. */
void signing_add(struct net *net, struct net_call *call, const struct signing *s);

#endif
