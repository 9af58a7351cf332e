/* query_client.h - the asking end of the query protocol: a form out, XML in, JSON on both sides.
 * SPDX-License-Identifier: MIT
 *
 * What is asked and answered looks as if it had travelled as AWS JSON, so whoever asks does not
 * know which protocol carried it. */
#ifndef OV_WIRE_QUERY_CLIENT_H
#define OV_WIRE_QUERY_CLIENT_H

#include "base/buf.h"
#include "base/err.h"
#include "wire/codec.h"
#include "wire/service.h"

#include <cjson/cJSON.h>
#include <stddef.h>

#define QUERY_CLIENT_TYPE "application/x-www-form-urlencoded"

/* Appends "Action=...&Version=..." and the members of `input` (NULL: none). */
void query_client_form(struct buf *form, const struct wire_service *service, const char *operation,
                       const cJSON *input);

/* The <OperationResult> of the service's answer, an object that the caller owns; empty for an
 * operation without output. E_INVALID: not XML, or not an answer of this protocol; E_LIMIT: beyond
 * the bounds of xml_read.h. */
MUST_CHECK enum status query_client_read(cJSON **out, const struct wire_service *service,
                                         const char *text, size_t len, struct err *err);

/* Makes an error of an answer that is not 2xx. False: it is not this protocol's, and `out` is as it
 * was. */
bool query_client_read_error(struct wire_error *out, unsigned status, const char *text, size_t len);

#endif
