/* survey.h - what a recording holds that is worth stopping at.
 * SPDX-License-Identifier: MIT
 *
 * Errors that pages reported, grouped as the view of errors groups them; deployments: another
 * version of a Lambda function, another revision of the page, a function that an account says was
 * changed; alarms that an account says have turned. Those of an emulator are not here: whoever
 * plays the recording sees them turn. */
#ifndef OV_CLI_SURVEY_H
#define OV_CLI_SURVEY_H

#include "fixture/fixture.h"
#include "tui/transport.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Markers of errors that were seen before; of more, evenly many are kept. */
#define SURVEY_ERRORS_MAX 10000

struct survey;

/* `page_start` is the path at which a recording of a page begins; "/ingest/v1/web/start". */
struct survey *survey_new(int64_t start_ms, const char *page_start);
void survey_free(struct survey *survey); /* NULL is fine */
void survey_add(struct survey *survey, const struct fixture_event *event);

/* In the order of time; borrowed until the next call. */
const struct marker *survey_markers(struct survey *survey, size_t *count, bool *is_cut);

#endif
