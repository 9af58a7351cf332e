/* wiring.h - the component diagram of the observability document: what is wired to what, what
 * proves that a wire carries something, and what it means when it is dark.
 * SPDX-License-Identifier: MIT
 *
 * Nothing is asked here. Who asks fills in what each wire said, and is told of each of the 21 edges
 * whether data was seen on it. An edge that nothing we may ask can tell of is not judged: it
 * "cannot be seen", and that is no fault. */
#ifndef OV_DOMAIN_WIRING_H
#define OV_DOMAIN_WIRING_H

#include <stdbool.h>
#include <stdint.h>

/* The nodes in the diagram's order, A to S. */
enum wiring_node {
    WIRING_APP,
    WIRING_ORCHESTRATOR,
    WIRING_REPLAY_SDK,
    WIRING_ANALYTICS_SDK,
    WIRING_VITALS_REPORTER,
    WIRING_ERROR_REPORTER,
    WIRING_FUNCTIONS,
    WIRING_VITALS_ENDPOINT,
    WIRING_ERRORS_ENDPOINT,
    WIRING_EMF,
    WIRING_LOGGER,
    WIRING_ANALYTICS,
    WIRING_REPLAY,
    WIRING_DATABASE,
    WIRING_RECORDINGS,
    WIRING_METRICS,
    WIRING_LOGS,
    WIRING_SEARCH,
    WIRING_DASHBOARDS,
    WIRING_NODES
};
struct wiring_node_info {
    const char *name;       /* as the document calls it */
    const char *short_name; /* where there is little room */
};
extern const struct wiring_node_info wiring_nodes[WIRING_NODES];

/* What can be asked for a proof. */
enum wiring_wire {
    WIRE_VITALS_CALLS,   /* AWS/Lambda Invocations of the web-vitals endpoint's function */
    WIRE_ERRORS_CALLS,   /* of the error endpoint's function */
    WIRE_VITALS_METRICS, /* UserMetrics/Frontend */
    WIRE_OTHER_METRICS,  /* custom metrics of the other functions */
    WIRE_ERRORS_LOG,     /* AWS/Logs IncomingLogEvents of the error endpoint's log group */
    WIRE_OTHER_LOGS,     /* of the other functions' groups */
    WIRE_ANALYTICS_LOAD, /* AWS/ApplicationELB RequestCount of Umami */
    WIRE_REPLAY_LOAD,    /* of OpenReplay */
    WIRE_DATABASE_USERS, /* UserMetrics/Database, connections of Umami's user */
    WIRE_BUCKET,         /* AWS/S3 NumberOfObjects of the recordings, which grows */
    WIRE_FORWARDED,      /* AWS/Logs ForwardedLogEvents of subscription filters */
    WIRE_HITS,           /* views, as Umami itself has counted them */
    WIRES
};

struct wiring_edge {
    enum wiring_node from, to;
    const char *label;  /* "publishes" */
    unsigned proofs;    /* 1 << enum wiring_wire: data on any of them proves it */
    const char *unseen; /* no proofs: why not */
    const char *dark;   /* what it means when nothing is seen */
    /* What proves it went by another edge, so it says nothing of how much went by this one. */
    bool is_implied;
    /* Quiet for long, or for ever, without anything being wrong: errors are reported when there are
     * some. */
    bool is_sporadic;
};
#define WIRING_EDGES 21
extern const struct wiring_edge wiring_edges[WIRING_EDGES]; /* in the diagram's order */

/* What a wire said. */
struct wiring_evidence {
    bool is_answered;    /* else nobody has said anything yet */
    bool exists;         /* there is something by that name */
    int64_t last_ms;     /* the newest data; 0: none within reach */
    double count;        /* in the range that is looked at; NaN: unknown */
    const char *source;  /* what was asked, for people */
    const char *failure; /* why it could not be asked; NULL: it could */
};

enum wiring_verdict {
    WIRING_WAITING, /* for an answer */
    WIRING_SEEN,
    WIRING_LATE,  /* seen, but not lately */
    WIRING_NEVER, /* nothing, as far back as can be asked */
    WIRING_UNSEEN /* cannot be seen, and `why` says why */
};

struct wiring_state {
    enum wiring_verdict verdict;
    int64_t last_ms;       /* 0: none */
    double count;          /* NaN: unknown, or no matter of this edge */
    enum wiring_wire wire; /* that said so; WIRES: none did */
    const char *why;       /* in words, never NULL: evidence, meaning or excuse */
    bool is_made_up;       /* what was seen is an emulator's own invention */
    /* Nothing goes out though something comes in: it is here that the data stops. */
    bool is_broken;
};

/* `is_emulator`: of what an emulator never measures nothing is expected, and what its stack makes
 * up proves nothing about the app. */
void wiring_judge(struct wiring_state out[WIRING_EDGES],
                  const struct wiring_evidence evidence[WIRES], int64_t now_ms, bool is_emulator);

#endif
