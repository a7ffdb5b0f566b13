/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rows of `run`, `machine`, `node` and `zone`. The run's row is there from
 * the start, with status `interrupted`, and is brought up to date with each
 * commit; only the end writes how the run came out, how long it took and its
 * digest.
 */

#include "results/record/run_row.h"

static const char *const status_names[] = {
	[RUN_COMPLETE] = "complete",
	[RUN_INTERRUPTED] = "interrupted",
	[RUN_FAILED] = "failed",
};

static void bind_text(sqlite3_stmt *statement, const char *name,
		      const char *text)
{
	sqlite3_bind_text(statement,
			  sqlite3_bind_parameter_index(statement, name),
			  text ? text : "", -1, SQLITE_TRANSIENT);
}

static void bind_int(sqlite3_stmt *statement, const char *name, uint64_t number)
{
	sqlite3_bind_int64(statement,
			   sqlite3_bind_parameter_index(statement, name),
			   (sqlite3_int64)number);
}

static void bind_real(sqlite3_stmt *statement, const char *name, double number)
{
	sqlite3_bind_double(statement,
			    sqlite3_bind_parameter_index(statement, name),
			    number);
}

static int finish(const struct database *database, sqlite3_stmt *statement,
		  struct errors *errors)
{
	int result = database_step(database, statement, errors);

	sqlite3_finalize(statement);
	return result < 0 ? -1 : 0;
}

/* "PATH sha256:DIGEST", the digest only where it is known. */
static void bind_workload(sqlite3_stmt *statement,
			  const struct recorder_options *options)
{
	struct text text = TEXT_EMPTY;

	text_add(&text, "%s", options->workload_path);
	if (options->workload_sha256)
		text_add(&text, " sha256:%s", options->workload_sha256);
	bind_text(statement, ":workload", text.s);
	text_release(&text);
}

static void bind_name(sqlite3_stmt *statement,
		      const struct recorder_options *options)
{
	struct text text = TEXT_EMPTY;

	text_add(&text, "%s on %s", options->workload_name,
		 options->config_name);
	bind_text(statement, ":name", text.s);
	text_release(&text);
}

/* "DMA: 0, DMA32: 684, …": pages kept from requests for each zone type. */
static void bind_reserve(sqlite3_stmt *statement, const struct memory *memory,
			 const struct zone *zone)
{
	struct text text = TEXT_EMPTY;

	for (int type = 0; type < NR_ZONE_TYPES; type++)
		if (memory->zone_types & 1u << type)
			text_add(&text, "%s%s: %lld", text.length ? ", " : "",
				 zone_type_names[type],
				 (long long)zone->lowmem_reserve[type]);
	bind_text(statement, ":lowmem_reserve", text.s);
	text_release(&text);
}

static int insert_zones(const struct database *database,
			const struct memory *memory, struct errors *errors)
{
	unsigned int n;

	for (n = 0; n < memory->nr_zones; n++) {
		const struct zone *zone = &memory->zone[n];
		sqlite3_stmt *statement = database_prepare(
			database,
			"INSERT INTO zone VALUES (1, :node, :zone, :start_pfn,"
			" :spanned, :present, :managed, :min, :low, :high,"
			" :lowmem_reserve, :pcp_high, :pcp_batch,"
			" :threshold)",
			errors);

		if (!statement)
			return -1;
		bind_int(statement, ":node", (uint64_t)zone->node);
		bind_text(statement, ":zone", zone_type_names[zone->type]);
		bind_int(statement, ":start_pfn", zone->start_pfn);
		bind_int(statement, ":spanned", zone->spanned_pages);
		bind_int(statement, ":present", zone->present_pages);
		bind_int(statement, ":managed", zone->managed_pages);
		bind_int(statement, ":min", zone->watermark[WMARK_MIN]);
		bind_int(statement, ":low", zone->watermark[WMARK_LOW]);
		bind_int(statement, ":high", zone->watermark[WMARK_HIGH]);
		bind_reserve(statement, memory, zone);
		bind_int(statement, ":pcp_high", zone->pcp_high);
		bind_int(statement, ":pcp_batch", zone->pcp_batch);
		bind_int(statement, ":threshold", zone->stat_threshold);
		if (finish(database, statement, errors))
			return -1;
	}
	return 0;
}

/* "DMA DMA32 Normal Movable" */
static void bind_zone_types(sqlite3_stmt *statement,
			    const struct machine_desc *machine)
{
	struct text text = TEXT_EMPTY;

	for (int type = 0; type < NR_ZONE_TYPES; type++)
		if (machine->zone_types & 1u << type)
			text_add(&text, "%s%s", text.length ? " " : "",
				 zone_type_names[type]);
	bind_text(statement, ":zone_types", text.s);
	text_release(&text);
}

static const char *const slab_words[] = {
#define X(value, functions, word) [SLAB_ALLOCATOR_##value] = word,
	SLAB_ALLOCATORS(X)
#undef X
};

static int insert_machine(const struct database *database,
			  const struct machine_desc *machine,
			  struct errors *errors)
{
	sqlite3_stmt *statement = database_prepare(
		database,
		"INSERT INTO machine VALUES (1, :address_bits, :page_offset,"
		" :vmalloc_start, :vmalloc_size, :zone_types, :zone_device,"
		" :numa, :transparent_hugepage, :slab_allocator)",
		errors);

