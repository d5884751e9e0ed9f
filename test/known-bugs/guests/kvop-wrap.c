/*
 * vmt(4)'s key and value interface: the answer goes into the caller's buffer. BUG: the room for its NUL is added in
 * 32 bits, so that the longest answer of all seems to fit.
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
	TRIGGERED(offer.length == 0xffffffff);
	error = EINVAL;
	if (offer.length == 0)
		goto out;
#if BUG
	if (offer.length + 1 > valuelen) {
#else
	if (offer.length >= valuelen) {
#endif
		error = ERANGE;
		goto out;
	}
	if (fetch(&k, value, offer.length, offer.wide) != DONE || acknowledge(&k) != DONE)
		error = EIO;
	else if (offer.length >= 2 && yes(value)) {
		bcopy(value + 2, value, offer.length - 2);
		value[offer.length - 2] = '\0';
		error = 0;
	}
out:
	close_channel(&k);
	return error;
}
