/* analytics.h - what the views that show visitors share.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TUI_VIEWS_ANALYTICS_H
#define OV_TUI_VIEWS_ANALYTICS_H

#include "tui/views/parts.h"
#include "umami/question.h"

#define ANALYTICS_SOURCE "Umami API"

/* The website that is looked at: the one entered, the one of the settings, else the first by name.
 * False while none is known; then *why may be the reason, else NULL. */
bool analytics_website(struct umami_website *out, struct arena *arena, const struct view_query *q,
                       const char **why);
/* "shop.example": its domain, or its name. */
const char *analytics_website_word(const struct umami_website *website);

/* The word for the website that is looked at, when there are others; else NULL. */
const char *analytics_one_of_several(struct arena *arena, const struct view_query *q);

void analytics_ask_websites(struct ask_list *asks);
/* What a panel about a website needs to know first, and then its figures in the range and before,
 * its views in steps, and who is there now. */
void analytics_ask_summary(struct ask_list *asks, const struct view_query *q);
/* The answer about a website, NULL: none yet. The topic's, for metrics with its type. */
const struct answer *analytics_answer(struct arena *arena, const struct view_query *q,
                                      const char *website, enum umami_topic topic,
                                      const char *type);

/* So many of the figures, against those before, and a graph of views; without name and title. */
#define ANALYTICS_FIGURES       5
#define ANALYTICS_FIGURES_SHORT 4
void analytics_build_summary(struct panel *panel, struct arena *arena, const struct view_query *q,
                             size_t figures);

/* Hits as they come, newest first (hits_model.c). */
void hits_ask(struct ask_list *asks, const struct view_query *q);
void hits_build(struct panel *panel, struct arena *arena, const struct view_query *q);

#endif
