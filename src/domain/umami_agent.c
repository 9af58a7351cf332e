/* umami_agent.c - three tables of patterns, tried from the top.
 * SPDX-License-Identifier: MIT
 *
 * Names and order of browsers and systems are those that both Umamis give. Kinds of devices are the
 * newer one's. The table of bots is a shorter way to say what the list of 178 patterns that Umami
 * uses (isbot, version 5) says; each row carries words for the screen.
 *
 * The patterns are ours and the texts are foreign: one match is limited in its steps, and a text
 * that needs more matches nothing. */
#include "config.h"

#include "domain/umami_agent.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <limits.h>
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

#define MATCH_STEPS_MAX 20000
#define AGENT_MAX       1024 /* nobody's is longer; the rest is not looked at */

struct rule {
    const char *pattern;
    const char *name;
};

/* clang-format off */
static const struct rule browsers[] = {
    { "AOLShield/[0-9._]+", "aol" },
    { "Edge/[0-9._]+", "edge" },
    { "EdgiOS/[0-9._]+", "edge-ios" },
    { "YaBrowser/[0-9._]+", "yandexbrowser" },
    { "KAKAOTALK\\s[0-9.]+", "kakaotalk" },
    { "SamsungBrowser/[0-9.]+", "samsung" },
    { "\\bSilk/[0-9._-]+\\b", "silk" },
    { "MiuiBrowser/[0-9.]+$", "miui" },
    { "BeakerBrowser/[0-9.]+", "beaker" },
    { "EdgA?/[0-9.]+", "edge-chromium" },
    { "(?!Chrom.*OPR)wv\\).*Chrom(?:e|ium)/[0-9.]+(?::?\\s|$)", "chromium-webview" },
    { "(?!Chrom.*OPR)Chrom(?:e|ium)/[0-9.]+(?::?\\s|$)", "chrome" },
    { "PhantomJS/[0-9.]+(?::?\\s|$)", "phantomjs" },
    { "CriOS/[0-9.]+(?::?\\s|$)", "crios" },
    { "Firefox/[0-9.]+(?:\\s|$)", "firefox" },
    { "FxiOS/[0-9.]+", "fxios" },
    { "Opera Mini.*Version/[0-9.]+", "opera-mini" },
    { "Opera/[0-9.]+(?:\\s|$)", "opera" },
    { "OPR/[0-9.]+(?::?\\s|$)", "opera" },
    { "^Microsoft Pocket Internet Explorer/[0-9.]+$", "pie" },
    { "^Mozilla/[0-9.]+ \\(compatible; MSPIE [0-9.]+", "pie" },
    { "NetFront/[0-9.]+", "netfront" },
    { "Trident/7\\.0.*rv:[0-9.]+.*\\).*Gecko$", "ie" },
    { "MSIE\\s[0-9.]+", "ie" },
    { "BB10;\\sTouch.*Version/[0-9.]+", "bb10" },
    { "Android\\s[0-9.]+", "android" },
    { "Version/[0-9._]+.*Mobile.*Safari", "ios" },
    { "Version/[0-9._]+.*Safari", "safari" },
    { "FB[AS]V/[0-9.]+", "facebook" },
    { "Instagram\\s[0-9.]+", "instagram" },
    { "AppleWebKit/[0-9.]+.*Mobile", "ios-webview" },
    { "AppleWebKit/[0-9.]+.*Gecko\\)$", "ios-webview" },
    { "^curl/[0-9.]+$", "curl" },
    { "(?i)alexa|bot|crawl|facebookexternalhit|feedburner|google web preview|nagios|postrank"
      "|pingdom|slurp|spider|yahoo!|yandex", "searchbot" },
};

static const struct rule systems[] = {
    { "iP(?:hone|od|ad)", "iOS" },
    { "Android", "Android OS" },
    { "BlackBerry|BB10", "BlackBerry OS" },
    { "IEMobile", "Windows Mobile" },
    { "Kindle", "Amazon OS" },
    { "Win16", "Windows 3.11" },
    { "Windows 95|Win95|Windows_95", "Windows 95" },
    { "Windows 98|Win98", "Windows 98" },
    { "Windows NT 5\\.0|Windows 2000", "Windows 2000" },
    { "Windows NT 5\\.1|Windows XP", "Windows XP" },
    { "Windows NT 5\\.2", "Windows Server 2003" },
    { "Windows NT 6\\.0", "Windows Vista" },
    { "Windows NT 6\\.1", "Windows 7" },
    { "Windows NT 6\\.2", "Windows 8" },
    { "Windows NT 6\\.3", "Windows 8.1" },
    { "Windows NT 10\\.0", "Windows 10" },
    { "Windows ME", "Windows ME" },
    { "Windows CE|WinCE|Microsoft Pocket Internet Explorer", "Windows CE" },
    { "OpenBSD", "Open BSD" },
    { "SunOS", "Sun OS" },
    { "CrOS", "Chrome OS" },
    { "Linux|X11", "Linux" },
    { "Mac_PowerPC|Macintosh", "Mac OS" },
    { "QNX", "QNX" },
    { "BeOS", "BeOS" },
    { "OS/2", "OS/2" },
};

