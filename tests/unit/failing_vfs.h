/* failing_vfs.h - SQLite's file layer, failing at a chosen write or sync.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TESTS_FAILING_VFS_H
#define OV_TESTS_FAILING_VFS_H

#include <stdbool.h>

/* Puts itself in front of the default layer, for every database opened from now on. */
void failing_vfs_install(void);
/* The n-th write or sync from now on fails, and with `lasting` all behind it; 0: none does. The
 * code is what SQLite is told, e.g. SQLITE_FULL. */
void failing_vfs_fail(long nth, bool lasting, int code);
/* How many writes and syncs failed since failing_vfs_fail(). */
long failing_vfs_failed(void);

#endif
