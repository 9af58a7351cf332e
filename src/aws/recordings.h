/* recordings.h - what a session in the recordings bucket consists of, body by body.
 * SPDX-License-Identifier: MIT
 *
 * From obsview.full where there is one, which has everything and can be followed; else from
 * OpenReplay's own files, packed or plain, which lack errors, vitals, events and inputs. */
#ifndef OV_AWS_RECORDINGS_H
#define OV_AWS_RECORDINGS_H

#include "aws/s3.h"
#include "domain/recording_file.h"

/* Called as it comes; all is borrowed. */
struct recordings_sink {
    void (*head)(void *arg, const struct recording_head *head); /* of obsview.full alone */
    /* `line` NULL: a file of OpenReplay's as a whole, to be read as a file; else a body. */
    void (*body)(void *arg, const struct recording_line *line, const void *bytes, size_t length);
    void *arg;
};
/* How far it was read: for recordings_read() again when there is more. All zeros: from the start.
 */
struct recordings_place {
    uint64_t at; /* where the line of the next body begins; 0: it cannot be followed */
};
struct recordings_job;
typedef void recordings_done(void *arg, struct recordings_place place, const struct err *err);
/* E_NOTFOUND: there is no such session. E_LIMIT: it has more than S3_OBJECT_MAX bytes. */
struct recordings_job *recordings_read(struct aws_client *client, const char *bucket,
                                       uint64_t session, struct recordings_place from,
                                       struct s3_use *use, const struct recordings_sink *sink,
                                       recordings_done *done, void *arg);
void recordings_cancel(struct recordings_job *job); /* NULL is fine */

#endif
