/* api.h - /_obsview/...: what only an emulator can tell.
 * SPDX-License-Identifier: MIT
 *
 * GET /_obsview/health
 *   {"version":..,"url":..,"emf":..|null,"db":..,"uptimeMs":..,"now":epoch ms,"environment":..,
 *    "region":..,"rateLimit":n,"connections":n,"otherClients":n,"routes":[..],"emf...":{..},
 *    "store":{..},"intake":{..}}
 * GET /_obsview/events?since=ID&limit=N&kind=http,emf-tcp&body=1
 *   {"next":ID,"oldest":ID,"forgotten":n,"events":[{"id","time","timeMs","kind","method","path",
 *    "status","verdict","reason","fault","size","durationUs","peer"}]}; with body=1 also
 *    "headers" (an array of [name, value]), "body" and "bodyCut". since=ID: from that id on,
 *    oldest first, as many as `limit`; without it the newest `limit` (200). "next" is what to
 *    pass as since.
 * GET /_obsview/events/ID
 *   one such object, with headers and body, and what is no text as "bodyBase64", too; with mask=1
 *   that only where neither it nor what was compressed into it has personal data.
 * POST /_obsview/events/ID
 *   takes a line of EMF once more, by the door it came by: {"success":true}; 404 when it is gone,
 *   409 for all else (a request is sent again by who asks), 503 when the door is shut or full
 * GET /_obsview/changes
 *   text/event-stream: "event: changed", data: a counter; at most ten a second; comments as beats.
 * GET /_obsview/stack
 *   {"name":..|null (no account),"file":path|null (the built-in one),"account","region",
 *    "environment","since","resources":n,"listed":n,
 *    "incidents":[{"name","text","from","to","active"}], times in ISO 8601,
 *    "simulated":["AWS/RDS",...]: namespaces whose figures follow from the stack file, except
 *    "measured":[{"namespace","metric"}]}
 * GET
 * /_obsview/links?kind=app-session|visitor|umami-session|umami-visit|recording|error&id=&hops=1..3
 *   {"links":[{"kind","id","hops","firstMs","lastMs"}],"partial":bool}: what was seen together with
 *   that id (hops 1), or by way of others; the nearest first
 * GET /_obsview/database
 *   an SQLite file: a copy of what is kept; 413 when it has more than 1 GiB
 * GET /_obsview/error-groups
 *   {"groups":[{"id":fingerprint,"firstMs","lastMs"}],"partial":bool}: since when each group of
 *   errors is known, of at most 2,000 the ones that came last
 * POST /_obsview/clock
 *   {"now":"2026-11-24T10:05:00Z" or epoch ms} or {"advance":seconds} moves a virtual clock on, at
 *   most a year at a time, and answers when the alarms that became due are evaluated:
 *   {"success":true,"now":epoch ms}; 409 under the real clock.
 * GET /_obsview/faults
 *   {"success":true,"faults":[{"method":..|null,"path","fault","status":n|null,"count":n|null (no
 *   end),"probability","taken":times so far,"rule":as --fault has it}]}
 * POST /_obsview/faults
 *   {"path":"/ingest/v1/web/i","status":401,"count":1,"method":"POST"}: the next `count` (1)
 *   requests to that path, of that method (any but OPTIONS), are answered with that status (400 to
 *   599) and nothing is done with them; 0 removes the rule. In place of "status" there may be
 *   "fault":"hang" or another WHAT of faults.h, and a "probability"; "count":null has no end. Or
 *   {"rule":"POST /api/send=slow:300@0.5"}, as --fault has it. Answers as GET does.
 * DELETE /_obsview/faults
 *   removes all rules; answers as GET does.
 * POST /_obsview/reset
 *   removes all data, empties the intake, the rate limits and all faults but those of --fault; the
 * alarms that a new store comes with are there again: {"success":true} */
#ifndef OV_EMULATOR_API_H
#define OV_EMULATOR_API_H

#include "emulator/exchange.h"

void api_health(struct exchange *x);
void api_events(struct exchange *x);
void api_event(struct exchange *x);
void api_again(struct exchange *x);
/* GET /_obsview/events with `type`: the things that matched, see obsview-await(1). */
void api_sightings(struct exchange *x);
void api_changes(struct exchange *x);
void api_database(struct exchange *x);
void api_stack(struct exchange *x);
void api_links(struct exchange *x);
void api_error_groups(struct exchange *x);
void api_faults(struct exchange *x);
void api_set_fault(struct exchange *x);
void api_clear_faults(struct exchange *x);
void api_clock(struct exchange *x);
void api_reset(struct exchange *x);

#endif
