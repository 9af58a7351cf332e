/* hit_words.h - what a request of Umami's tracker was, and what production would have made of it.
 * SPDX-License-Identifier: MIT
 *
 * An event of the emulator's intake comes in (GET /_obsview/events); it is foreign. */
#ifndef OV_TUI_VIEWS_HIT_WORDS_H
#define OV_TUI_VIEWS_HIT_WORDS_H

#include "base/mem.h"
#include "tui/model.h"

#include <cjson/cJSON.h>
#include <stdbool.h>

/* It was posted to one of Umami's collection endpoints. */
bool hit_is(const cJSON *event);
/* What the emulator made of it: "Umami-Session"; "" when it did not say. */
const char *hit_detail(const cJSON *event, const char *name);
bool hit_is_detail(const char *header);
/* "view", "event", "identify", "performance"; "" when it was none. */
const char *hit_type(const cJSON *event);

enum level hit_level(const cJSON *event);
/* In a word, for lists: "counted", "bot: production would drop it". */
const char *hit_verdict(struct arena *arena, const cJSON *event);

/* For the panel of one request; to be added before what every request has. */
#define HIT_FACTS    6
#define HIT_PASSAGES 3
size_t hit_facts(struct fact facts[HIT_FACTS], struct arena *arena, const cJSON *event);
size_t hit_passages(struct passage passages[HIT_PASSAGES], struct arena *arena, const cJSON *event);

#endif
