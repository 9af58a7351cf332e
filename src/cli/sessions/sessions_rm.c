/* sessions_rm.c - removes a session from an emulator.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/sessions/sessions_own.h"

#include <inttypes.h>
#include <stdio.h>

static void
on_deleted(void *arg, const struct err *err)
{
    sessions_note_end(arg, err);
}

static bool
is_confirmed(uint64_t session)
{
    char line[16] = "";

    fprintf(stderr, "remove session %" PRIu64 " with all it recorded? [y/N] ", session);
    return fgets(line, sizeof line, stdin) != NULL && (line[0] == 'y' || line[0] == 'Y');
}

enum status
sessions_rm(struct sessions *a, const char *id, struct err *err)
{
    const char *keys[RECORDING_FILES];
    char texts[RECORDING_FILES][RECORDING_KEY_TEXT];
    struct session_files found;
    struct s3_job *job;
    uint64_t session;
    enum status st = sessions_read_id(&session, id, err);

    if (st == OK && !a->target.is_emulator)
        st = err_set(err, E_USAGE,
                     "sessions are removed from an emulator alone; a bucket of AWS "
                     "has its lifecycle rule");
    if (st == OK)
        st = session_find_files(a, session, &found, err);
    if (st != OK)
        return st;
    if (!settings_bool(a->settings, SET_YES) && !is_confirmed(session))
        return err_set(err, E_USAGE, "session %" PRIu64 " was not removed (--yes: without asking)",
                       session);
    for (int f = 0; f < RECORDING_FILES; f++) {
        recording_key(texts[f], session, (enum recording_file)f);
        keys[f] = texts[f];
    }
    job = s3_delete(a->client, a->bucket, keys, RECORDING_FILES, on_deleted, a);
    st = sessions_finish(a, err);
    if (st == E_IO && a->err.code == OK)
        s3_cancel(job);
    if (st == OK)
        printf("removed session %" PRIu64 "\n", session);
    return st;
}
