/* redaction.h - the key with which pseudonyms are made on this machine.
 * SPDX-License-Identifier: MIT */
#ifndef OV_CLI_REDACTION_H
#define OV_CLI_REDACTION_H

#include "base/err.h"
#include "cli/settings.h"
#include "domain/pii.h"

/* --redaction-key FILE, else a file of the state directory, so that two recordings of one machine
 * join; made with random bytes when it is not there. E_INVALID: it is too short to be a key. */
MUST_CHECK enum status redaction_key(uint8_t key[PII_KEY_BYTES], const struct settings *s,
                                     struct err *err);

#endif
