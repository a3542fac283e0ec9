// SPDX-License-Identifier: GPL-2.0-only
/*
 * procfs.c and command.c, through a file of their own: results in the log when
 * loaded. The process that loads the module is the writer: its address space
 * holds what is written, so that writes take the way of a write(2).
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/mman.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/namei.h>
#include <linux/uaccess.h>

#include "ktap.h"
#include "procfs.h"

#define NAME "memory_collector_test"
#define PATH "/proc/" NAME
/* The limit of procfs.c, and more than the time it goes by. */
#define BURST 10
#define WINDOW_MS 1200

static unsigned long user_page;
static unsigned int calls;
static enum command last_command;
static int answer;

static int handler(enum command command)
{
	calls++;
	last_command = command;
	return answer;
}

/* write(2) of `len` bytes at `from`, an address of the process. */
static ssize_t write_from(struct file *file, unsigned long from, size_t len)
{
	loff_t offset = 0;

	return file->f_op->write(file, (const char __user *)from, len, &offset);
}

static ssize_t write_bytes(struct file *file, const char *bytes, size_t len)
{
	if (copy_to_user((void __user *)user_page, bytes, len))
		return -ENOMEM;
	return write_from(file, user_page, len);
}

static ssize_t write_text(struct file *file, const char *text)
{
	return write_bytes(file, text, strlen(text));
}

static struct file *begin(struct ktap *ktap)
{
	struct file *file;

	calls = 0;
	answer = 0;
	if (!EXPECT_EQ(ktap, procfs_init(NAME, handler), 0))
		return NULL;
	file = filp_open(PATH, O_WRONLY, 0);
	if (IS_ERR(file)) {
		ktap_failed(ktap, "cannot open " PATH ": error %ld", PTR_ERR(file));
		procfs_exit();
		return NULL;
	}
	return file;
}

static void end(struct file *file)
{
	filp_close(file, NULL);
	procfs_exit();
}

static int error_of_open(int flags)
{
	struct file *file = filp_open(PATH, flags, 0);

	if (IS_ERR(file))
		return PTR_ERR(file);
	filp_close(file, NULL);
	return 0;
}

static void test_creation_and_removal(struct ktap *ktap)
{
	int round;

	for (round = 0; round < 3; round++) {
		EXPECT_EQ(ktap, error_of_open(O_WRONLY), -ENOENT);
		if (!EXPECT_EQ(ktap, procfs_init(NAME, handler), 0))
			return;
		EXPECT_EQ(ktap, error_of_open(O_WRONLY), 0);
		procfs_exit();
	}
	EXPECT_EQ(ktap, error_of_open(O_WRONLY), -ENOENT);
}

static void test_removal_while_open(struct ktap *ktap)
{
	struct file *file = begin(ktap);

	if (!file)
		return;
	EXPECT_EQ(ktap, write_text(file, "dump"), 4);
	procfs_exit();
	EXPECT_EQ(ktap, write_text(file, "dump"), -EIO);
	EXPECT_EQ(ktap, calls, 1);
	filp_close(file, NULL);
}

static void test_command_parsing(struct ktap *ktap)
{
	EXPECT_EQ(ktap, command_parse("dump", 4), COMMAND_DUMP);
	EXPECT_EQ(ktap, command_parse("dump\n", 5), COMMAND_DUMP);
	EXPECT_EQ(ktap, command_parse("", 0), -EINVAL);
	EXPECT_EQ(ktap, command_parse("\n", 1), -EINVAL);
	EXPECT_EQ(ktap, command_parse("dum", 3), -EINVAL);
	EXPECT_EQ(ktap, command_parse("dumpx", 4), COMMAND_DUMP);
	EXPECT_EQ(ktap, command_parse("dumpx", 5), -EINVAL);
	EXPECT_EQ(ktap, command_parse("dump\n\n", 6), -EINVAL);
	EXPECT_EQ(ktap, command_parse("dump ", 5), -EINVAL);
	EXPECT_EQ(ktap, command_parse(" dump", 5), -EINVAL);
	EXPECT_EQ(ktap, command_parse("DUMP", 4), -EINVAL);
	EXPECT_EQ(ktap, command_parse("dump\0", 5), -EINVAL);
}

static void test_callback(struct ktap *ktap)
{
	struct file *file = begin(ktap);

	if (!file)
		return;
	last_command = 0;
	EXPECT_EQ(ktap, write_text(file, "dump"), 4);
	EXPECT_EQ(ktap, calls, 1);
	EXPECT_EQ(ktap, last_command, COMMAND_DUMP);
	EXPECT_EQ(ktap, write_text(file, "dump\n"), 5);
	EXPECT_EQ(ktap, calls, 2);
	/* What it cannot do is the writer's answer. */
	answer = -ENODATA;
	EXPECT_EQ(ktap, write_text(file, "dump\n"), -ENODATA);
	EXPECT_EQ(ktap, calls, 3);
	end(file);
}

