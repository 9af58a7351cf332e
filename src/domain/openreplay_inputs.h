/* openreplay_inputs.h - what fields became: the values sampled while somebody typed
 * (SetInputValue), joined with the one that was committed (InputChange).
 * SPDX-License-Identifier: MIT */
#ifndef OV_DOMAIN_OPENREPLAY_INPUTS_H
#define OV_DOMAIN_OPENREPLAY_INPUTS_H

#include "domain/openreplay_message.h"

/* Messages, and fields, beyond it are not kept. */
#define OPENREPLAY_INPUTS_MAX 200000

struct openreplay_field_key {
    uint64_t tab, page_no, node;
};
/* One message about a field. Texts are borrowed until openreplay_inputs_each() is through. */
struct openreplay_input {
    int64_t time_ms;
    size_t body, offset;
    const char *tab, *page;
    bool is_commit;
    bool is_focused; /* of samples */
    bool is_masked;  /* of commits */
    int64_t mask;    /* of samples: -1 hidden, else how long the masked value is */
    struct openreplay_text value, label;
    int64_t hesitation_ms, typing_ms;
};
/* What it comes to: the commit, or the last sample of a field that was never committed. */
struct openreplay_edit {
    const struct openreplay_field_key *key;
    const char *element; /* NULL: not known */
    const struct openreplay_input *last;
    const struct openreplay_input *sample; /* the value as it stood; NULL: only the commit came */
    unsigned messages;
};

struct openreplay_inputs;

struct openreplay_inputs *openreplay_inputs_new(void);
void openreplay_inputs_free(struct openreplay_inputs *inputs); /* NULL is fine */
void openreplay_inputs_name(struct openreplay_inputs *inputs,
                            const struct openreplay_field_key *key, const char *element);
/* NULL: it was not named yet. */
const char *openreplay_inputs_element(const struct openreplay_inputs *inputs,
                                      const struct openreplay_field_key *key);
/* false: not kept. The first sample of a node in a document (`generation` counts them) is what the
 * page came with, unless the field has the focus. */
bool openreplay_inputs_add(struct openreplay_inputs *inputs, const struct openreplay_field_key *key,
                           unsigned generation, const struct openreplay_input *input);

typedef void openreplay_edit_made(void *arg, const struct openreplay_edit *edit);
void openreplay_inputs_each(struct openreplay_inputs *inputs, openreplay_edit_made *made,
                            void *arg);

#endif