static const struct rule kinds[] = {
    { "(?i)playstation|xbox|nintendo|\\bouya\\b", "console" },
    { "(?i)smart-?tv|\\btv\\b|appletv|googletv|hbbtv|netcast|web0s|webos.*tv|tizen.*\\btv\\b|\\baft[a-z]+\\b"
      "|bravia|crkey|roku|viera|aquos", "smarttv" },
    { "(?i)oculus|quest \\d|pico \\d|vive|apple ?vision|\\bvr\\b", "xr" },
    { "(?i)watch|\\bsm-r\\d|pebble|glass \\d|wear os", "wearable" },
    { "(?i)\\btesla\\b|qtcarbrowser|raspberry|windows iot", "embedded" },
    { "(?i)ipad|\\btablet\\b|kindle|\\bsilk/(?!.*mobile)|playbook|nexus (?:7|9|10)\\b"
      "|\\bsm-[txp]\\d|\\bgt-p\\d|\\bkf[a-z]{2,4}\\b|lenovo tab", "tablet" },
    { "(?i)iphone|ipod|\\bmobile\\b|windows phone|blackberry|bb10|opera mini|iemobile", "mobile" },
    { "Android", "tablet" },
};

static const struct rule bots[] = {
    { "crawl", "contains \"crawl\"" },
    { "spider", "contains \"spider\"" },
    { "(?<! cu)bots?(?:\\b|_)", "a word ends in \"bot\"" },
    { "(?<!lib)http", "contains \"http\"" },
    { "headless", "a headless browser" },
    { "chrome-lighthouse", "Lighthouse" },
    { "cypress/", "Cypress" },
    { "phantomjs", "PhantomJS" },
    { "pingdom|pagespeed|statuscake|synthetic|monitor\\b", "a monitor" },
    { "preview|proxy|parser|fetcher|scrape|feed|rss\\b|download|archive|capture",
      "fetches pages (preview, proxy, parser, feed)" },
    { "(?<!cam)scan", "contains \"scan\"" },
    { "\\bnode\\b|node$", "a word ends in \"node\"" },
    { "agent\\b|check\\b|checker|validator|detect|inspect|insight|measure", "checks pages" },
    { "java(?!;)", "contains \"java\"" },
    { "library|server|tools|url|torrent|manager|wappalyzer", "a library or tool" },
    { "google(?!app|/google| pixel)", "contains \"google\"" },
    { "(?<!g)news", "contains \"news\"" },
    { "\\.com|@[a-z][\\w-]+\\.|\\||\\(\\)", "names an address (\".com\", \"@\", \"|\", \"()\")" },
    { "^(?:python|wget|postman|php|facebook|whatsapp|snapchat|duckduckgo|yahoo|yandex|wordpress|w3c"
      "|email|track|rank|read|rest|custom|azure|apache/|client/|openai/)",
      "begins with the name of a known client" },
    { "^\\d|^\\W", "does not begin with a letter" },
    { "^\\w*search\\b", "its first word ends in \"search\"" },
    { "^[\\w \\.\\-\\(?:\\):%]+(?:/v?\\d+(?:\\.\\d+)*(?:\\.\\d{1,10})*)?$",
      "is only a name and a version" },
    { "^[^ ]{50,}$", "50 characters or more without a blank" },
};
/* clang-format on */

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

struct umami_agents {
    pcre2_match_context *context;
    pcre2_code *browsers[COUNT(browsers)];
    pcre2_code *systems[COUNT(systems)];
    pcre2_code *kinds[COUNT(kinds)];
    pcre2_code *bots[COUNT(bots)];
};

static enum status
compile(pcre2_code **to, const struct rule *rules, size_t count, uint32_t flags, struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        PCRE2_SIZE at;
        int code;

        to[i] = pcre2_compile((PCRE2_SPTR)rules[i].pattern, PCRE2_ZERO_TERMINATED,
                              PCRE2_NEVER_UTF | PCRE2_NO_AUTO_CAPTURE | flags, &code, &at, NULL);
        if (to[i] == NULL)
            return err_set(err, E_INTERNAL, "the pattern for %s does not compile", rules[i].name);
        /* Without executable memory the interpreter does it. */
        (void)pcre2_jit_compile(to[i], PCRE2_JIT_COMPLETE);
    }
    return OK;
}

