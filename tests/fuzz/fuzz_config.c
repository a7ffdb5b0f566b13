/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any bytes as a config: it loads or there are errors, and what loads is told
 * by an effective config that loads to the same text.
 */

#include "configs/config.h"
#include "sim/base/bug.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_file(const char *path, const void *bytes, size_t size)
{
	FILE *file = fopen(path, "w");

	BUG_ON(!file);
	BUG_ON(fwrite(bytes, 1, size, file) != size);
	BUG_ON(fclose(file) != 0);
}

static struct config *load(const char *path)
{
	const char *root = getenv("KMEMSIM_DATA");
	struct errors errors = ERRORS_NONE;
	struct config *config;
	char dir[4096];
	const char *const dirs[] = { dir, NULL };

	snprintf(dir, sizeof(dir), "%s/configs", root ? root : ".");
	config = config_load(path, NULL, dirs, &errors);
	BUG_ON(!config != (errors.nr > 0));
	errors_release(&errors);
	return config;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char dir[] = "/tmp/kmemsim-fuzz-XXXXXX", path[64];
	struct config *config, *again;

	/* In a folder of its own, so that names in it find nothing else. */
	BUG_ON(!mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/c.yaml", dir);
	write_file(path, data, size);
	config = load(path);
	if (config) {
		write_file(path, config->text, strlen(config->text));
		again = load(path);
		BUG_ON(!again || strcmp(config->text, again->text) != 0);
		config_free(again);
	}
	config_free(config);
	unlink(path);
	rmdir(dir);
	return 0;
}
