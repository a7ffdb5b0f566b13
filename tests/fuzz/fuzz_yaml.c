/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any bytes as YAML: the stream ends, in balance or with one error, and the
 * tree agrees with it.
 */

#include "configs/yaml/yaml_tree.h"
#include "sim/base/bug.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_stream(const char *bytes, size_t size)
{
	struct errors errors = ERRORS_NONE;
	struct yaml_stream *stream;
	struct yaml_item item;
	bool ended = false;
	int depth = 0;

	stream = yaml_stream_open_memory("fuzz", bytes, size, &errors);
	BUG_ON(!stream);
	while (!ended && yaml_stream_next(stream, &item, &errors) == 0) {
		depth += item.kind == YAML_SEQUENCE_START ||
			 item.kind == YAML_MAPPING_START;
		depth -= item.kind == YAML_SEQUENCE_END ||
			 item.kind == YAML_MAPPING_END;
		BUG_ON(depth < 0 || depth > YAML_DEPTH_MAX);
		BUG_ON(item.place.line == 0 || item.place.column == 0);
		ended = item.kind == YAML_END;
	}
	BUG_ON(ended != (errors.nr == 0));
	BUG_ON(ended && depth != 0);
	yaml_stream_close(stream);
	errors_release(&errors);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct errors errors = ERRORS_NONE;
	struct yaml_tree *tree;

	read_stream((const char *)data, size);
	tree = yaml_tree_load_memory("fuzz", (const char *)data, size, &errors);
	BUG_ON(!tree != (errors.nr > 0));
	yaml_tree_free(tree);
	errors_release(&errors);
	return 0;
}
