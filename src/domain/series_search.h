/* series_search.h - the language of SEARCH(): which metrics, by schema, words and properties.
 * SPDX-License-Identifier: MIT
 *
 *     {Shop/Web,Page,Env} MetricName="LCP" OR (vitals NOT Env=test)
 *
 * "CloudWatch search expression syntax", Amazon CloudWatch User Guide. The braces name a namespace
 * and exactly the dimensions of a metric (a namespace alone: any). Behind them stand words, joined
 * by AND (or nothing), OR, NOT and parentheses. A word in double quotes is a whole metric name,
 * namespace, dimension name or value; any other word matches the tokens of these: CustomCount1 is
 * found by custom, COUNT, 1, CustomCount and Count1. Property=word looks at one of them only. */
#ifndef OV_DOMAIN_SERIES_SEARCH_H
#define OV_DOMAIN_SERIES_SEARCH_H

#include "base/err.h"
#include "base/mem.h"
#include "domain/metric.h"

#include <stdbool.h>

#define SERIES_SEARCH_CHARS_MAX 1024

struct series_search;

/* E_INVALID and E_LIMIT, with the character's number within the search. */
MUST_CHECK enum status series_search_parse(struct series_search **out, struct arena *arena,
                                           const char *text, struct err *err);
/* NULL when any namespace may match. */
const char *series_search_namespace(const struct series_search *search);
/* `account` is what :aws.AccountId is compared with (LOCAL always matches). */
bool series_search_matches(const struct series_search *search, const struct series_key *key,
                           const char *account);

#endif
