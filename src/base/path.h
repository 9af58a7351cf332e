/* path.h - the directories above a file.
 * SPDX-License-Identifier: MIT */
#ifndef OV_BASE_PATH_H
#define OV_BASE_PATH_H

#include "base/err.h"

/* Makes those that are missing, for their owner alone. Who opens the file next and tells what comes
 * of that may leave the status, and `err` NULL. */
enum status path_make_directories(const char *path, struct err *err);

#endif
