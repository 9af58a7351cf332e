/* machine_region.h - the AWS region of the EC2 instance we run on.
 * SPDX-License-Identifier: MIT */
#ifndef OV_AWS_MACHINE_REGION_H
#define OV_AWS_MACHINE_REGION_H

#include "aws/net.h"

struct machine_region;

/* NULL: this is no EC2 instance, or it does not tell. Lives until `done` returns. */
typedef void machine_region_done(void *arg, const char *region);
struct machine_region *machine_region_ask(struct net *net, const char *imds_url,
                                          machine_region_done *done, void *arg);
void machine_region_cancel(struct machine_region *asking); /* NULL is fine */

#endif
