/* sealed.h - text sealed with a password, as Umami's clients seal the token they sign themselves.
 * SPDX-License-Identifier: MIT
 *
 * Base64 of salt (64 bytes), nonce (16), tag (16) and what is sealed with AES-256-GCM; the key is
 * PBKDF2 over SHA-512 of the password, 10,000 rounds. Opening costs milliseconds, on purpose. */
#ifndef OV_WIRE_SEALED_H
#define OV_WIRE_SEALED_H

#include "base/buf.h"

#define SEALED_MAX 8192 /* longer text is not looked at */

/* Appends what was sealed. E_AUTH: with another password, or it is nothing of the kind. */
MUST_CHECK enum status sealed_open(struct buf *out, const char *password, const char *text,
                                   struct err *err);

#endif
