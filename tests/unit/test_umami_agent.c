/* test_umami_agent.c - user agents, each with what Umami takes it for.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "domain/umami_agent.h"

#define GECKO    "AppleWebKit/537.36 (KHTML, like Gecko) "
#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static int
make_agents(void **state)
{
    struct umami_agents *agents = NULL;
    struct err err = { 0 };

    if (umami_agents_new(&agents, &err) != OK)
        fail_msg("%s", err.text);
    *state = agents;
    return 0;
}

static int
free_agents(void **state)
{
    umami_agents_free(*state);
    return 0;
}

static bool
is_same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* clang-format off */
static const struct known {
    const char *user_agent, *browser, *os, *screen, *device_v2, *device_v3;
} known[] = {
    { "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) " GECKO "Chrome/129.0.0.0 Safari/537.36",
      "chrome", "Mac OS", "1440x900", "laptop", "laptop" },
    { "Mozilla/5.0 (Windows NT 10.0; Win64; x64) " GECKO "Chrome/129.0.0.0 Safari/537.36",
      "chrome", "Windows 10", "1920x1080", "desktop", "laptop" },
    { "Mozilla/5.0 (Windows NT 10.0; Win64; x64) " GECKO "Chrome/129.0.0.0 Safari/537.36",
      "chrome", "Windows 10", NULL, NULL, "desktop" },
    { "Mozilla/5.0 (Windows NT 10.0; Win64; x64) " GECKO "Chrome/129.0.0.0 Safari/537.36 Edg/129.0.0.0",
      "edge-chromium", "Windows 10", "2560x1440", "desktop", "desktop" },
    { "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0",
      "firefox", "Linux", "2560x1440", "desktop", "desktop" },
    { "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Safari/605.1.15",
      "safari", "Mac OS", "2560x1440", "desktop", "desktop" },
    { "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Mobile/15E148 Safari/604.1",
      "ios", "iOS", "390x844", "mobile", "mobile" },
    { "Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604.1",
      "ios", "iOS", "820x1180", "tablet", "tablet" },
    { "Mozilla/5.0 (Linux; Android 14; Pixel 8) " GECKO "Chrome/129.0.0.0 Mobile Safari/537.36",
      "chrome", "Android OS", "412x915", "mobile", "mobile" },
    { "Mozilla/5.0 (Linux; Android 13; SM-X906C) " GECKO "Chrome/129.0.0.0 Safari/537.36",
      "chrome", "Android OS", "2560x1440", "tablet", "tablet" },
    { "Mozilla/5.0 (Linux; Android 14; SM-S918B) " GECKO "SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36",
      "samsung", "Android OS", "412x915", "mobile", "mobile" },
    { "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/129.0.6668.46 Mobile/15E148 Safari/604.1",
      "crios", "iOS", "390x844", "mobile", "mobile" },
    { "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/130.0 Mobile/15E148 Safari/605.1.15",
      "fxios", "iOS", "390x844", "mobile", "mobile" },
    { "Mozilla/5.0 (Windows NT 10.0; Win64; x64) " GECKO "Chrome/128.0.0.0 Safari/537.36 OPR/114.0.0.0",
      "opera", "Windows 10", "2560x1440", "desktop", "desktop" },
    { "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) " GECKO "Chrome/129.0.0.0 Safari/537.36",
      "chrome", "Chrome OS", "2560x1440", "laptop", "desktop" },
    { "Mozilla/5.0 (Linux; Android 14; Pixel 8; wv) " GECKO "Version/4.0 Chrome/129.0.0.0 Mobile Safari/537.36",
      "chromium-webview", "Android OS", "412x915", "mobile", "mobile" },
    { "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko",
      "ie", "Windows 7", "1024x768", "laptop", "laptop" },
    { "Mozilla/5.0 Umami/v20.20.2", NULL, NULL, NULL, NULL, "desktop" },
    { "Mozilla/5.0 (SMART-TV; Linux; Tizen 6.0) " GECKO "SamsungBrowser/4.0 Chrome/76.0.3809.146 TV Safari/537.36",
      "samsung", "Linux", "2560x1440", "desktop", "smarttv" },
    { "Mozilla/5.0 (PlayStation; PlayStation 5/2.26) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.0 Safari/605.1.15",
      "safari", NULL, "2560x1440", "desktop", "console" },
    { "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [FBAN/FBIOS;FBAV/480.0.0.30.109]",
      "facebook", "iOS", "390x844", "mobile", "mobile" },
    { "Mozilla/5.0 (X11; U; Linux armv7l like Android; en-us) AppleWebKit/531.2+ (KHTML, like Gecko) Version/5.0 Safari/533.2+ Kindle/3.0+",
      "safari", "Android OS", "600x800", "tablet", "tablet" },
    { "", NULL, NULL, "garbage", "mobile", "desktop" },
};

