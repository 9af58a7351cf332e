/* fate.c - refused, dropped or doubted.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/fate.h"

#include <string.h>

#define DROPPED "dropped: " /* how a verdict begins that says so */

enum fate
fate_of(int64_t status, const char *verdict)
{
    if (status == 0)
        return FATE_FAULTY;
    if (status >= 400)
        return FATE_REFUSED;
    return strncmp(verdict, DROPPED, sizeof DROPPED - 1) == 0 ? FATE_DROPPED : FATE_DOUBTED;
}
