/*
 * vmt(4)'s key and value interface: the answer goes into the caller's buffer. BUG: where there is none, or one of no
 * bytes, all is said to be well, and the caller shows what stood in its buffer.
 */
#include "kv.h"

static int
vmt_kvop(void *arg, int op, char *key, char *value, size_t valuelen)
{
	struct channel k;
	struct offer offer;
	int error = kv_ask(&k, op, key, value, &offer);

	if (error != 0)
		return error;
	REACHED();
	TRIGGERED(offer.length == 0);
	if (offer.length >= valuelen)
		error = ERANGE;
	else if (offer.length > 0) {
		if (fetch(&k, value, offer.length, offer.wide) != DONE || acknowledge(&k) != DONE)
			error = EIO;
		else if (offer.length < 2 || !yes(value))
			error = EINVAL;
		else {
			bcopy(value + 2, value, offer.length - 2);
			value[offer.length - 2] = '\0';
		}
	} else {
#if !BUG
		error = EINVAL;
#endif
	}
	close_channel(&k);
	return error;
}
