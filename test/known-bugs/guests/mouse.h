/* What the guests with VMware's mouse share: a driver of a PS/2 port, whose bytes only say that there is something. */
#ifndef MOUSE_H
#define MOUSE_H

#include "linux.h"
#include "port.h"

#define ABSPOINTER_DATA		0x27u
#define ABSPOINTER_STATUS	0x28u
#define ABSPOINTER_COMMAND	0x29u
#define VMMOUSE_CMD_ENABLE	0x45414552u
#define VMMOUSE_CMD_DISABLE	0x000000f5u
#define VMMOUSE_CMD_REQUEST_ABSOLUTE	0x53424152u
#define VMMOUSE_VERSION_ID	0x3442554au
#define VMMOUSE_ERROR		0xffff0000u
#define PACKET_WORDS		4

struct serio;
struct serio_device_id;

/* A driver's functions come before the struct device_driver, which only the kernel looks into. */
struct serio_driver {
	const char	*description;
	const struct serio_device_id *id_table;
	int		manual_bind;
	void		(*write_wakeup)(struct serio *);
	int		(*interrupt)(struct serio *, unsigned char, unsigned int);
	int		(*connect)(struct serio *, struct serio_driver *);
	int		(*reconnect)(struct serio *);
	int		(*fast_reconnect)(struct serio *);
	void		(*disconnect)(struct serio *);
	void		(*cleanup)(struct serio *);
	void		*driver[32];
};

int	__serio_register_driver(struct serio_driver *, void *, const char *);
void	serio_unregister_driver(struct serio_driver *);
int	serio_open(struct serio *, struct serio_driver *);
void	serio_close(struct serio *);

struct input_dev {
	const char	*name;
};

struct input_dev *input_allocate_device(void);
int	input_register_device(struct input_dev *);
void	input_unregister_device(struct input_dev *);
void	input_free_device(struct input_dev *);
void	input_event(struct input_dev *, unsigned int, unsigned int, int);

#define EV_SYN	0
#define EV_KEY	1
#define EV_ABS	3
#define ABS_X	0
#define ABS_Y	1
#define BTN_LEFT	0x110

static struct input_dev *pointer;

static inline uint32_t
mouse_status(void)
{
	struct regs r;

	return port_command(&r, ABSPOINTER_STATUS, 0);
}

static inline uint32_t
mouse_version(void)
{
	struct regs r;

	return port_command(&r, ABSPOINTER_DATA, 1);
}

static inline void
mouse_command(uint32_t command)
{
	struct regs r;

	port_command(&r, ABSPOINTER_COMMAND, command);
}

/* One packet off the queue, reported. */
static inline void
mouse_packet(void)
{
	struct regs r;
	uint32_t buttons = port_command(&r, ABSPOINTER_DATA, PACKET_WORDS);

	input_event(pointer, EV_ABS, ABS_X, r.b);
	input_event(pointer, EV_ABS, ABS_Y, r.c);
	input_event(pointer, EV_KEY, BTN_LEFT, (buttons & 0x20) != 0);
	input_event(pointer, EV_SYN, 0, 0);
}

/* @returns 0, or -ENXIO for a mouse that does not say what it is. */
static inline int
mouse_enable(void)
{
	mouse_command(VMMOUSE_CMD_ENABLE);
	if ((mouse_status() & 0xffff) == 0)
		return -ENXIO;
	if (mouse_version() != VMMOUSE_VERSION_ID) {
		mouse_command(VMMOUSE_CMD_DISABLE);
		return -ENXIO;
	}
	mouse_command(VMMOUSE_CMD_REQUEST_ABSOLUTE);
	return 0;
}

/* Enabled anew: what was queued is gone, the words are whole packets again. */
static inline int
mouse_resynchronise(void)
{
	mouse_command(VMMOUSE_CMD_DISABLE);
	return mouse_enable();
}

static int
mouse_connect(struct serio *port, struct serio_driver *driver)
{
	int error = -ENOMEM;

	pointer = input_allocate_device();
	if (pointer == NULL)
		return -ENOMEM;
	pointer->name = "guest mouse";
	if (serio_open(port, driver) == 0) {
		error = mouse_enable();
		if (error == 0)
			error = input_register_device(pointer);
		if (error == 0)
			return 0;
		mouse_command(VMMOUSE_CMD_DISABLE);
		serio_close(port);
	}
	input_free_device(pointer);
	pointer = NULL;
	return error;
}

static void
mouse_disconnect(struct serio *port)
{
	mouse_command(VMMOUSE_CMD_DISABLE);
	serio_close(port);
	input_unregister_device(pointer);
	pointer = NULL;
}

static struct serio_driver mouse_driver;

/* The module: its file fills in what it does about a byte, a sleep and a wake. */
#define MOUSE_MODULE(...)							\
static struct serio_driver mouse_driver = {					\
	.description = "guest mouse",						\
	.connect = mouse_connect,						\
	.disconnect = mouse_disconnect,						\
	__VA_ARGS__								\
};										\
										\
int										\
init_module(void)								\
{										\
	return __serio_register_driver(&mouse_driver, NULL, "guest");		\
}										\
										\
void										\
cleanup_module(void)								\
{										\
	serio_unregister_driver(&mouse_driver);					\
}

#endif
