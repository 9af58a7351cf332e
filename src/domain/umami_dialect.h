/* umami_dialect.h - the two generations of Umami that are in use.
 * SPDX-License-Identifier: MIT
 *
 * They differ in the words of errors and questions, and in few numbers. */
#ifndef OV_DOMAIN_UMAMI_DIALECT_H
#define OV_DOMAIN_UMAMI_DIALECT_H

enum umami_dialect {
    UMAMI_UNKNOWN, /* of a server that has not shown it yet; the emulator is always one of these: */
    UMAMI_V2,      /* 2.20 */
    UMAMI_V3       /* 3.1 */
};

#endif
