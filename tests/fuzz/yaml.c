// SPDX-License-Identifier: GPL-2.0-only
/*
 * Can any bytes at all break the YAML stream? And does what it lets through
 * always open and close in pairs, within the limits that it promises?
 */

#include "tests/fuzz/input.h"

#include "configs/yaml_stream.h"

static void check_item(const struct yaml_item *item, unsigned int *depth)
{
	switch (item->kind) {
	case YAML_SEQUENCE_START:
	case YAML_MAPPING_START:
		BUG_ON(++*depth > YAML_DEPTH_MAX);
		break;
	case YAML_SEQUENCE_END:
	case YAML_MAPPING_END:
		BUG_ON((*depth)-- == 0);
		break;
	case YAML_SCALAR:
		BUG_ON(item->length > YAML_SCALAR_MAX);
		BUG_ON(item->value[item->length] != '\0');
		break;
	case YAML_END:
		BUG_ON(*depth != 0);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct errors errors = ERRORS_NONE;
	struct yaml_item item = { .kind = YAML_SCALAR };
	struct yaml_stream *stream;
	unsigned int depth = 0;
	bool refused = true;

	stream = yaml_stream_open_memory("input", (const char *)data, size,
					 &errors);
	if (stream) {
		while (!(refused = yaml_stream_next(stream, &item, &errors))) {
			check_item(&item, &depth);
			if (item.kind == YAML_END)
				break;
		}
		yaml_stream_close(stream);
	}
	input_check(refused, &errors);
	return 0;
}