static void test_bad_writes(struct ktap *ktap)
{
	static const char * const texts[] = {
		"\n", "d", "dum", "dumps", "dump dump", "dump\ndump\n", "Dump", "-1", "%s%n",
	};
	char long_text[COMMAND_MAX_LEN + 1];
	struct file *file = begin(ktap);
	unsigned int i;

	if (!file)
		return;
	for (i = 0; i < ARRAY_SIZE(texts); i++)
		EXPECT_EQ(ktap, write_text(file, texts[i]), -EINVAL);
	EXPECT_EQ(ktap, write_bytes(file, "dump\0", 5), -EINVAL);
	EXPECT_EQ(ktap, write_bytes(file, "\0\0\0\0", 4), -EINVAL);
	EXPECT_EQ(ktap, write_from(file, user_page, 0), -EINVAL);
	memset(long_text, 'x', sizeof(long_text));
	memcpy(long_text, "dump", 4);
	EXPECT_EQ(ktap, write_bytes(file, long_text, sizeof(long_text) - 1), -EINVAL);
	EXPECT_EQ(ktap, write_bytes(file, long_text, sizeof(long_text)), -EINVAL);
	EXPECT_EQ(ktap, write_from(file, user_page, PAGE_SIZE), -EINVAL);
	/* Nothing is mapped there, behind the page, and there is the kernel. */
	EXPECT_EQ(ktap, write_from(file, 0, 4), -EFAULT);
	EXPECT_EQ(ktap, write_from(file, user_page + PAGE_SIZE - 2, 4), -EFAULT);
	EXPECT_EQ(ktap, write_from(file, (unsigned long)"dump", 4), -EFAULT);
	EXPECT_EQ(ktap, calls, 0);
	EXPECT_EQ(ktap, write_text(file, "dump"), 4);
	EXPECT_EQ(ktap, calls, 1);
	end(file);
}

static void test_rate_limit(struct ktap *ktap)
{
	unsigned int i, done = 0, refused = 0;
	struct file *file;

	/* The cases before used up some of theirs. */
	msleep(WINDOW_MS);
	file = begin(ktap);
	if (!file)
		return;
	for (i = 0; i < 4 * BURST; i++) {
		ssize_t ret = write_text(file, "dump");

		done += ret == 4;
		refused += ret == -EAGAIN;
	}
	/* A window may end within the loop. */
	EXPECT(ktap, done >= BURST && done <= 2 * BURST);
	EXPECT_EQ(ktap, refused, 4 * BURST - done);
	EXPECT_EQ(ktap, calls, done);
	msleep(WINDOW_MS);
	EXPECT_EQ(ktap, write_text(file, "dump"), 4);
	end(file);
}

/* As a process with this user id and, if any, all capabilities but one. */
static int error_of_open_as(int flags, kuid_t uid, int dropped)
{
	const struct cred *old;
	struct cred *cred = prepare_creds();
	int ret;

	if (!cred)
		return -ENOMEM;
	cred->fsuid = uid;
	cred->euid = uid;
	if (!uid_eq(uid, GLOBAL_ROOT_UID))
		cap_clear(cred->cap_effective);
	else if (dropped >= 0)
		cap_lower(cred->cap_effective, dropped);
	old = override_creds(cred);
	ret = error_of_open(flags);
	revert_creds(old);
	put_cred(cred);
	return ret;
}

static void test_permissions(struct ktap *ktap)
{
	struct file *file = begin(ktap);
	char __user *page = (char __user *)user_page;
	loff_t offset = 0;

	if (!file)
		return;
	EXPECT_EQ(ktap, file_inode(file)->i_mode, S_IFREG | 0200);
	EXPECT(ktap, uid_eq(file_inode(file)->i_uid, GLOBAL_ROOT_UID));
	EXPECT_EQ(ktap, error_of_open_as(O_WRONLY, GLOBAL_ROOT_UID, -1), 0);
	EXPECT_EQ(ktap, error_of_open_as(O_WRONLY, GLOBAL_ROOT_UID, CAP_SYS_ADMIN), -EPERM);
	EXPECT_EQ(ktap, error_of_open_as(O_WRONLY, GLOBAL_ROOT_UID, CAP_NET_ADMIN), 0);
	EXPECT_EQ(ktap, error_of_open_as(O_WRONLY, KUIDT_INIT(1000), -1), -EACCES);
	EXPECT_EQ(ktap, error_of_open_as(O_RDONLY, KUIDT_INIT(1000), -1), -EACCES);
	/* There is nothing to read, and no place to go to. */
	EXPECT_EQ(ktap, file->f_op->read(file, page, 4, &offset), -EIO);
	EXPECT(ktap, !(file->f_mode & FMODE_LSEEK));
	EXPECT_EQ(ktap, calls, 0);
	end(file);
}

static const struct ktap_case cases[] = {
	{ "creation_and_removal", test_creation_and_removal },
	{ "removal_while_open", test_removal_while_open },
	{ "command_parsing", test_command_parsing },
	{ "callback", test_callback },
	{ "bad_writes", test_bad_writes },
	{ "rate_limit", test_rate_limit },
	{ "permissions", test_permissions },
};

static int __init procfs_test_init(void)
{
	/* With a hole behind it: two pages, of which the second is given back. */
	user_page = vm_mmap(NULL, 0, 2 * PAGE_SIZE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, 0);
	if (IS_ERR_VALUE(user_page))
		return (int)user_page;
	vm_munmap(user_page + PAGE_SIZE, PAGE_SIZE);
	ktap_run(cases, ARRAY_SIZE(cases));
	vm_munmap(user_page, PAGE_SIZE);
	return 0;
}

static void __exit procfs_test_exit(void)
{
}

module_init(procfs_test_init);
module_exit(procfs_test_exit);

MODULE_DESCRIPTION("Memory Collector: tests of its file in /proc, results in the log as KTAP");
MODULE_AUTHOR("Memory Collector");
MODULE_LICENSE("GPL");
