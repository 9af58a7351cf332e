/* emf_mend.h - a document with faults as it should have been written.
 * SPDX-License-Identifier: MIT */
#ifndef OV_DOMAIN_EMF_MEND_H
#define OV_DOMAIN_EMF_MEND_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Appends a document in which emf_read() finds no fault at `now_ms`, and metrics: what the line
 * has, with slips undone where the document itself says what was meant, and what has no meaning
 * left out. false: that takes a decision (a name, a namespace, what to leave out), or there is
 * nothing to mend; then nothing is appended. */
bool emf_mend(struct buf *out, const char *line, size_t len, int64_t now_ms);

#endif
