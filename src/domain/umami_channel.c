/* umami_channel.c - lists of domains and words, tried in Umami's order.
 * SPDX-License-Identifier: MIT
 *
 * The lists of domains are those of Umami 2.19 to 3.1, matched anywhere in the text, as there. The
 * older version looks for words in the page's query and minds their case; the newer one looks at
 * the medium and the source of the campaign and does not. */
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
/* "alibab.com": so it is in 2.20 */
static const char *const shopping_v2[] = { "amazon.",     "ebay.com",       "walmart.com",
                                           "alibab.com",  "aliexpress.com", "etsy.com",
                                           "bestbuy.com", "target.com",     "newegg.com",
                                           NULL };
static const char *const video[] = { "youtube.", "twitch.", NULL };

typedef const char *finder(const char *text, const char *part);

static const char *
find_exact(const char *text, const char *part)
{
    return strstr(text, part);
}

static const char *
find_any_case(const char *text, const char *part)
{
    return strcasestr(text, part);
}

static bool
has_any(const char *text, const char *const *parts, finder *find)
{
    for (; text != NULL && *parts != NULL; parts++) {
        if (find(text, *parts) != NULL)
            return true;
    }
    return false;
}

/* --- 2.20 ------------------------------------------------------------------------------------- */

/* Whether one of the words is somewhere behind the first `key`. */
static bool
has_after(const char *query, const char *key, const char *const *words)
{
    const char *at = strstr(query, key);

    return at != NULL && has_any(at + strlen(key), words, find_exact);
}

/* "shopping" in a campaign, or "shop" behind what is no letter, or behind an e. */
static bool
is_shop_campaign(const char *query)
{
    static const char key[] = "utm_campaign=";
    const char *at = strstr(query, key);

    if (at == NULL)
        return false;
    at += sizeof key - 1;
    if (strstr(at, "shopping") != NULL)
        return true;
    for (const char *shop = strstr(at, "shop"); shop != NULL; shop = strstr(shop + 1, "shop")) {
        if (shop > at && (shop[-1] < 'a' || shop[-1] > 'z' || shop[-1] == 'e'))
            return true;
    }
    return false;
}

static enum umami_channel
channel_v2(const char *domain, const char *query)
{
    static const char *const media_paid[] = { "utm_medium=ppc", "utm_medium=retargeting",
                                              "utm_medium=paid", NULL };
    static const char *const cp[] = { "cp", NULL }, *const clip[] = { "video", NULL };
    static const char *const referral[] = { "utm_medium=referral", "utm_medium=app",
                                            "utm_medium=link", NULL };
    static const char *const affiliate[] = { "utm_medium=affiliate", NULL };
    static const char *const sms[] = { "utm_medium=sms", "utm_source=sms", NULL };
    static const char *const organic[] = { "utm_medium=organic", NULL };
    static const char *const network[] = { "utm_medium=social", "utm_medium=sm", NULL };
    static const char *const letter[] = { "email", "e-mail", "e_mail", "e mail", NULL };
    const bool paid = has_after(query, "utm_medium=", cp) || has_any(query, media_paid, find_exact);

    if (*domain == '\0' && *query == '\0')
        return UMAMI_CHANNEL_DIRECT;
    if (has_any(query, paid_ads, find_exact))
        return UMAMI_CHANNEL_PAID_ADS;
    if (has_any(query, referral, find_exact))
        return UMAMI_CHANNEL_REFERRAL;
    if (has_any(query, affiliate, find_exact))
        return UMAMI_CHANNEL_AFFILIATE;
    if (has_any(query, sms, find_exact))
        return UMAMI_CHANNEL_SMS;
    if (has_any(domain, search, find_exact) || has_any(query, organic, find_exact))
        return paid ? UMAMI_CHANNEL_PAID_SEARCH : UMAMI_CHANNEL_ORGANIC_SEARCH;
    if (has_any(domain, social, find_exact) || has_any(query, network, find_exact))
        return paid ? UMAMI_CHANNEL_PAID_SOCIAL : UMAMI_CHANNEL_ORGANIC_SOCIAL;
    if (has_any(domain, mail, find_exact) || has_after(query, "utm_medium=", letter))
        return UMAMI_CHANNEL_EMAIL;
    if (has_any(domain, shopping_v2, find_exact) || is_shop_campaign(query))
        return paid ? UMAMI_CHANNEL_PAID_SHOPPING : UMAMI_CHANNEL_ORGANIC_SHOPPING;
    if (has_any(domain, video, find_exact) || has_after(query, "utm_medium=", clip))
        return paid ? UMAMI_CHANNEL_PAID_VIDEO : UMAMI_CHANNEL_ORGANIC_VIDEO;
    return UMAMI_CHANNEL_NONE;
}

