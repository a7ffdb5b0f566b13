/* SPDX-License-Identifier: GPL-2.0-only */
#include "models/folio.h"

void folio_io_done(struct memory *memory, const struct io_request *request)
{
	(void)memory;
	(void)request;
}
