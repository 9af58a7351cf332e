/* test_wiring.c - the diagram, and what is said of its edges.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "domain/wiring.h"

#define NOW    INT64_C(1795490423000)
#define MINUTE INT64_C(60000)

/* The arrows of the document, by the letters of its nodes. */
static const char document[] = "AB BC BD BE BF CM DL EH FI GJ GK HJ IK JP KQ LN MO QR SP SQ SR";

struct lit {
    struct wiring_evidence evidence[WIRES];
    struct wiring_state states[WIRING_EDGES];
};

/* Every wire has answered and carried something a minute ago. */
static void
light_all(struct lit *l)
{
    for (int w = 0; w < WIRES; w++)
        l->evidence[w] = (struct wiring_evidence){ .is_answered = true,
                                                   .exists = true,
                                                   .last_ms = NOW - MINUTE,
                                                   .count = 30,
                                                   .source = "a source" };
}

static void
judge(struct lit *l, bool is_emulator)
{
    wiring_judge(l->states, l->evidence, NOW, is_emulator);
}

/* The edge between two letters. */
static size_t
edge(const char *letters)
{
    for (size_t i = 0; i < WIRING_EDGES; i++) {
        if (wiring_edges[i].from == (enum wiring_node)(letters[0] - 'A') &&
            wiring_edges[i].to == (enum wiring_node)(letters[1] - 'A'))
            return i;
    }
    fail_msg("no edge %s", letters);
    return 0;
}

/* The letters of all edges with this verdict. */
static const char *
with_verdict(const struct lit *l, enum wiring_verdict verdict)
{
    static char text[WIRING_EDGES * 3 + 1];
    size_t len = 0;

    text[0] = '\0';
    for (size_t i = 0; i < WIRING_EDGES; i++) {
        if (l->states[i].verdict == verdict)
            len += (size_t)snprintf(text + len, sizeof text - len, "%s%c%c", len > 0 ? " " : "",
                                    'A' + (int)wiring_edges[i].from, 'A' + (int)wiring_edges[i].to);
    }
    return text;
}

static void
the_arrows_are_those_of_the_document(void **state)
{
    char text[sizeof document] = "";

    (void)state;
    for (size_t i = 0; i < WIRING_EDGES; i++) {
        const struct wiring_edge *e = &wiring_edges[i];

        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%c%c", i > 0 ? " " : "",
                 'A' + (int)e->from, 'A' + (int)e->to);
        assert_true((e->proofs == 0) == (e->unseen != NULL));
        assert_true((e->proofs == 0) == (e->dark == NULL));
        assert_true(e->proofs < 1u << WIRES);
    }
    assert_string_equal(text, document);
    for (size_t i = 0; i < WIRING_NODES; i++)
        assert_true(strlen(wiring_nodes[i].short_name) <= strlen(wiring_nodes[i].name));
}

static void
all_that_can_be_seen_is_seen(void **state)
{
    struct lit l;

    (void)state;
    light_all(&l);
    judge(&l, false);
    assert_string_equal(with_verdict(&l, WIRING_SEEN),
                        "AB BC BD BE BF CM DL EH FI GJ GK HJ IK JP KQ LN MO QR");
    assert_string_equal(with_verdict(&l, WIRING_UNSEEN), "SP SQ SR");
    for (size_t i = 0; i < WIRING_EDGES; i++) {
        assert_false(l.states[i].is_broken);
        assert_non_null(l.states[i].why);
        assert_true(isnan(l.states[i].count) ==
                    (wiring_edges[i].is_implied || wiring_edges[i].proofs == 0));
    }
}

/* What the EMF sink makes is metrics: without it exactly the path through EMF is dark. */
static void
without_the_emf_sink_one_path_is_dark(void **state)
{
    struct lit l;

    (void)state;
    light_all(&l);
    l.evidence[WIRE_VITALS_METRICS] = (struct wiring_evidence){ .is_answered = true };
    l.evidence[WIRE_OTHER_METRICS] = (struct wiring_evidence){ .is_answered = true };
    judge(&l, false);
    assert_string_equal(with_verdict(&l, WIRING_NEVER), "GJ HJ JP");
    assert_string_equal(with_verdict(&l, WIRING_SEEN),
                        "AB BC BD BE BF CM DL EH FI GK IK KQ LN MO QR");
    assert_true(l.states[edge("HJ")].is_broken); /* vitals come in, no metric goes out */
    assert_false(l.states[edge("JP")].is_broken);
    assert_false(l.states[edge("GJ")].is_broken);
}

static void
late_is_later_than_a_quarter_of_an_hour(void **state)
{
    static const struct {
        enum wiring_wire wire;
        const char *edge;
        int64_t ago_ms;
        enum wiring_verdict verdict;
    } cases[] = {
        { WIRE_OTHER_METRICS, "GJ", 15 * MINUTE, WIRING_SEEN },
        { WIRE_OTHER_METRICS, "GJ", 15 * MINUTE + 1, WIRING_LATE },
        { WIRE_ERRORS_LOG, "IK", 9 * 24 * 60 * MINUTE, WIRING_SEEN }, /* no errors are fine */
        { WIRE_BUCKET, "MO", 72 * 60 * MINUTE, WIRING_SEEN },
        { WIRE_BUCKET, "MO", 72 * 60 * MINUTE + 1, WIRING_LATE },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct lit l;

        light_all(&l);
        l.evidence[cases[i].wire].last_ms = NOW - cases[i].ago_ms;
        judge(&l, false);
        assert_int_equal(l.states[edge(cases[i].edge)].verdict, cases[i].verdict);
        assert_true(l.states[edge(cases[i].edge)].last_ms == NOW - cases[i].ago_ms);
    }
}

