/* body.h - the JSON body of a request to our own routes.
 * SPDX-License-Identifier: MIT */
#ifndef OV_EMULATOR_BODY_H
#define OV_EMULATOR_BODY_H

#include "domain/field_error.h"
#include "emulator/exchange.h"

#include <cjson/cJSON.h>
#include <stdbool.h>

typedef void body_handler(struct exchange *x, const cJSON *body);

/* Parses the body as JSON in UTF-8 and hands it to `handle`, or answers with what is wrong with it.
 * application/json, text/plain (what sendBeacon sends) and no type at all are read; a gzip body is
 * opened on a reader thread. */
void body_read(struct exchange *x, body_handler *handle);

/* 400 with {"success":false,"errors":[...]}. */
void body_refuse_fields(struct exchange *x, const struct field_errors *errors);

#endif