static const struct judged {
    const char *user_agent;
    bool is_bot;
} judged[] = {
    { "curl/8.5.0", true },
    { "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", true },
    { "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/129.0.0.0 Safari/537.36", true },
    { "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Cypress/13.6.6 Chrome/118.0.5993.159 Electron/27.1.3 Safari/537.36", true },
    { "python-requests/2.31.0", true },
    { "node", true },
    { "undici", true },
    { "axios/1.6.0", true },
    { "Mozilla/5.0 (linux) AppleWebKit/537.36 (KHTML, like Gecko) jsdom/20.0.3", false },
    { "k6/0.49.0 (https://k6.io/)", true },
    { "Playwright/1.44.0 (x64; ubuntu 22.04) node/20.11", true },
    { "Go-http-client/1.1", true },
    { "Java/17.0.1", true },
    { "okhttp/4.12.0", true },
    { "Deno/1.44.0", true },
    { "Bun/1.1.0", true },
    { "PostmanRuntime/7.37.3", true },
    { "Wget/1.21.4", true },
    { "x", true },
    { "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Slack/4.36 Chrome/120.0.6099.56 Electron/28.1.1 Safari/537.36", false },
    { "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/129.0.0.0 Mobile DuckDuckGo/5 Safari/537.36", false },
    { "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0.0.0 Safari/537.36 Chrome-Lighthouse", true },
    { "Mozilla/5.0 (Linux; Android 13; CUBOT X30) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0 Mobile Safari/537.36", false },
    { "Mozilla/5.0 (Linux; Android 10; Note Cubot) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0 Mobile Safari/537.36", false },
    { "Mozilla/5.0 Node/v20", true },
    { "AmazonAPIGateway_abc123", true },
    { "Amazon CloudFront", true },
    { "Python-urllib/3.11", true },
    { "aws-sdk-js/3.400.0 ua/2.0 os/linux#5.10 lang/js md/nodejs#18.17.0", true },
    { "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 NewsArticle/1.0", true },
    { "Mozilla/5.0 Umami/v20.20.2", false },
    { "Mozilla/5.0 (linux) AppleWebKit/537.36 (KHTML, like Gecko) HappyDOM/12.0.0", false },
    { "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", false },
    { "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15", false },
    { "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 musical_ly_35.0 JsSdk/2.0 NetType/WIFI Channel/App Store ByteLocale/en Region/US BytedanceWebview/d8a21c6", false },
    { "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Instagram 340.0.0.22.109 (iPhone14,5; iOS 17_5; en_US; en; scale=3.00; 1170x2532; 616155090)", false },
    { "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.50(0x1800323d) NetType/WIFI Language/zh_CN", false },
    { "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [LinkedInApp]/9.29.8962", false },
    { "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) GSA/323.0.647062479 Mobile/15E148 Safari/604.1", false },
    { "Mozilla/5.0 (Linux; Android 14; Google Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0 Mobile Safari/537.36", false },
    { "", false },
};
/* clang-format on */

static void
browsers_systems_and_devices(void **state)
{
    for (size_t i = 0; i < COUNT(known); i++) {
        const struct known *k = &known[i];
        struct umami_agent agent;

        umami_agents_judge(*state, k->user_agent, &agent);
        if (!is_same(agent.browser, k->browser) || !is_same(agent.os, k->os))
            fail_msg("%s: %s on %s", k->user_agent, agent.browser, agent.os);
        if (!is_same(umami_device(UMAMI_V2, &agent, k->screen), k->device_v2))
            fail_msg("%s: v2 device %s", k->user_agent, umami_device(UMAMI_V2, &agent, k->screen));
        if (!is_same(umami_device(UMAMI_V3, &agent, k->screen), k->device_v3))
            fail_msg("%s: v3 device %s", k->user_agent, umami_device(UMAMI_V3, &agent, k->screen));
    }
}

static void
bots_are_told_from_people(void **state)
{
    for (size_t i = 0; i < COUNT(judged); i++) {
        struct umami_agent agent;

        umami_agents_judge(*state, judged[i].user_agent, &agent);
        if ((agent.bot != NULL) != judged[i].is_bot)
            fail_msg("%s: %s", judged[i].user_agent, agent.bot == NULL ? "kept" : agent.bot);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(browsers_systems_and_devices),
        cmocka_unit_test(bots_are_told_from_people),
    };

    return cmocka_run_group_tests(tests, make_agents, free_agents);
}
