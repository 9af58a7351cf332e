/* answer_recorder.h - writes what AWS answers a screen into a fixture (`watch --record`).
 * SPDX-License-Identifier: MIT
 *
 * A thread redacts and writes (fixture/scribe.h); the collector's hands each answer over as it is
 * and waits for nothing. When the file takes no more the recording ends, and the screen goes on. */
#ifndef OV_CLI_ANSWER_RECORDER_H
#define OV_CLI_ANSWER_RECORDER_H

#include "aws/hearing.h"
#include "base/clock.h"
#include "base/err.h"
#include "cli/settings.h"

#include <stdbool.h>
#include <stddef.h>

struct answer_recorder;

/* By --record, --redact and --redaction-key; *out is NULL without the first. `clock` is borrowed,
 * and may change with answer_recorder_follow(). */
MUST_CHECK enum status answer_recorder_new(struct answer_recorder **out, const struct settings *s,
                                           const struct clock *clock, struct err *err);
/* Writes what waits, and tells on the standard error how much that was. false: not all
 * that came is in the file. NULL is fine. */
bool answer_recorder_close(struct answer_recorder *recorder);

/* For gather_options; lives as long as the recorder. NULL for NULL. */
const struct aws_ear *answer_recorder_ear(const struct answer_recorder *recorder);
/* Another source is watched, by another clock; nothing may be under way. NULL is fine. */
void answer_recorder_follow(struct answer_recorder *recorder, const struct clock *clock);

/* "recording, 12 left out", or why it is over, for the header; from any thread. true: something is
 * wrong. `arg` is the recorder. */
bool answer_recorder_word(void *arg, char *text, size_t size);

#endif
