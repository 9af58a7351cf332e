/* umami_channel.c - lists of domains and words, tried in Umami's order.
 * SPDX-License-Identifier: MIT
 *
 * The lists are those of Umami 2.19 to 3.1. Everything is matched anywhere in the text, as there.
 */
#include "config.h"

#include "domain/umami_channel.h"

#include <stddef.h>
#include <string.h>

static const char *const names[UMAMI_CHANNELS] = {
    [UMAMI_CHANNEL_DIRECT] = "direct",
    [UMAMI_CHANNEL_REFERRAL] = "referral",
    [UMAMI_CHANNEL_AFFILIATE] = "affiliate",
    [UMAMI_CHANNEL_EMAIL] = "email",
    [UMAMI_CHANNEL_SMS] = "sms",
    [UMAMI_CHANNEL_ORGANIC_SEARCH] = "organicSearch",
    [UMAMI_CHANNEL_ORGANIC_SOCIAL] = "organicSocial",
    [UMAMI_CHANNEL_ORGANIC_SHOPPING] = "organicShopping",
    [UMAMI_CHANNEL_ORGANIC_VIDEO] = "organicVideo",
    [UMAMI_CHANNEL_PAID_ADS] = "paidAds",
    [UMAMI_CHANNEL_PAID_SEARCH] = "paidSearch",
    [UMAMI_CHANNEL_PAID_SOCIAL] = "paidSocial",
    [UMAMI_CHANNEL_PAID_SHOPPING] = "paidShopping",
    [UMAMI_CHANNEL_PAID_VIDEO] = "paidVideo",
};

static const char *const paid_ads[] = {
    "ad_id=",     "aid=",     "dclid=",         "epik=",           "fbclid=",           "gclid=",
    "li_fat_id=", "msclkid=", "ob_click_id=",   "pc_id=",          "rdt_cid=",          "scid=",
    "ttclid=",    "twclid=",  "utm_medium=cpc", "utm_medium=paid", "utm_source=google", NULL,
};
static const char *const search[] = {
    "google.",     "bing.com",      "duckduckgo.com",   "yandex.", "baidu.com", "ecosia.org",
    "chatgpt.com", "perplexity.ai", "search.brave.com", "msn.com", NULL
};
static const char *const social[] = { "facebook.com", "fb.com",
                                      "x.com",        "twitter.com",
                                      "t.co",         "instagram.com",
                                      "ig.com",       "linkedin.",
                                      "reddit.",      "news.ycombinator.com",
                                      "bsky.app",     "threads.net",
                                      "tiktok.",      "pinterest.",
                                      "snapchat.",    NULL };
static const char *const mail[] = { "gmail.",      "mail.yahoo.", "outlook.", "hotmail.",
                                    "protonmail.", "proton.me",   NULL };
static const char *const shopping[] = { "amazon.",        "ebay.com", "walmart.com", "alibaba.com",
                                        "aliexpress.com", "etsy.com", "bestbuy.com", "target.com",
                                        "newegg.com",     NULL };
static const char *const video[] = { "youtube.", "twitch.", NULL };

static const char *const referral_media[] = { "utm_medium=referral", "utm_medium=app",
                                              "utm_medium=link", NULL };
static const char *const affiliate_media[] = { "utm_medium=affiliate", NULL };
static const char *const sms_words[] = { "utm_medium=sms", "utm_source=sms", NULL };
static const char *const mail_media[] = { "utm_medium=email", "utm_medium=mail", NULL };
static const char *const paid_media[] = { "utm_medium=ppc", "utm_medium=retargeting",
                                          "utm_medium=paid", NULL };

static bool
has_any(const char *text, const char *const *parts)
{
    for (; *parts != NULL; parts++) {
        if (strstr(text, *parts) != NULL)
            return true;
    }
    return false;
}

/* In the order in which they are tried; a row whose paid and organic channels differ has both. */
static const struct {
    const char *const *domains; /* NULL: none */
    const char *const *words;   /* of the query; NULL: none */
    enum umami_channel organic, paid;
} rules[] = {
    { NULL, paid_ads, UMAMI_CHANNEL_PAID_ADS, UMAMI_CHANNEL_PAID_ADS },
    { NULL, referral_media, UMAMI_CHANNEL_REFERRAL, UMAMI_CHANNEL_REFERRAL },
    { NULL, affiliate_media, UMAMI_CHANNEL_AFFILIATE, UMAMI_CHANNEL_AFFILIATE },
    { NULL, sms_words, UMAMI_CHANNEL_SMS, UMAMI_CHANNEL_SMS },
    { search, NULL, UMAMI_CHANNEL_ORGANIC_SEARCH, UMAMI_CHANNEL_PAID_SEARCH },
    { social, NULL, UMAMI_CHANNEL_ORGANIC_SOCIAL, UMAMI_CHANNEL_PAID_SOCIAL },
    { mail, mail_media, UMAMI_CHANNEL_EMAIL, UMAMI_CHANNEL_EMAIL },
    { shopping, NULL, UMAMI_CHANNEL_ORGANIC_SHOPPING, UMAMI_CHANNEL_PAID_SHOPPING },
    { video, NULL, UMAMI_CHANNEL_ORGANIC_VIDEO, UMAMI_CHANNEL_PAID_VIDEO },
};

enum umami_channel
umami_channel_of(const struct umami_arrival *a)
{
    const bool paid =
        has_any(a->query, paid_media) || (a->is_v3 && strstr(a->query, "utm_medium=p") != NULL);

    if (*a->domain == '\0' && *a->query == '\0')
        return a->is_v3 ? UMAMI_CHANNEL_NONE : UMAMI_CHANNEL_DIRECT;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if ((rules[i].domains != NULL && has_any(a->domain, rules[i].domains)) ||
            (rules[i].words != NULL && has_any(a->query, rules[i].words)))
            return paid ? rules[i].paid : rules[i].organic;
    }
    if (a->is_v3 && *a->domain != '\0' && !a->is_own)
        return UMAMI_CHANNEL_REFERRAL;
    return UMAMI_CHANNEL_NONE;
}

const char *
umami_channel_name(enum umami_channel channel)
{
    return names[channel];
}
