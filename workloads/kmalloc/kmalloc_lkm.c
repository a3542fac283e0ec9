// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernel memory on demand: a decimal size written to /proc/kmalloc_lkm is allocated
 * by kmalloc(), as many as are written to an open file, and all freed when it is
 * closed for good: by close(), by the end of its last holder, by whoever has it.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cred.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/proc_fs.h>
#include <linux/ratelimit.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#define CREATE_TRACE_POINTS
#include "kmalloc_lkm_trace.h"

#define NAME "kmalloc_lkm"
/* Digits of 64 bits, a sign and the end of the line. */
#define LONGEST_NUMBER 22

static unsigned long file_bytes_max = 64UL << 20;
module_param(file_bytes_max, ulong, 0644);
MODULE_PARM_DESC(file_bytes_max, "most that an open file may hold, in bytes (64 MiB)");

static unsigned long user_bytes_max = 256UL << 20;
module_param(user_bytes_max, ulong, 0644);
MODULE_PARM_DESC(user_bytes_max, "most that the files of a user may hold together, in bytes (256 MiB)");

/* Each is an entry of a list as well, also if it is of no bytes. */
static unsigned long file_count_max = 1UL << 16;
module_param(file_count_max, ulong, 0644);
MODULE_PARM_DESC(file_count_max, "most allocations of an open file (65536)");

static unsigned long user_count_max = 1UL << 18;
module_param(user_count_max, ulong, 0644);
MODULE_PARM_DESC(user_count_max, "most allocations of the files of a user together (262144)");

struct tally {
	u64 bytes;
	unsigned int count;
};

struct account {
	struct list_head node;
	kuid_t uid;
	unsigned int files;
	struct tally held;
};

/* As many as have a file open now. */
static LIST_HEAD(accounts);
/* Of the list, and of all that is in the accounts. */
static DEFINE_MUTEX(accounts_lock);

struct piece {
	struct list_head node;
	void *memory;
};

struct holder {
	struct mutex lock; /* of pieces and held */
	struct list_head pieces;
	struct tally held;
	pid_t opener;
	struct account *account;
};

/* The cap that one allocation more is above, or NULL. */
static const char *cap_reached(const struct tally *held, size_t size, unsigned long bytes_max,
			       unsigned long count_max)
{
	if (held->count >= count_max)
		return "count_max";
	if (held->bytes > bytes_max || size > bytes_max - held->bytes)
		return "bytes_max";
	return NULL;
}

static void tally_add(struct tally *held, size_t size)
{
	held->bytes += size;
	held->count++;
}

static void tally_remove(struct tally *held, const struct tally *gone)
{
	held->bytes -= gone->bytes;
	held->count -= gone->count;
}

static struct account *account_get(kuid_t uid)
{
	struct account *account;

	mutex_lock(&accounts_lock);
	list_for_each_entry(account, &accounts, node) {
		if (uid_eq(account->uid, uid))
			goto found;
	}
	account = kzalloc(sizeof(*account), GFP_KERNEL);
	if (!account)
		goto out;
	account->uid = uid;
	list_add(&account->node, &accounts);
found:
	account->files++;
out:
	mutex_unlock(&accounts_lock);
	return account;
}

static void account_put(struct account *account)
{
	mutex_lock(&accounts_lock);
	if (--account->files == 0) {
		list_del(&account->node);
		kfree(account);
	}
	mutex_unlock(&accounts_lock);
}

/* The cap that is reached, or NULL: it is charged. */
static const char *account_charge(struct account *account, size_t size)
{
	const char *cap;

	mutex_lock(&accounts_lock);
	cap = cap_reached(&account->held, size, READ_ONCE(user_bytes_max), READ_ONCE(user_count_max));
	if (!cap)
		tally_add(&account->held, size);
	mutex_unlock(&accounts_lock);
	return cap;
}

static void account_uncharge(struct account *account, const struct tally *gone)
{
	mutex_lock(&accounts_lock);
	tally_remove(&account->held, gone);
	mutex_unlock(&accounts_lock);
}

static struct piece *piece_new(size_t size)
{
	struct piece *piece = kmalloc(sizeof(*piece), GFP_KERNEL | __GFP_NOWARN);

	if (!piece)
		return NULL;
	/* An error, rather than that somebody is killed for it. */
	piece->memory = kmalloc(size, GFP_KERNEL | __GFP_NOWARN | __GFP_RETRY_MAYFAIL);
	if (!piece->memory) {
		kfree(piece);
		return NULL;
	}
	return piece;
}

