/* route.h - a URL's path with everything in it that names one thing folded to ":id".
 * SPDX-License-Identifier: MIT
 *
 * A route is a metric dimension: each spelling is a series of its own, paid for and drawn. So
 * numbers, UUIDs, hashes, tokens and mail addresses fold, query and fragment go, and length and
 * depth are bounded. The result is printable ASCII without blanks, as a dimension value must be. */
#ifndef OV_DOMAIN_ROUTE_H
#define OV_DOMAIN_ROUTE_H

#define ROUTE_TEXT     160 /* with its NUL */
#define ROUTE_SEGMENTS 8   /* what lies deeper becomes one "*" */
#define ROUTE_UNKNOWN  "unknown"

/* "https://shop.example/products/42?ref=x#top" -> "/products/:id". Paths without host and relative
 * ones are fine too; of addresses without a path (about:blank, data:) the scheme is kept, as
 * "about:". ROUTE_UNKNOWN when `url` is empty. */
void route_fold(char out[ROUTE_TEXT], const char *url);

#endif
