/* tagging.h - asking the tagging API: which resources a region has, and their tags.
 * SPDX-License-Identifier: MIT
 *
 * Reading has no price. What never had a tag is not known there; nor are IAM roles at AWS. */
#ifndef OV_AWS_TAGGING_H
#define OV_AWS_TAGGING_H

#include "aws/listing.h"
#include "base/mem.h"
#include "domain/tag_rule.h"

#include <stdbool.h>
#include <stddef.h>

#define TAGGING_RESOURCES_MAX 20000
#define TAGGING_TAGS_MAX      64 /* of a resource; AWS allows 50 and a few of its own */

/* In the arena. `err` NULL: all is well. `partial`: there are more. */
typedef void tagging_done(void *arg, const struct tagged_resource *resources, size_t count,
                          bool partial, const struct err *err);
struct listing *tagging_list(struct aws_client *client, struct arena *arena, tagging_done *done,
                             void *arg);

#endif
