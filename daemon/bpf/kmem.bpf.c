// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernel memory by process, each allocator apart: the slab allocator's memory and
 * that of vmalloc come from the page allocator, so that sums of them say nothing.
 */
#include "kmem_account.h"

char program_license[] SEC("license") = "GPL";

/* Set before loading: a per-CPU allocation is there once for each. */
const volatile __u32 possible_cpus = 1;

/* Set before loading. */
const volatile __u64 page_size = 4096;

/* What kmalloc() gave, kfree() frees, and kmem_cache_alloc() and kmem_cache_free() likewise: crosswise, too. */
PIECES(kmem_objects, 262144);
PIECES(kmem_pages, 131072);
PIECES(kmem_areas, 16384);
PIECES(kmem_percpus, 16384);

/* raw_tp: up to 6.12 the verifier lets no one read an argument that points to const void. */
SEC("raw_tp/kmalloc")
int BPF_PROG(kmalloc_gives, unsigned long call_site, const void *address, __u64 requested, __u64 size)
{
	/* What is too large for a slab some kernels (6.12) tell of twice, one call within another. */
	if (size > 2 * page_size && told_before(&kmem_objects, (__u64)address, size))
		return 0;
	return allocated(&kmem_objects, MC_BPF_KMEM_KMALLOC, (__u64)address, requested, size);
}

SEC("raw_tp/kfree")
int BPF_PROG(kfree_takes, unsigned long call_site, const void *address)
{
	return freed(&kmem_objects, (__u64)address);
}

SEC("raw_tp/kmem_cache_alloc")
int BPF_PROG(cache_gives, unsigned long call_site, const void *address, struct kmem_cache *cache)
{
	return allocated(&kmem_objects, MC_BPF_KMEM_CACHE, (__u64)address, BPF_CORE_READ(cache, object_size),
			 BPF_CORE_READ(cache, size));
}

SEC("raw_tp/kmem_cache_free")
int BPF_PROG(cache_takes, unsigned long call_site, const void *address)
{
	return freed(&kmem_objects, (__u64)address);
}

/* Movable pages are those of programs and of the page cache: of their resident memory. */
SEC("tp_btf/mm_page_alloc")
int BPF_PROG(pages_given, struct page *page, unsigned int order, unsigned int gfp)
{
	__u64 size = page_size << order;

	if (gfp & GFP_MOVABLE)
		return 0;
	return allocated(&kmem_pages, MC_BPF_KMEM_PAGE, (__u64)page, size, size);
}

SEC("tp_btf/mm_page_free")
int BPF_PROG(pages_taken, struct page *page)
{
	return freed(&kmem_pages, (__u64)page);
}

/* Since 6.3 (commit cf243da6ab39). */
SEC("tp_btf/alloc_vmap_area")
int BPF_PROG(area_given, unsigned long address, unsigned long size, unsigned long align,
	     unsigned long from, unsigned long to, int failed)
{
	if (failed)
		return 0;
	return allocated(&kmem_areas, MC_BPF_KMEM_VMALLOC, address, size, size);
}

SEC("tp_btf/free_vmap_area_noflush")
int BPF_PROG(area_taken, unsigned long address)
{
	return freed(&kmem_areas, address);
}

/* Before that. */
SEC("fexit/alloc_vmap_area")
int BPF_PROG(area_returned, unsigned long size, unsigned long align, unsigned long from, unsigned long to,
	     int node, unsigned int gfp, struct vmap_area *area)
{
	/* The last page of addresses is those of errors. */
	if (!area || (unsigned long)area >= -4095UL)
		return 0;
	return allocated(&kmem_areas, MC_BPF_KMEM_VMALLOC, BPF_CORE_READ(area, va_start), size, size);
}

SEC("fentry/free_vmap_area_noflush")
int BPF_PROG(area_returns, struct vmap_area *area)
{
	return freed(&kmem_areas, BPF_CORE_READ(area, va_start));
}

SEC("tp_btf/percpu_alloc_percpu")
int BPF_PROG(percpu_given, unsigned long call_site, _Bool reserved, _Bool atomic, __u64 size, __u64 align,
	     void *base, int offset, void *address)
{
	__u64 bytes = size * possible_cpus;

	return allocated(&kmem_percpus, MC_BPF_KMEM_PERCPU, (__u64)base + offset, bytes, bytes);
}

SEC("tp_btf/percpu_free_percpu")
int BPF_PROG(percpu_taken, void *base, int offset)
{
	return freed(&kmem_percpus, (__u64)base + offset);
}
