/* recorder.h - writes what comes in into a fixture, beside the work.
 * SPDX-License-Identifier: MIT
 *
 * Redacted and written by a thread of its own (fixture/scribe.h). */
#ifndef OV_EMULATOR_RECORDER_H
#define OV_EMULATOR_RECORDER_H

#include "base/buf.h"
#include "base/err.h"
#include "emulator/intake.h"
#include "fixture/scribe.h"

struct exchange;
struct recorder;

enum recorder_expects { RECORD_NO_EXPECTATION, RECORD_STATUS, RECORD_BODY };

struct recorder_options {
    const char *path;
    int64_t start_ms;
    const cJSON *settings;     /* of the header; NULL: none */
    struct redactor *redactor; /* borrowed, and used on the thread alone; NULL: as it is */
    enum recorder_expects expects;
};
/* Creates the file as fixture_writer_open() does. */
MUST_CHECK enum status recorder_new(struct recorder **out, const struct recorder_options *options,
                                    struct err *err);
/* Writes what waits. E_IO: not everything is in the file. *counts may be NULL. */
MUST_CHECK enum status recorder_close(struct recorder *recorder, struct scribe_counts *counts,
                                      struct err *err);

/* From any thread: an exchange is answered. What is no part of a recording is passed over:
 * questions, our own paths, and what a fixture brought; of AWS requests, those that change nothing
 * or were refused before their operation was begun. */
void recorder_take(struct recorder *recorder, const struct exchange *x);
/* The same of a line at a door for EMF; `group`: NULL, or whose output it is. */
void recorder_take_line(struct recorder *recorder, enum intake_kind kind, const char *group,
                        const char *line, size_t length, int64_t now_ms);

/* ,"recording":{...} */
void recorder_print(struct buf *b, struct recorder *recorder);

#endif
