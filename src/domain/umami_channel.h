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

struct umami_arrival {
    const char *domain; /* of the referrer; "" for none */
    const char *query;  /* of the page; "" for none */
    bool is_own;        /* the referrer is the site itself */
    /* The newer rules: no direct visits (a referrer is never empty there, but absent), any foreign
     * domain is a referral, any medium that begins with p is paid. */
    bool is_v3;
};
enum umami_channel umami_channel_of(const struct umami_arrival *arrival);
const char *umami_channel_name(enum umami_channel channel); /* "organicSearch" */

#endif
