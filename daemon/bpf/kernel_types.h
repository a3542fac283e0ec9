/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the programs here read of the kernel's types: only the fields by name.
 * libbpf finds where they are in the running kernel (CO-RE), so that nothing of
 * one kernel's headers is in the objects. A type that changed has a flavour for
 * each of its shapes, named after three underscores.
 */
#ifndef MC_BPF_KERNEL_TYPES_H
#define MC_BPF_KERNEL_TYPES_H

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#define KERNEL_TYPE __attribute__((preserve_access_index))

#define PF_KTHREAD 0x00200000

/* Indices of mm_struct.rss_stat; include/linux/mm_types_task.h. */
enum { MM_FILEPAGES, MM_ANONPAGES, MM_SWAPENTS, MM_SHMEMPAGES, MM_COUNTERS };

typedef struct {
	int counter;
} atomic_t;

struct kernfs_node {
	__u64 id;
} KERNEL_TYPE;

struct cgroup {
	struct kernfs_node *kn;
} KERNEL_TYPE;

struct css_set {
	struct cgroup *dfl_cgrp;
} KERNEL_TYPE;

struct percpu_counter {
	__s64 count;
	__s32 *counters;
} KERNEL_TYPE;

/* Up to 6.1: one count of all CPUs, some pages more in the threads' own. */
struct mm_rss_stat {
	__s64 count[MM_COUNTERS];
} KERNEL_TYPE;

/* Up to 6.1: what a thread has not added to that yet. */
struct task_rss_stat {
	int events;
	int count[MM_COUNTERS];
} KERNEL_TYPE;

struct mm_struct {
	unsigned long total_vm;
	unsigned long stack_vm;
} KERNEL_TYPE;

struct mm_struct___summed {
	struct mm_rss_stat rss_stat;
} KERNEL_TYPE;

/* Since 6.2 (commit f1a7941243c1). */
struct mm_struct___percpu {
	struct percpu_counter rss_stat[MM_COUNTERS];
} KERNEL_TYPE;

struct task_struct;

/* With CONFIG_MEMCG. */
struct mm_struct___owned {
	struct task_struct *owner;
} KERNEL_TYPE;

struct signal_struct {
	atomic_t live;
	unsigned long long sum_sched_runtime;
	unsigned long min_flt;
	unsigned long maj_flt;
	short oom_score_adj;
} KERNEL_TYPE;

struct sched_entity {
	__u64 sum_exec_runtime;
} KERNEL_TYPE;

struct task_struct {
	unsigned int flags;
	int pid;
	int tgid;
	__u64 start_time;
	unsigned long min_flt;
	unsigned long maj_flt;
	struct sched_entity se;
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	struct mm_struct *mm;
	struct signal_struct *signal;
	struct css_set *cgroups;
	char comm[16];
} KERNEL_TYPE;

struct task_struct___split {
	struct task_rss_stat rss_stat;
} KERNEL_TYPE;

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
} KERNEL_TYPE;

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
} KERNEL_TYPE;

#endif /* MC_BPF_KERNEL_TYPES_H */
