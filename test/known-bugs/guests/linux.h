/* What the guests see of a Linux kernel (amd64): its functions and data, and as much of its structures as they touch. */
#ifndef LINUX_H
#define LINUX_H

#include "guest.h"

#define ENXIO	6
#define EIO	5
#define ENOMEM	12
#define EFAULT	14
#define EINVAL	22

#define GFP_KERNEL	0xcc0u
#define GFP_ATOMIC	0xa20u
#define GFP_ZERO	0x100u
void	*__kmalloc(size_t, unsigned int);
void	*krealloc(const void *, size_t, unsigned int);
void	kfree(const void *);
unsigned long _copy_to_user(void *, const void *, unsigned long);

int	_printk(const char *, ...);
void	panic(const char *, ...) __attribute__((noreturn));

size_t	strlen(const char *);
int	strcmp(const char *, const char *);
void	*memcpy(void *, const void *, size_t);
void	*memset(void *, int, size_t);

#define HZ	250
extern volatile unsigned long jiffies;

struct timer_list {
	void		*entry[2];
	unsigned long	expires;
	void		(*function)(struct timer_list *);
	unsigned int	flags;
};

void	init_timer_key(struct timer_list *, void (*)(struct timer_list *), unsigned int, const char *, void *);
int	mod_timer(struct timer_list *, unsigned long);
int	del_timer_sync(struct timer_list *);

/* struct delayed_work begins with its struct work_struct. */
struct delayed_work {
	unsigned long	data;
	void		*entry[2];
	void		(*func)(struct delayed_work *);
	struct timer_list timer;
	void		*wq;
	int		cpu;
};

struct workqueue;
extern struct workqueue *system_wq;
int	queue_delayed_work_on(int, struct workqueue *, struct delayed_work *, unsigned long);
int	cancel_delayed_work_sync(struct delayed_work *);

static inline void
work_again(struct delayed_work *work, unsigned long ticks)
{
	queue_delayed_work_on(64, system_wq, work, ticks == 0 ? 1 : ticks);
}

int	init_module(void);
void	cleanup_module(void);

#endif