/* Never, cannot be seen and not answered are three things. */
static void
darkness_has_reasons(void **state)
{
    struct lit l = { 0 };

    (void)state;
    judge(&l, false);
    assert_int_equal(l.states[edge("EH")].verdict, WIRING_WAITING);
    assert_int_equal(l.states[edge("SP")].verdict, WIRING_UNSEEN);

    for (int w = 0; w < WIRES; w++)
        l.evidence[w] = (struct wiring_evidence){ .is_answered = true };
    judge(&l, false);
    assert_string_equal(with_verdict(&l, WIRING_NEVER), "AB BE BF EH FI GJ GK HJ IK JP KQ QR");
    assert_string_equal(l.states[edge("CM")].why,
                        "no load balancer or target group has replay in its name");
    judge(&l, true);
    assert_int_equal(l.states[edge("QR")].verdict, WIRING_UNSEEN);
    assert_string_equal(l.states[edge("QR")].why,
                        "the emulator keeps subscription filters and forwards nothing");

    l.evidence[WIRE_REPLAY_LOAD].exists = true; /* it is there, and nobody came */
    judge(&l, false);
    assert_int_equal(l.states[edge("CM")].verdict, WIRING_NEVER);
    assert_int_equal(l.states[edge("BC")].verdict, WIRING_NEVER);

    l.evidence[WIRE_OTHER_LOGS] =
        (struct wiring_evidence){ .failure = "access denied: CloudWatch ListMetrics" };
    judge(&l, false);
    assert_int_equal(l.states[edge("GK")].verdict, WIRING_UNSEEN);
    assert_string_equal(l.states[edge("GK")].why, "access denied: CloudWatch ListMetrics");
    assert_int_equal(l.states[edge("KQ")].verdict, WIRING_NEVER); /* the other wire could tell */
}

/* The load balancers and buckets of an emulator are those of its stack file: nothing that was
 * loaded in a browser follows from them, and nothing is missed behind them. */
static void
what_is_made_up_proves_itself_alone(void **state)
{
    struct lit l = { 0 };

    (void)state;
    for (int w = 0; w < WIRES; w++)
        l.evidence[w] = (struct wiring_evidence){ .is_answered = true };
    l.evidence[WIRE_REPLAY_LOAD] = (struct wiring_evidence){
        .is_answered = true, .exists = true, .last_ms = NOW, .count = 9, .source = "RequestCount"
    };
    l.evidence[WIRE_BUCKET].exists = true; /* as large as ever */
    judge(&l, true);
    assert_string_equal(with_verdict(&l, WIRING_SEEN), "CM");
    assert_true(l.states[edge("CM")].is_made_up);
    assert_string_equal(with_verdict(&l, WIRING_NEVER), "AB BE BF EH FI GJ GK HJ IK JP KQ");
    assert_non_null(strstr(l.states[edge("BC")].why, "made up"));
    for (size_t i = 0; i < WIRING_EDGES; i++)
        assert_false(l.states[i].is_broken);

    judge(&l, false); /* the same of an account is a fact */
    assert_string_equal(with_verdict(&l, WIRING_SEEN), "AB BC CM");
    assert_true(l.states[edge("MO")].is_broken);
}

static void
the_newest_proof_counts(void **state)
{
    struct lit l;

    (void)state;
    light_all(&l);
    l.evidence[WIRE_VITALS_CALLS].last_ms = 0;
    l.evidence[WIRE_VITALS_METRICS].last_ms = NOW - 2 * MINUTE;
    l.evidence[WIRE_VITALS_METRICS].source = "metrics";
    judge(&l, false);
    assert_string_equal(l.states[edge("EH")].why, "metrics");
    assert_int_equal(l.states[edge("EH")].wire, WIRE_VITALS_METRICS);
    assert_true(l.states[edge("AB")].last_ms == NOW - MINUTE);
}

/* What an emulator makes up is always newer than what really came. */
static void
real_data_outweighs_what_is_made_up(void **state)
{
    struct lit l;

    (void)state;
    light_all(&l);
    l.evidence[WIRE_HITS].last_ms = NOW - 5 * MINUTE;
    judge(&l, true);
    assert_int_equal(l.states[edge("DL")].wire, WIRE_HITS);
    assert_false(l.states[edge("DL")].is_made_up);
    assert_int_equal(l.states[edge("BD")].wire, WIRE_HITS);
    assert_true(l.states[edge("CM")].is_made_up);
    judge(&l, false);
    assert_int_equal(l.states[edge("DL")].wire, WIRE_ANALYTICS_LOAD);
    l.evidence[WIRE_HITS].last_ms = 0;
    judge(&l, true);
    assert_true(l.states[edge("DL")].is_made_up);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_arrows_are_those_of_the_document),
        cmocka_unit_test(all_that_can_be_seen_is_seen),
        cmocka_unit_test(without_the_emf_sink_one_path_is_dark),
        cmocka_unit_test(late_is_later_than_a_quarter_of_an_hour),
        cmocka_unit_test(darkness_has_reasons),
        cmocka_unit_test(what_is_made_up_proves_itself_alone),
        cmocka_unit_test(the_newest_proof_counts),
        cmocka_unit_test(real_data_outweighs_what_is_made_up),
    };

    return cmocka_run_group_tests_name("wiring", tests, NULL, NULL);
}
