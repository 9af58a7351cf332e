/* umami_channel.h - the way a visitor came: search, social media, an advertisement, a link.
 * SPDX-License-Identifier: MIT */
#ifndef OV_DOMAIN_UMAMI_CHANNEL_H
#define OV_DOMAIN_UMAMI_CHANNEL_H

#include <stdbool.h>

enum umami_channel {
    UMAMI_CHANNEL_DIRECT,
    UMAMI_CHANNEL_REFERRAL,
    UMAMI_CHANNEL_AFFILIATE,
    UMAMI_CHANNEL_EMAIL,
    UMAMI_CHANNEL_SMS,
    UMAMI_CHANNEL_ORGANIC_SEARCH,
    UMAMI_CHANNEL_ORGANIC_SOCIAL,
    UMAMI_CHANNEL_ORGANIC_SHOPPING,
    UMAMI_CHANNEL_ORGANIC_VIDEO,
    UMAMI_CHANNEL_PAID_ADS,
    UMAMI_CHANNEL_PAID_SEARCH,
    UMAMI_CHANNEL_PAID_SOCIAL,
    UMAMI_CHANNEL_PAID_SHOPPING,
    UMAMI_CHANNEL_PAID_VIDEO,
    UMAMI_CHANNELS,
    UMAMI_CHANNEL_NONE = UMAMI_CHANNELS
};

struct umami_arrival {  /* texts may be NULL */
    const char *domain; /* of the referrer */
    const char *query;  /* of the page */
    const char *medium; /* of the campaign, as the page's query tells it; v3 alone looks at it */
    const char *source;
    bool is_foreign; /* there is a referrer, and it is not the site itself */
    bool is_v3;      /* its rules; v2's otherwise */
};
enum umami_channel umami_channel_of(const struct umami_arrival *arrival);
/* Of somebody who paid, as v3's report of revenue has it: it minds no case, and more is paid. */
enum umami_channel umami_channel_of_payer(const struct umami_arrival *arrival);
const char *umami_channel_name(enum umami_channel channel); /* "organicSearch" */
/* The one domain that stands for all of a well-known site ("google.com"), or NULL. */
const char *umami_channel_site(const char *domain);

#endif
