/* digest_file.h - a digest of what a file holds, or an emulator that runs.
 * SPDX-License-Identifier: MIT */
#ifndef OV_CLI_DIGEST_FILE_H
#define OV_CLI_DIGEST_FILE_H

#include "base/err.h"
#include "cli/settings.h"

struct digest;

/* What may be named, for messages. */
#define DIGEST_EXPECTED                                                                          \
    "a fixture (man obsview-fixture), a database of obsview emulate --db, or the address of an " \
    "emulator (http://HOST:PORT)"

/* A fixture is played with what the settings say of the emulator, whose --db must be :memory:; a
 * database may be open elsewhere, and nothing in it changes; of an emulator a copy is read. A
 * broken line is a gap of the digest; E_INVALID, E_IO, E_USAGE: it is nothing of these, or cannot
 * be read. */
MUST_CHECK enum status digest_open(struct digest **out, struct settings *settings, const char *path,
                                   struct err *err);
void digest_free(struct digest *digest); /* NULL is fine */

#endif
