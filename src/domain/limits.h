/* limits.h - every number the product promises, once, with its source.
 * SPDX-License-Identifier: MIT
 *
 * "Document" is the architecture document the stack was designed by. */
#ifndef OV_DOMAIN_LIMITS_H
#define OV_DOMAIN_LIMITS_H

#define LIMIT_BODY_BYTES 102400 /* tracking endpoints, 100 KB (document, API endpoint security) */
#define LIMIT_BODY_DISCARD \
    (8 * 1024 * 1024)            /* read and thrown away before a 413, so clients see the answer */
#define LIMIT_BODY_DISCARD_S  10 /* for that long at most */
#define LIMIT_RATE_PER_MINUTE 1000 /* per client address (document, API endpoint security) */
/* What one body of the tracking endpoints may carry. Longer texts are cut behind a whole character;
 * a session id is refused instead, because half an id is another id. */
#define LIMIT_VITALS_PER_BODY     100
#define LIMIT_VITAL_VALUE         86400000.0 /* a day in milliseconds: beyond it a clock jumped */
#define LIMIT_URL_BYTES           2048
#define LIMIT_USER_AGENT_BYTES    512
#define LIMIT_SESSION_BYTES       128
#define LIMIT_ERROR_TYPE_BYTES    128
#define LIMIT_ERROR_MESSAGE_BYTES 8192
#define LIMIT_STACK_BYTES         32768 /* and as much of component stack */

#define LIMIT_UMAMI_BODY_BYTES  (1024 * 1024)      /* ours; Umami knows no bound */
#define LIMIT_UMAMI_BATCH_BYTES (8 * 1024 * 1024)  /* likewise */
#define LIMIT_UMAMI_KEEP_MS     (365 * 86400000LL) /* analytics are kept a year (document) */

/* Session recordings; the real server takes no text of more than 10,000,000 bytes. */
#define LIMIT_RECORDING_BODY_BYTES     (2 * 1024 * 1024)  /* of a batch, as sent */
#define LIMIT_RECORDING_INFLATED_BYTES (16 * 1024 * 1024) /* and unpacked */
#define LIMIT_RECORDING_KEEP_MS        (30 * 86400000LL)  /* from a session's start (document) */

#define LIMIT_AWS_BODY_BYTES   (4 * 1024 * 1024) /* 1 MiB of text; JSON may double it, and more */
#define LIMIT_LOG_EVENT_BYTES  (1024 * 1024)     /* one log event, and so one EMF document */
#define LIMIT_LOG_BATCH_BYTES  1048576           /* PutLogEvents, counting 26 bytes an event */
#define LIMIT_LOG_EVENT_EXTRA  26
#define LIMIT_LOG_BATCH_EVENTS 10000
#define LIMIT_EMF_METRICS      100                    /* per directive (EMF specification) */
#define LIMIT_EMF_VALUES       100                    /* per metric target (EMF specification) */
#define LIMIT_PAST_MS          (14 * 86400000LL)      /* metrics and log events, two weeks back */
#define LIMIT_FUTURE_MS        (2 * 3600000LL)        /* and two hours ahead */
#define LIMIT_STORE_BYTES      (1024LL * 1024 * 1024) /* default size cap, oldest first */

/* CloudWatch keeps metric data in tiers: how long points of each resolution live. */
#define LIMIT_KEEP_1S_MS    (3 * 3600000LL)
#define LIMIT_KEEP_60S_MS   (15 * 86400000LL)
#define LIMIT_KEEP_300S_MS  (63 * 86400000LL)
#define LIMIT_KEEP_3600S_MS (455 * 86400000LL)

/* Money a month, in whole US dollars. */
#define LIMIT_PROJECT             "UserMetrics" /* tag Project (document, required tags) */
#define LIMIT_BUDGET_USD          150 /* of what carries that tag (document, budget alerts) */
#define LIMIT_BUDGET_NEAR_PERCENT 80  /* the first mark: $120; the second is 100 % */
#define LIMIT_TARGET_LOW_USD      100 /* what it should cost (document, constraints) */
#define LIMIT_TARGET_HIGH_USD     150

#endif
