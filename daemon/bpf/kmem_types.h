/* SPDX-License-Identifier: GPL-2.0-only */
/* What the programs of kernel memory read of the kernel's types besides kernel_types.h. */
#ifndef MC_BPF_KMEM_TYPES_H
#define MC_BPF_KMEM_TYPES_H

#include "kernel_types.h"

/* The same bit since 2.6.24; include/linux/gfp_types.h. */
#define GFP_MOVABLE 0x08u

/* kmalloc(0) is answered by this address, which holds nothing; include/linux/slab.h. */
#define ZERO_SIZE_ADDRESS 16

#define KTHREADD_PID 2

struct kmem_cache {
	unsigned int size;
	unsigned int object_size;
} KERNEL_TYPE;

struct vmap_area {
	unsigned long va_start;
} KERNEL_TYPE;

struct page;

#endif /* MC_BPF_KMEM_TYPES_H */
