/*
 * A driver that looks for a setting every 10 s, and receives again after a checkpoint, three times in all.
 * BUG: an answer that came with the last try is taken for none, and lost.
 */
#include "rpci-client.h"

#define EVERY	10
#include "poller.h"

/* @returns 0; `*answer` is the caller's to free. */
static int
receive(const struct rpc_channel *k, char **answer)
{
	uint32_t length, status;
	char *text = NULL;
	int tries = 0;

	while (tries < RETRIES) {
		tries++;
		if (rpc_offered(k, &length) != 0)
			return -EINVAL;
		text = __kmalloc((size_t)length + 1, GFP_KERNEL | GFP_ZERO);
		if (text == NULL)
			return -ENOMEM;
		status = rpc_payload_in(k, text, length);
		if (status & MESSAGE_STATUS_SUCCESS)
			status = rpc_acknowledge(k);
		if (status & MESSAGE_STATUS_SUCCESS)
			break;
		kfree(text);
		text = NULL;
		if ((status & MESSAGE_STATUS_CPT) == 0)
			return -EINVAL;
	}
	REACHED();
	TRIGGERED(tries == RETRIES && text != NULL);
#if BUG
	if (tries == RETRIES)
		return -EINVAL;
#else
	if (text == NULL)
		return -EINVAL;
#endif
	*answer = text;
	return 0;
}

static void
poll(void)
{
	struct rpc_channel k;
	char *answer;

	if (rpc_open(&k) == 0) {
		if (rpc_send(&k, "info-get " KEY("level")) == 0 && receive(&k, &answer) == 0)
			kfree(answer);
		rpc_close(&k);
	}
}

static void
removed(void)
{
}
