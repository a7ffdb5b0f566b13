/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_CONFIGS_SWEEP_H
#define KMEMSIM_CONFIGS_SWEEP_H

/*
 * A sweep: what is to be run with what. A point is a choice of one value on
 * each axis; all of them together are the grid, less what is excluded.
 */

#include "configs/config.h"
#include "configs/yaml/yaml_tree.h"

#define SWEEP_AXES_MAX 16
#define SWEEP_POINTS_MAX 100000

enum sweep_axis_kind {
	SWEEP_CONFIG,	/* values are files */
	SWEEP_WORKLOAD, /* the same */
	SWEEP_SEED,	/* numbers, and no nodes where they are a range */
	SWEEP_SETTING,	/* a dotted path of the config */
};

struct sweep_value {
	const char *text;	      /* in one line: as written, flow style */
	const struct yaml_node *node; /* NULL: out of a range */
	const char *file;	      /* the path to open, beside the sweep's */
	uint64_t seed;
	const char *name; /* of the value in file names; unique on its axis */
};

struct sweep_axis {
	enum sweep_axis_kind kind;
	const char *path; /* "sysctl.min_free_kbytes"; "config", "workload" */
	const char *name; /* in file names; unique among axes */
	struct place place;
	struct sweep_value *value;
	size_t nr;
};

/* A set of points: those whose values are all among those marked. */
struct sweep_exclude {
	bool *marked[SWEEP_AXES_MAX]; /* by value; NULL: any */
};

struct sweep {
	struct sweep_axis axis[SWEEP_AXES_MAX];
	size_t nr_axes; /* config and workload come first, and are there */
	struct sweep_exclude *exclude;
	size_t nr_excludes;
	size_t nr_points; /* of the whole grid */
	struct arena *arena;
	struct yaml_tree *tree;
};

/* Which value a point has on each axis. */
struct sweep_point {
	size_t at[SWEEP_AXES_MAX];
};

/*
 * Reads the file: its form, not what its paths and values mean to a config.
 * Errors are added; where what is left still makes points, they are there to
 * find further errors by. NULL: nothing is left. `path` is borrowed until
 * sweep_free().
 */
struct sweep *sweep_load(const char *path, struct errors *errors);
void sweep_free(struct sweep *sweep);

/* For sweep_load() alone: names axes and values. -1: no memory. */
int sweep_make_names(struct sweep *sweep);

/* Point number n < nr_points; the last axis goes fastest. */
void sweep_point(const struct sweep *sweep, size_t n,
		 struct sweep_point *point);
bool sweep_is_excluded(const struct sweep *sweep,
		       const struct sweep_point *point);

/* The value that the point has on the axis of that kind, or NULL. */
const struct sweep_value *sweep_value_of(const struct sweep *sweep,
					 const struct sweep_point *point,
					 enum sweep_axis_kind kind);

/* The settings of a point: put[] has room for SWEEP_AXES_MAX. Their number. */
size_t sweep_puts(const struct sweep *sweep, const struct sweep_point *point,
		  struct config_put *put);

/*
 * Appends the point's name, from the axes that have more than one value, as in
 * "nic-rx,min_free_kbytes=1024,seed=3"; unique in the sweep.
 */
void sweep_point_name(const struct sweep *sweep,
		      const struct sweep_point *point, struct text *out);

#endif
