/* pvbus(4)'s key and value interface on top of a toolbox: what hostctl(8) calls. */
#ifndef KV_H
#define KV_H

#include "openbsd.h"
#include "toolbox.h"

struct vmt_softc;

#define OWN_attached
static void attached(struct vmt_softc *, struct pvbus_hv *);

#include "toolbox-openbsd.h"

#define KV_ROOM	1024

static int	vmt_kvop(void *, int, char *, char *, size_t);

static void
attached(struct vmt_softc *sc, struct pvbus_hv *hv)
{
	hv->hv_kvop = vmt_kvop;
	hv->hv_arg = sc;
}

/* The request as text, to be freed with KV_ROOM. @returns NULL for one that does not fit, or is none. */
static char *
kv_request(int op, const char *key, const char *value)
{
	char *text = malloc(KV_ROOM, M_TEMP, M_WAITOK | M_ZERO);
	int length = -1;

	if (op == PVBUS_KVREAD)
		length = snprintf(text, KV_ROOM, "info-get %s", key);
	else if (op == PVBUS_KVWRITE)
		length = snprintf(text, KV_ROOM, "info-set %s %s", key, value);
	if (length >= 0 && length < KV_ROOM)
		return text;
	free(text, M_TEMP, KV_ROOM);
	return NULL;
}

/*
 * Opens a channel and sends the request. @returns 0, and whether there is an answer of how many bytes; else an error,
 * and no channel is open.
 */
static int
kv_ask(struct channel *k, int op, const char *key, const char *value, struct offer *offer)
{
	struct regs r;
	char *text = kv_request(op, key, value);
	int error = EIO;

	if (text == NULL)
		return EINVAL;
	if (open_channel(k, RPCI_PROTOCOL_NUM) == 0) {
		if (send_message(k, text, strlen(text)) == DONE && step(k, MESSAGE_TYPE_RECVSIZE, 0, &r) == DONE) {
			*offer = (struct offer){ 0, ((uint32_t)r.c >> 16 & MESSAGE_STATUS_HB) != 0 };
			if ((uint32_t)r.c >> 16 & MESSAGE_STATUS_DORECV)
				offer->length = r.b;
			error = 0;
		} else
			close_channel(k);
	}
	free(text, M_TEMP, KV_ROOM);
	return error;
}

#endif