/* --- 3.1 -------------------------------------------------------------------------------------- */

/* In the order in which they are tried; a row whose paid and organic channels differ has both. */
static const struct {
    const char *const *domains; /* NULL: none */
    const char *words[4];       /* of the medium */
    enum umami_channel organic, paid;
} rules[] = {
    { NULL, { "referral", "app", "link" }, UMAMI_CHANNEL_REFERRAL, UMAMI_CHANNEL_REFERRAL },
    { NULL, { "affiliate" }, UMAMI_CHANNEL_AFFILIATE, UMAMI_CHANNEL_AFFILIATE },
    { NULL, { "sms" }, UMAMI_CHANNEL_SMS, UMAMI_CHANNEL_SMS },
    { search, { "organic" }, UMAMI_CHANNEL_ORGANIC_SEARCH, UMAMI_CHANNEL_PAID_SEARCH },
    { social, { NULL }, UMAMI_CHANNEL_ORGANIC_SOCIAL, UMAMI_CHANNEL_PAID_SOCIAL },
    { mail, { "mail" }, UMAMI_CHANNEL_EMAIL, UMAMI_CHANNEL_EMAIL },
    { shopping, { "shop" }, UMAMI_CHANNEL_ORGANIC_SHOPPING, UMAMI_CHANNEL_PAID_SHOPPING },
    { video, { "video" }, UMAMI_CHANNEL_ORGANIC_VIDEO, UMAMI_CHANNEL_PAID_VIDEO },
};

static enum umami_channel
channel_v3(const struct umami_arrival *a, bool paid)
{
    static const char *const sms[] = { "sms", NULL };

    if (a->domain != NULL && *a->domain == '\0' && a->query != NULL && *a->query == '\0')
        return UMAMI_CHANNEL_DIRECT;
    if (has_any(a->query, paid_ads, find_any_case))
        return UMAMI_CHANNEL_PAID_ADS;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (has_any(a->medium, rules[i].words, find_any_case) ||
            (rules[i].domains != NULL && has_any(a->domain, rules[i].domains, find_any_case)) ||
            (rules[i].organic == UMAMI_CHANNEL_SMS && has_any(a->source, sms, find_any_case)))
            return paid ? rules[i].paid : rules[i].organic;
    }
    return a->is_foreign ? UMAMI_CHANNEL_REFERRAL : UMAMI_CHANNEL_NONE;
}

enum umami_channel
umami_channel_of(const struct umami_arrival *a)
{
    static const char *const paid[] = { "ppc", "retargeting", "paid", NULL };

    if (a->is_v3)
        return channel_v3(a, a->medium != NULL &&
                                 (*a->medium == 'p' || has_any(a->medium, paid, find_exact)));
    return channel_v2(a->domain == NULL ? "" : a->domain, a->query == NULL ? "" : a->query);
}

enum umami_channel
umami_channel_of_payer(const struct umami_arrival *a)
{
    static const char *const paid[] = { "cp", "ppc", "retargeting", "paid", NULL };

    return channel_v3(a, has_any(a->medium, paid, find_any_case));
}

const char *
umami_channel_name(enum umami_channel channel)
{
    return names[channel];
}

/* Tried in this order, matched anywhere. */
const char *
umami_channel_site(const char *domain)
{
    static const struct {
        const char *name, *parts[4];
    } sites[] = {
        { "baidu.com", { "baidu." } },
        { "bing.com", { "bing." } },
        { "brave.com", { "brave." } },
        { "chatgpt.com", { "chatgpt." } },
        { "duckduckgo.com", { "duckduckgo." } },
        { "facebook.com", { "facebook." } },
        { "github.com", { "github." } },
        { "google.com", { "google." } },
        { "news.ycombinator.com", { "news.ycombinator.com" } },
        { "instagram.com", { "instagram.", "ig.com" } },
        { "linkedin.com", { "linkedin." } },
        { "pinterest.com", { "pinterest." } },
        { "reddit.com", { "reddit." } },
        { "snapchat.com", { "snapchat." } },
        { "twitter.com", { "twitter.", "t.co", "x.com" } },
        { "yahoo.com", { "yahoo." } },
        { "yandex.ru", { "yandex." } },
    };

    for (size_t i = 0; i < sizeof sites / sizeof sites[0]; i++) {
        if (has_any(domain, sites[i].parts, find_any_case))
            return sites[i].name;
    }
    return NULL;
}