	if (!statement)
		return -1;
	bind_int(statement, ":address_bits", machine->address_bits);
	bind_int(statement, ":page_offset", machine->page_offset);
	bind_int(statement, ":vmalloc_start", machine->vmalloc_start);
	bind_int(statement, ":vmalloc_size", machine->vmalloc_size);
	bind_zone_types(statement, machine);
	bind_int(statement, ":zone_device", machine->zone_device);
	bind_int(statement, ":numa", machine->numa);
	bind_int(statement, ":transparent_hugepage",
		 machine->transparent_hugepage);
	bind_text(statement, ":slab_allocator",
		  slab_words[machine->slab_allocator]);
	return finish(database, statement, errors);
}

/* A node's CPUs as the kernel lists them: "0-3,8". */
static void bind_cpus(sqlite3_stmt *statement, const struct memory *memory,
		      node_t node)
{
	struct text text = TEXT_EMPTY;
	bool of_node[MAX_CPUS];

	for (uint32_t cpu = 0; cpu < memory->nr_cpus; cpu++)
		of_node[cpu] = memory->cpu_node[cpu] == node;
	text_add_ranges(&text, of_node, memory->nr_cpus);
	bind_text(statement, ":cpus", text.s);
	text_release(&text);
}

static int insert_nodes(const struct database *database,
			const struct memory *memory, struct errors *errors)
{
	for (unsigned int n = 0; n < memory->nr_nodes; n++) {
		sqlite3_stmt *statement = database_prepare(
			database, "INSERT INTO node VALUES (1, :node, :cpus)",
			errors);

		if (!statement)
			return -1;
		bind_int(statement, ":node", (uint64_t)memory->node[n].id);
		bind_cpus(statement, memory, memory->node[n].id);
		if (finish(database, statement, errors))
			return -1;
	}
	return 0;
}

int run_row_insert(const struct database *database,
		   const struct recorder_options *options,
		   const struct memory *memory, struct errors *errors)
{
	sqlite3_stmt *statement = database_prepare(
		database,
		"INSERT INTO run VALUES (:run_id, :name, :config, :workload,"
		" :seed, :version, 'interrupted', 0, 0, NULL, NULL,"
		" :config_name, :workload_name, :workload_path,"
		" nullif(:sha256, ''), 0, 0, 0, :log_ops, :page_size,"
		" :nr_orders, :pageblock_order, :timeline,"
		" nullif(:config_path, ''), nullif(:until_ns, 0), 0)",
		errors);

	if (!statement)
		return -1;
	bind_int(statement, ":run_id", RUN_ID);
	bind_name(statement, options);
	bind_text(statement, ":config", options->config_text);
	bind_workload(statement, options);
	bind_int(statement, ":seed", options->seed);
	bind_text(statement, ":version", options->version);
	bind_text(statement, ":config_name", options->config_name);
	bind_text(statement, ":workload_name", options->workload_name);
	bind_text(statement, ":workload_path", options->workload_path);
	bind_text(statement, ":sha256", options->workload_sha256);
	bind_text(statement, ":log_ops", log_ops_names[options->log_ops]);
	bind_int(statement, ":page_size", 1ULL << memory->page_shift);
	bind_int(statement, ":nr_orders", memory->nr_orders);
	bind_int(statement, ":pageblock_order", memory->pageblock_order);
	bind_int(statement, ":timeline", options->timeline);
	bind_text(statement, ":config_path", options->config_path);
	bind_int(statement, ":until_ns", options->until_ns);
	if (finish(database, statement, errors))
		return -1;
	if (insert_machine(database, memory->desc, errors) ||
	    insert_nodes(database, memory, errors))
		return -1;
	return insert_zones(database, memory, errors);
}

int run_row_update(const struct database *database,
		   const struct run_totals *totals, bool ended,
		   struct errors *errors)
{
	sqlite3_stmt *statement = database_prepare(
		database,
		"UPDATE run SET status = :status, ops = :ops,"
		" failed = :failed, skipped = :skipped,"
		" not_begun = :not_begun,"
		" violations = :violations, sim_ns = :sim_ns,"
		" wall_s = :wall_s, digest = nullif(:digest, '')",
		errors);

	if (!statement)
		return -1;
	bind_text(statement, ":status",
		  status_names[ended ? totals->status : RUN_INTERRUPTED]);
	bind_int(statement, ":ops", totals->ops);
	bind_int(statement, ":failed", totals->failed);
	bind_int(statement, ":skipped", totals->skipped);
	bind_int(statement, ":not_begun", totals->not_begun);
	bind_int(statement, ":violations", totals->violations);
	bind_int(statement, ":sim_ns", totals->sim_ns);
	if (ended)
		bind_real(statement, ":wall_s", totals->wall_s);
	bind_text(statement, ":digest", ended ? totals->digest : NULL);
	return finish(database, statement, errors);
}

int run_row_fail(const struct database *database, double wall_s,
		 struct errors *errors)
{
	sqlite3_stmt *statement = database_prepare(
		database,
		"UPDATE run SET status = :status, wall_s = :wall_s,"
		" digest = NULL",
		errors);

	if (!statement)
		return -1;
	bind_text(statement, ":status", status_names[RUN_FAILED]);
	bind_real(statement, ":wall_s", wall_s);
	return finish(database, statement, errors);
}
