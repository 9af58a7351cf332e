/* body.h - the JSON body of a request to our own routes.
 * SPDX-License-Identifier: MIT */
#ifndef OV_EMULATOR_BODY_H
#define OV_EMULATOR_BODY_H

#include "domain/field_error.h"
#include "emulator/exchange.h"

#include <cjson/cJSON.h>
#include <stdbool.h>

/* Parses the body as JSON in UTF-8: application/json, text/plain (what sendBeacon sends) or no type
 * at all. The caller deletes *out. false: the exchange is answered. */
bool body_json(struct exchange *x, cJSON **out);

/* 400 with {"success":false,"errors":[...]}. */
void body_refuse_fields(struct exchange *x, const struct field_errors *errors);

#endif
