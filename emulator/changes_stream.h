/* changes_stream.h - the server-sent events of /_obsview/changes.
 * SPDX-License-Identifier: MIT */
#ifndef OV_EMULATOR_CHANGES_STREAM_H
#define OV_EMULATOR_CHANGES_STREAM_H

#include "emulator/exchange.h"

/* Ends the exchange with the stream. */
void changes_stream(struct exchange *x);

#endif
