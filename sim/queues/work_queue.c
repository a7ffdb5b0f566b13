/* SPDX-License-Identifier: GPL-2.0-only */
#include "sim/queues/work_queue.h"

#include <stdlib.h>

#include "sim/base/host.h"

int work_queue_add(struct work_queue *queue, struct work_item item)
{
	struct work_item *grown = host_grow(queue->item, &queue->capacity,
					    queue->nr + 1, sizeof(*grown));

	if (!grown)
		return -1;
	queue->item = grown;
	grown[queue->nr++] = item;
	return 0;
}

bool work_queue_take(struct work_queue *queue, struct work_item *item)
{
	if (queue->taken == queue->nr) {
		queue->taken = queue->nr = 0;
		return false;
	}
	*item = queue->item[queue->taken++];
	return true;
}

void work_queue_release(struct work_queue *queue)
{
	free(queue->item);
	*queue = (struct work_queue){ .nr = 0 };
}
