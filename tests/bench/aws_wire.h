/* aws_wire.h - GetMetricData over a plain socket, timed from the first byte sent to the last one
 * read.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TESTS_AWS_WIRE_H
#define OV_TESTS_AWS_WIRE_H

#include "base/buf.h"

/* To "http://127.0.0.1:PORT". Ends the program when it cannot, as all of these do. */
int aws_wire_connect(const char *url);
/* One request, and the whole answer with its headers; milliseconds. */
double aws_wire_ask(int fd, const char *body, struct buf *answer);
/* All pages; `body` lacks its last brace. The sum of the milliseconds, and the points seen. */
double aws_wire_ask_all(int fd, const char *body, size_t *points);

#endif
