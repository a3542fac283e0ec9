// SPDX-License-Identifier: GPL-2.0-only
/* A file of /proc for commands of a consumer that attaches late. */
#include <linux/capability.h>
#include <linux/proc_fs.h>
#include <linux/ratelimit.h>
#include <linux/uaccess.h>

#include "procfs.h"

/* A dump emits two events and more for each process. */
#define COMMAND_INTERVAL HZ
#define COMMAND_BURST 10

static const char *proc_name;
static int (*command_handler)(enum command command);
static DEFINE_RATELIMIT_STATE(limit, COMMAND_INTERVAL, COMMAND_BURST);

static int proc_open(struct inode *inode, struct file *file)
{
	/* The mode alone would let in who is root without the capability. */
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	return nonseekable_open(inode, file);
}

static ssize_t proc_write(struct file *file, const char __user *text, size_t len, loff_t *offset)
{
	char command[COMMAND_MAX_LEN];
	int parsed, ret;

	if (len == 0 || len > sizeof(command))
		return -EINVAL;
	if (copy_from_user(command, text, len))
		return -EFAULT;
	parsed = command_parse(command, len);
	if (parsed < 0)
		return parsed;
	if (!__ratelimit(&limit))
		return -EAGAIN;
	ret = command_handler(parsed);
	return ret < 0 ? ret : len;
}

static const struct proc_ops operations = {
	.proc_open = proc_open,
	.proc_write = proc_write,
};

int procfs_init(const char *name, int (*handler)(enum command command))
{
	proc_name = name;
	command_handler = handler;
	/* A refusal is an answer to the writer, not a line in the log. */
	ratelimit_set_flags(&limit, RATELIMIT_MSG_ON_RELEASE);
	if (!proc_create(name, 0200, NULL, &operations))
		return -ENOMEM;
	return 0;
}

void procfs_exit(void)
{
	/* Waits for writers inside; files left open get an error afterwards. */
	remove_proc_entry(proc_name, NULL);
}
