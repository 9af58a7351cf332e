/* jwt.h - JSON Web Tokens signed with HMAC-SHA-256 (RFC 7515, 7519), and nothing else of them.
 * SPDX-License-Identifier: MIT */
#ifndef OV_WIRE_JWT_H
#define OV_WIRE_JWT_H

#include "base/json.h"

#define JWT_MAX 8192 /* a longer token is not looked at */

/* Appends the token of these claims (a JSON object as text). */
void jwt_sign(struct buf *b, const char *key, const char *claims, size_t len);
/* The claims, in the arena. E_AUTH: not signed with the key, by another algorithm, or no token. */
MUST_CHECK enum status jwt_verify(const cJSON **claims, struct arena *arena, const char *key,
                                  const char *token, struct err *err);

#endif
