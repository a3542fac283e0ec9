// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages read from and written to swap space, by the process that does it: there
 * is no tracepoint, so these look at the calls themselves.
 */
#include "kernel_types.h"
#include "process_key.h"

char program_license[] SEC("license") = "GPL";

enum pageflags {
	PG_head = 1,
};

struct folio {
	unsigned long flags;
} KERNEL_TYPE;

struct folio___named {
	unsigned int _folio_nr_pages;
} KERNEL_TYPE;

/* Since 6.16. */
struct folio___short {
	unsigned int _nr_pages;
} KERNEL_TYPE;

/* Before 5.16, which has folios. */
struct page {
	unsigned long flags;
	unsigned int compound_nr; /* in the second page of several */
} KERNEL_TYPE;

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, MOST_PROCESSES);
	__type(key, struct mc_bpf_process);
	__type(value, struct mc_bpf_swap);
} swapped SEC(".maps");

static __always_inline __u64 of_page(const struct page *page)
{
	if (!(BPF_CORE_READ(page, flags) & (1ull << bpf_core_enum_value(enum pageflags, PG_head))))
		return 1;
	if (!bpf_core_field_exists(page->compound_nr))
		return 1;
	page = (const void *)page + bpf_core_type_size(struct page);
	return BPF_CORE_READ(page, compound_nr);
}

static __u64 pages_of(const void *folio)
{
	__u64 flags = 0;

	if (!bpf_core_type_exists(struct folio))
		return of_page(folio);
	/* The field may be a struct of its own; its first word is what counts. */
	bpf_core_read(&flags, sizeof(flags), &((const struct folio *)folio)->flags);
	if (!(flags & (1ull << bpf_core_enum_value(enum pageflags, PG_head))))
		return 1;
	if (bpf_core_field_exists(struct folio___named, _folio_nr_pages))
		return BPF_CORE_READ((const struct folio___named *)folio, _folio_nr_pages);
	if (bpf_core_field_exists(struct folio___short, _nr_pages))
		return BPF_CORE_READ((const struct folio___short *)folio, _nr_pages);
	return 1;
}

static struct mc_bpf_swap *sums_of_current(void)
{
	struct mc_bpf_process key = current_process();
	struct mc_bpf_swap none = {}, *sums = bpf_map_lookup_elem(&swapped, &key);

	if (!sums) {
		bpf_map_update_elem(&swapped, &key, &none, BPF_NOEXIST);
		sums = bpf_map_lookup_elem(&swapped, &key);
	}
	return sums;
}

static int reads(const void *folio)
{
	struct mc_bpf_swap *sums = sums_of_current();

	if (sums)
		__sync_fetch_and_add(&sums->in, pages_of(folio));
	return 0;
}

/* The first argument of each is the page or its folio. */
SEC("fentry/swap_readpage")
int page_is_read(__u64 *ctx)
{
	return reads((const void *)ctx[0]);
}

/* Since 6.5 or so. */
SEC("fentry/swap_read_folio")
int folio_is_read(__u64 *ctx)
{
	return reads((const void *)ctx[0]);
}

SEC("fentry/__swap_writepage")
int page_is_written(__u64 *ctx)
{
	struct mc_bpf_swap *sums = sums_of_current();

	if (sums)
		__sync_fetch_and_add(&sums->out, pages_of((const void *)ctx[0]));
	return 0;
}
