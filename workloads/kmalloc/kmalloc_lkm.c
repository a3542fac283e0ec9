// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernel memory on demand: a decimal size written to /proc/kmalloc_lkm is allocated
 * by kmalloc(), as many as are written to an open file, and all freed when it is
 * closed for good: by close(), by the end of its last holder, by whoever has it.
 */
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

static unsigned long file_bytes_max = 64UL << 20;
module_param(file_bytes_max, ulong, 0644);
MODULE_PARM_DESC(file_bytes_max, "most that an open file may hold, in bytes (64 MiB)");

static unsigned long user_bytes_max = 256UL << 20;
module_param(user_bytes_max, ulong, 0644);
MODULE_PARM_DESC(user_bytes_max, "most that the files of a user may hold together, in bytes (256 MiB)");

struct account {
	struct list_head node;
	kuid_t uid;
	unsigned int files;
	u64 held;
};

/* As many as have a file open now. */
static LIST_HEAD(accounts);
static DEFINE_MUTEX(accounts_lock);

struct piece {
	struct list_head node;
	void *memory;
};

struct holder {
	struct mutex lock; /* of pieces, count and held */
	struct list_head pieces;
	unsigned int count;
	u64 held;
	pid_t opener;
	struct account *account;
};

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

static bool account_charge(struct account *account, size_t size)
{
	u64 most = READ_ONCE(user_bytes_max);
	bool fits;

	mutex_lock(&accounts_lock);
	fits = account->held <= most && size <= most - account->held;
	if (fits)
		account->held += size;
	mutex_unlock(&accounts_lock);
	return fits;
}

static void account_uncharge(struct account *account, u64 size)
{
	mutex_lock(&accounts_lock);
	account->held -= size;
	mutex_unlock(&accounts_lock);
}

static int hold(struct holder *holder, size_t size)
{
	u64 most = READ_ONCE(file_bytes_max);
	struct piece *piece;

	lockdep_assert_held(&holder->lock);
	if (size > KMALLOC_MAX_SIZE) {
		pr_info_ratelimited(NAME ": EINVAL: %zu bytes are more than kmalloc() can give, %lu\n", size,
				    (unsigned long)KMALLOC_MAX_SIZE);
		return -EINVAL;
	}
	if (holder->held > most || size > most - holder->held) {
		pr_info_ratelimited(NAME ": EDQUOT: %zu bytes more than the %llu held are above file_bytes_max\n",
				    size, holder->held);
		return -EDQUOT;
	}
	if (!account_charge(holder->account, size)) {
		pr_info_ratelimited(NAME ": EDQUOT: %zu bytes more are above user_bytes_max of user %u\n", size,
				    from_kuid(&init_user_ns, holder->account->uid));
		return -EDQUOT;
	}
	piece = kmalloc(sizeof(*piece), GFP_KERNEL);
	if (!piece)
		goto no_memory;
	piece->memory = kmalloc(size, GFP_KERNEL | __GFP_NOWARN);
	if (!piece->memory)
		goto no_memory;
	list_add(&piece->node, &holder->pieces);
	holder->count++;
	holder->held += size;
	trace_kmalloc_lkm_allocated(holder->opener, size, holder->held);
	pr_info_ratelimited(NAME ": %zu bytes allocated for process %d, it holds %llu\n", size, holder->opener,
			    holder->held);
	return 0;

no_memory:
	kfree(piece);
	account_uncharge(holder->account, size);
	pr_info_ratelimited(NAME ": ENOMEM: no %zu bytes in one piece\n", size);
	return -ENOMEM;
}

static int show(struct seq_file *seq, void *unused)
{
	struct holder *holder = seq->private;

	mutex_lock(&holder->lock);
	seq_printf(seq, "%llu bytes in %u allocations\n", holder->held, holder->count);
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
	int error = kstrtoul_from_user(text, length, 10, &size);

	if (error) {
		if (error != -EFAULT) {
			pr_info_ratelimited(NAME ": EINVAL: what process %d wrote is no size in bytes\n",
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
	account_uncharge(holder->account, holder->held);
	account_put(holder->account);
	trace_kmalloc_lkm_released(holder->opener, holder->held, 0);
	if (holder->count)
		pr_info_ratelimited(NAME ": %llu bytes of process %d freed\n", holder->held, holder->opener);
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
	pr_info(NAME ": loaded; write a size in bytes to /proc/" NAME "\n");
	return 0;
}

static void __exit kmalloc_lkm_exit(void)
{
	/* Closes what is open, and so frees it. */
	remove_proc_entry(NAME, NULL);
	pr_info(NAME ": unloaded\n");
}

module_init(kmalloc_lkm_init);
module_exit(kmalloc_lkm_exit);

MODULE_DESCRIPTION("Kernel memory on demand, for tests of those who measure it");
MODULE_LICENSE("GPL");
