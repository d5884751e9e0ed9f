/*
 * A driver with a file: who reads it gets the host's answer. BUG: all of the answer is stored, however little the
 * reader has room for.
 */
#include "rpci-client.h"

struct file;

struct file_operations {
	void	*owner;
	long	(*llseek)(struct file *, long, int);
	long	(*read)(struct file *, char *, size_t, long *);
	long	(*write)(struct file *, const char *, size_t, long *);
	void	*more[28];
};

struct dentry;
struct dentry *debugfs_create_file(const char *, unsigned short, struct dentry *, void *,
    const struct file_operations *);
void	debugfs_remove(struct dentry *);

static struct dentry *entry;

static long
guest_read(struct file *file, char *to, size_t room, long *position)
{
	struct rpc_channel k;
	uint32_t length;
	char *reply = NULL;
	long result = -EINVAL;
	size_t count;

	if (rpc_open(&k) != 0)
		return -EIO;
	if (rpc_send(&k, "info-get " KEY("file")) != 0 || rpc_offered(&k, &length) != 0 || length > 65536)
		goto out;
	reply = __kmalloc((size_t)length + 1, GFP_KERNEL | GFP_ZERO);
	if (reply == NULL)
		goto out;
	if ((rpc_payload_in(&k, reply, length) & MESSAGE_STATUS_SUCCESS) == 0 ||
	    (rpc_acknowledge(&k) & MESSAGE_STATUS_SUCCESS) == 0)
		goto out;
	REACHED();
	TRIGGERED(length > room);
#if BUG
	count = length;
#else
	count = length < room ? length : room;
#endif
	result = _copy_to_user(to, reply, count) == 0 ? (long)count : -EFAULT;
out:
	kfree(reply);
	rpc_close(&k);
	return result;
}

static const struct file_operations guest_operations = { .read = guest_read };

int
init_module(void)
{
	struct rpc_channel k;

	if (rpc_open(&k) == 0) {
		rpc_send(&k, "log guest file ready");
		rpc_close(&k);
	}
	entry = debugfs_create_file("guest", 0600, NULL, NULL, &guest_operations);
	return 0;
}

void
cleanup_module(void)
{
	debugfs_remove(entry);
}