static int hold(struct holder *holder, size_t size)
{
	const struct tally one = { .bytes = size, .count = 1 };
	struct piece *piece;
	const char *cap;

	lockdep_assert_held(&holder->lock);
	if (size > KMALLOC_MAX_SIZE) {
		pr_info_ratelimited("EINVAL: %zu bytes are more than kmalloc() can give, %lu\n", size,
				    (unsigned long)KMALLOC_MAX_SIZE);
		return -EINVAL;
	}
	cap = cap_reached(&holder->held, size, READ_ONCE(file_bytes_max), READ_ONCE(file_count_max));
	if (cap) {
		pr_info_ratelimited("EDQUOT: %zu bytes more than %llu in %u allocations are above file_%s\n",
				    size, holder->held.bytes, holder->held.count, cap);
		return -EDQUOT;
	}
	cap = account_charge(holder->account, size);
	if (cap) {
		pr_info_ratelimited("EDQUOT: %zu bytes more are above user_%s, for user %u\n", size, cap,
				    from_kuid(&init_user_ns, holder->account->uid));
		return -EDQUOT;
	}
	piece = piece_new(size);
	if (!piece) {
		account_uncharge(holder->account, &one);
		pr_info_ratelimited("ENOMEM: no %zu bytes in one piece\n", size);
		return -ENOMEM;
	}
	list_add(&piece->node, &holder->pieces);
	tally_add(&holder->held, size);
	trace_kmalloc_lkm_allocated(holder->opener, size, holder->held.bytes);
	pr_info_ratelimited("%zu bytes allocated for process %d, it holds %llu\n", size, holder->opener,
			    holder->held.bytes);
	return 0;
}

static int show(struct seq_file *seq, void *unused)
{
	struct holder *holder = seq->private;

	mutex_lock(&holder->lock);
	seq_printf(seq, "%llu bytes in %u allocations\n", holder->held.bytes, holder->held.count);
	mutex_unlock(&holder->lock);
	return 0;
}

static int open_file(struct inode *inode, struct file *file)
{
	struct holder *holder = kzalloc(sizeof(*holder), GFP_KERNEL);
	int error = -ENOMEM;

	if (!holder)
		return error;
	mutex_init(&holder->lock);
	INIT_LIST_HEAD(&holder->pieces);
	holder->opener = task_tgid_nr(current);
	holder->account = account_get(current_fsuid());
	if (!holder->account)
		goto fail;
	error = single_open(file, show, holder);
	if (error)
		goto fail_account;
	return 0;

fail_account:
	account_put(holder->account);
fail:
	kfree(holder);
	return error;
}

/* A whole number, or nothing. */
static ssize_t write_size(struct file *file, const char __user *text, size_t length, loff_t *position)
{
	struct holder *holder = ((struct seq_file *)file->private_data)->private;
	unsigned long size;
	/* It would look at the beginning only of what is longer than any number. */
	int error = length > LONGEST_NUMBER ? -EINVAL : kstrtoul_from_user(text, length, 10, &size);

	if (error) {
		if (error != -EFAULT) {
			pr_info_ratelimited("EINVAL: what process %d wrote is no size in bytes\n",
					    task_tgid_nr(current));
			error = -EINVAL;
		}
		return error;
	}
	mutex_lock(&holder->lock);
	error = hold(holder, size);
	mutex_unlock(&holder->lock);
	return error ? error : (ssize_t)length;
}

static int release_file(struct inode *inode, struct file *file)
{
	struct holder *holder = ((struct seq_file *)file->private_data)->private;
	struct piece *piece, *next;

	list_for_each_entry_safe(piece, next, &holder->pieces, node) {
		kfree(piece->memory);
		kfree(piece);
	}
	account_uncharge(holder->account, &holder->held);
	account_put(holder->account);
	if (holder->held.count) {
		trace_kmalloc_lkm_released(holder->opener, holder->held.bytes, 0);
		pr_info_ratelimited("%llu bytes of process %d freed\n", holder->held.bytes, holder->opener);
	}
	kfree(holder);
	return single_release(inode, file);
}

static const struct proc_ops operations = {
	.proc_open = open_file,
	.proc_read = seq_read,
	.proc_lseek = seq_lseek,
	.proc_write = write_size,
	.proc_release = release_file,
};

static int __init kmalloc_lkm_init(void)
{
	if (!proc_create(NAME, 0600, NULL, &operations))
		return -ENOMEM;
	pr_info("loaded; write a size in bytes to /proc/%s\n", NAME);
	return 0;
}

static void __exit kmalloc_lkm_exit(void)
{
	/* Waits for those who read and write, closes what is open, and so frees it. */
	remove_proc_entry(NAME, NULL);
	pr_info("unloaded\n");
}

module_init(kmalloc_lkm_init);
module_exit(kmalloc_lkm_exit);

MODULE_DESCRIPTION("Kernel memory on demand, for tests of those who measure it");
MODULE_LICENSE("GPL");
