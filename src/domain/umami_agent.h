/* umami_agent.h - what a user agent is: browser, system, device, or a bot.
 * SPDX-License-Identifier: MIT */
#ifndef OV_DOMAIN_UMAMI_AGENT_H
#define OV_DOMAIN_UMAMI_AGENT_H

#include "base/err.h"
#include "domain/umami_send.h"

struct umami_agents;

/* The rules, compiled. The names they give live as long. */
MUST_CHECK enum status umami_agents_new(struct umami_agents **out, struct err *err);
void umami_agents_free(struct umami_agents *agents); /* NULL is fine */

struct umami_agent {
    const char *browser; /* NULL: none of the known */
    const char *os;      /* likewise */
    const char *kind;    /* "mobile", "tablet", ... as the newer dialect sees it; NULL: a computer */
    const char *bot;     /* the rule that makes it a bot, as a person would put it; NULL: it is none */
};
/* May be called by any number of threads at a time. */
void umami_agents_judge(const struct umami_agents *agents, const char *user_agent,
                        struct umami_agent *out);

/* "desktop", "laptop", "tablet", "mobile" and what else `agent` names; NULL: unknown. */
const char *umami_device(enum umami_dialect dialect, const struct umami_agent *agent,
                         const char *screen);

#endif