static void
give_back(pcre2_code **codes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        pcre2_code_free(codes[i]);
}

enum status
umami_agents_new(struct umami_agents **out, struct err *err)
{
    struct umami_agents *a = xcalloc(1, sizeof *a);
    enum status st = OK;

    a->context = pcre2_match_context_create(NULL);
    if (a->context == NULL)
        st = err_set(err, E_LIMIT, "out of memory for patterns");
    if (st == OK) {
        pcre2_set_match_limit(a->context, MATCH_STEPS_MAX);
        st = compile(a->browsers, browsers, COUNT(browsers), 0, err);
    }
    if (st == OK)
        st = compile(a->systems, systems, COUNT(systems), 0, err);
    if (st == OK)
        st = compile(a->kinds, kinds, COUNT(kinds), 0, err);
    if (st == OK)
        st = compile(a->bots, bots, COUNT(bots), PCRE2_CASELESS, err);
    if (st != OK) {
        umami_agents_free(a);
        return st;
    }
    *out = a;
    return OK;
}

void
umami_agents_free(struct umami_agents *a)
{
    if (a == NULL)
        return;
    give_back(a->browsers, COUNT(browsers));
    give_back(a->systems, COUNT(systems));
    give_back(a->kinds, COUNT(kinds));
    give_back(a->bots, COUNT(bots));
    pcre2_match_context_free(a->context);
    free(a);
}

/* --- judging ---------------------------------------------------------------------------------- */

struct text {
    const struct umami_agents *agents;
    PCRE2_SPTR bytes;
    size_t len;
    pcre2_match_data *data;
};

static const char *
first_match(const struct text *text, pcre2_code *const *codes, const struct rule *rules,
            size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (pcre2_match(codes[i], text->bytes, text->len, 0, 0, text->data,
                        text->agents->context) >= 0)
            return rules[i].name;
    }
    return NULL;
}

void
umami_agents_judge(const struct umami_agents *a, const char *user_agent, struct umami_agent *out)
{
    struct text text = { a, (PCRE2_SPTR)user_agent, strnlen(user_agent, AGENT_MAX), NULL };

    *out = (struct umami_agent){ 0 };
    if (text.len == 0)
        return;
    text.data = pcre2_match_data_create(4, NULL);
    if (text.data == NULL)
        return;
    out->browser = first_match(&text, a->browsers, browsers, COUNT(browsers));
    out->os = first_match(&text, a->systems, systems, COUNT(systems));
    out->kind = first_match(&text, a->kinds, kinds, COUNT(kinds));
    out->bot = first_match(&text, a->bots, bots, COUNT(bots));
    pcre2_match_data_free(text.data);
}

/* --- devices ---------------------------------------------------------------------------------- */

static bool
is_one_of(const char *name, const char *const *names)
{
    for (; name != NULL && *names != NULL; names++) {
        if (strcmp(name, *names) == 0)
            return true;
    }
    return false;
}

/* By screen and system. */
static const char *
device_v2(const char *os, long width)
{
    static const char *const mobile[] = { "iOS",       "Android OS", "BlackBerry OS",
                                          "Windows Mobile", "Amazon OS",  NULL };

    if (is_one_of(os, mobile))
        return width > 479 || strcmp(os, "Amazon OS") == 0 ? "tablet" : "mobile";
    if (os != NULL)
        return width < 1920 || strcmp(os, "Chrome OS") == 0 ? "laptop" : "desktop";
    if (width >= 1920)
        return "desktop";
    if (width >= 1024)
        return "laptop";
    return width >= 479 ? "tablet" : "mobile";
}

const char *
umami_device(enum umami_dialect dialect, const struct umami_agent *agent, const char *screen)
{
    bool is_known = screen != NULL && *screen != '\0';
    char *end = NULL;
    long width = is_known ? strtol(screen, &end, 10) : 0;

    if (is_known && end == screen) /* compared with anything it is NaN */
        is_known = false;
    if (dialect == UMAMI_V2) {
        if (screen == NULL || *screen == '\0')
            return NULL;
        return is_known ? device_v2(agent->os, width) : device_v2(agent->os, LONG_MIN + 1);
    }
    if (agent->kind != NULL)
        return agent->kind;
    return is_known && width <= 1920 ? "laptop" : "desktop";
}
