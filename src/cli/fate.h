/* fate.h - what became of a request of the intake that is marked as at fault.
 * SPDX-License-Identifier: MIT */
#ifndef OV_CLI_FATE_H
#define OV_CLI_FATE_H

#include <stdint.h>

enum fate {
    FATE_FAULTY,  /* it had no answer: a line of a log */
    FATE_REFUSED, /* and its sender was told */
    FATE_DROPPED, /* without a word */
    FATE_DOUBTED, /* it is kept here, where a real server would drop it */
    FATES
};

/* `status` and `verdict` as /_obsview/events tells them; 0: there is no status. */
enum fate fate_of(int64_t status, const char *verdict);

#endif
