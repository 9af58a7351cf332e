/* parts.h - what hangs off the emulator's handle, for its own rooms.
 * SPDX-License-Identifier: MIT */
#ifndef OV_EMULATOR_PARTS_H
#define OV_EMULATOR_PARTS_H

#include "emulator/emulator.h"

#include <stdatomic.h>
#include <stdbool.h>

struct alarm_watch;
struct changes;
struct cost_ledger;
struct emf_listener;
struct faults;
struct insights_jobs;
struct intake;
struct keyring;
struct metric_filters;
struct live_tails;
struct names;
struct openreplay;
struct privacy;
struct rate_limit;
struct readers;
struct s3_objects;
struct service_metrics;
struct stack;
struct tally;
struct throttle;
struct umami;
struct umami_loading;

struct alarm_watch *emulator_alarm_watch(struct emulator *em);
struct changes *emulator_changes(struct emulator *em);
struct cost_ledger *emulator_cost_ledger(struct emulator *em);
struct emf_listener *emulator_emf_listener(struct emulator *em); /* NULL: no door is open */
struct faults *emulator_faults(struct emulator *em);
struct insights_jobs *emulator_insights(struct emulator *em);
struct intake *emulator_intake(struct emulator *em);
struct keyring *emulator_keyring(struct emulator *em);
struct metric_filters *emulator_metric_filters(struct emulator *em);
struct live_tails *emulator_live_tails(struct emulator *em);
const struct names *emulator_names(const struct emulator *em);
struct openreplay *emulator_openreplay(struct emulator *em);
struct privacy *emulator_privacy(struct emulator *em);
struct rate_limit *emulator_rate_limit(struct emulator *em);
struct readers *emulator_readers(struct emulator *em);
struct s3_objects *emulator_s3_objects(struct emulator *em);
struct service_metrics *emulator_service_metrics(struct emulator *em);
const struct stack *emulator_stack(const struct emulator *em); /* NULL: there is no account */
struct tally *emulator_tally(struct emulator *em);
struct throttle *emulator_throttle(struct emulator *em);
struct umami *emulator_umami(struct emulator *em);
struct umami_loading *emulator_umami_loading(struct emulator *em);

uint64_t emulator_started_ns(const struct emulator *em);
unsigned emulator_connections(const struct emulator *em); /* HTTP, open now */
atomic_uint *emulator_copies(struct emulator *em);        /* of the database, open now */
bool emulator_is_stopping(const struct emulator *em);

#endif
