/*
 * A boot loader that asks its host: low bandwidth only, no cookies, one channel for long. It compares whole registers,
 * so a host that leaves a bit too many in ECX is refused, and it never tries again.
 */
typedef unsigned int u32;

#define MAGIC 0x564d5868
#define PORT 0x5658
#define COMMAND_MESSAGE 0x1e
#define PROTOCOL_RPCI 0x49435052

enum { OPEN, SEND_LENGTH, SEND_DATA, REPLY_LENGTH, REPLY_DATA, REPLY_FINISH, CLOSE };

/* What ECX must be, to the bit. */
#define OK 0x00010000
#define SEND_MORE 0x00810000
#define HAVE_REPLY 0x00830000

extern int say(const char *format, ...);

struct registers {
	u32 ebx, ecx, edx;
};

static u32 message(int what, int channel, u32 argument, struct registers *out)
{
	u32 eax = MAGIC, ebx = argument, ecx = (u32)what << 16 | COMMAND_MESSAGE, edx = (u32)channel << 16 | PORT;
	/* Garbage where others keep cookies. */
	u32 esi = 0xdecafbad, edi = 0xbaadf00d;

	__asm__ volatile("inl %%dx, %%eax"
			 : "+a"(eax), "+b"(ebx), "+c"(ecx), "+d"(edx), "+S"(esi), "+D"(edi)
			 :
			 : "memory");
	out->ebx = ebx;
	out->ecx = ecx;
	out->edx = edx;
	return ecx;
}

/* Each value travels four bytes at a time, the last word filled up with zeroes. */
static u32 word_at(const char *text, int at, int length)
{
	u32 word = 0;
	int i;

	for (i = 0; i < 4 && at + i < length; i++)
		word |= (u32)(unsigned char)text[at + i] << (8 * i);
	return word;
}

int rpc_open(void)
{
	struct registers r;

	if (message(OPEN, 0, PROTOCOL_RPCI, &r) != OK) {
		say("open failed: %08x", r.ecx);
		return -1;
	}
	return r.edx >> 16;
}

int rpc_close(int channel)
{
	struct registers r;

	return message(CLOSE, channel, 0, &r) == OK ? 0 : -1;
}

static int fail(const char *what, int channel, u32 status)
{
	say("%s on channel %d failed: %08x", what, channel, status);
	return -1;
}

/* The length of the answer, at most `room` bytes of which are stored; negative where anything went wrong. */
int rpc_command(int channel, const char *command, char *reply, int room)
{
	struct registers r;
	int length = 0, size, at, i;
	u32 status;

	while (command[length])
		length++;
	status = message(SEND_LENGTH, channel, length, &r);
	if (status != SEND_MORE)
		return fail("send length", channel, status);
	for (at = 0; at < length; at += 4) {
		status = message(SEND_DATA, channel, word_at(command, at, length), &r);
		if (status != OK)
			return fail("send data", channel, status);
	}
	status = message(REPLY_LENGTH, channel, 0, &r);
	if (status != HAVE_REPLY)
		return fail("reply length", channel, status);
	size = r.ebx;
	for (at = 0; at < size; at += 4) {
		/* What the host counted as the reply's id comes back to it. */
		status = message(REPLY_DATA, channel, 1, &r);
		if (status != OK)
			return fail("reply data", channel, status);
		for (i = 0; i < 4 && at + i < size; i++)
			if (at + i < room)
				reply[at + i] = (char)(r.ebx >> (8 * i));
	}
	status = message(REPLY_FINISH, channel, 1, &r);
	if (status != OK)
		return fail("reply finish", channel, status);
	return size;
}

/* A setting: the length first, then the text. Its reply begins with "1 ". */
int rpc_setting(int channel, const char *command, char *value, int room)
{
	char reply[64];
	int first = rpc_command(channel, command, reply, 0);
	int size, i;

	if (first < 2 || first > (int)sizeof(reply))
		return -1;
	size = rpc_command(channel, command, reply, sizeof(reply));
	if (size != first || reply[0] != '1' || reply[1] != ' ')
		return -1;
	for (i = 2; i < size && i - 2 < room; i++)
		value[i - 2] = reply[i];
	return size - 2;
}
