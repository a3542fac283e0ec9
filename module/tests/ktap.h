/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests that run when their module is loaded and leave their results in the
 * kernel's log, as KTAP version 1. Loading succeeds whatever they say: who reads
 * the log judges (ktap.py).
 */
#ifndef MC_KTAP_H
#define MC_KTAP_H

#include <linux/kernel.h>
#include <linux/printk.h>
#include <linux/string.h>
#include <linux/types.h>

/* A check in a loop may fail a million times. */
#define KTAP_FAILURES_SAID 5

struct ktap {
	const char *name;	/* of the case that runs */
	const char *skipped;	/* why it cannot run here, or NULL */
	unsigned int failures;
};

struct ktap_case {
	const char *name;
	void (*run)(struct ktap *ktap);
};

#define ktap_note(ktap, format, ...) pr_info("# %s: " format "\n", (ktap)->name, ##__VA_ARGS__)

#define ktap_skip(ktap, reason) ((ktap)->skipped = (reason))

#define ktap_failed(ktap, format, ...)                                          \
	do {                                                                    \
		if ((ktap)->failures++ < KTAP_FAILURES_SAID)                    \
			ktap_note(ktap, "%s:%d: " format, kbasename(__FILE__),  \
				  __LINE__, ##__VA_ARGS__);                     \
	} while (0)

/* Both are true if it holds, so that a case can end where the rest makes no sense. */
#define EXPECT(ktap, condition)                                                 \
	({                                                                      \
		bool holds_ = (condition);                                      \
										\
		if (!holds_)                                                    \
			ktap_failed(ktap, "not so: %s", #condition);            \
		holds_;                                                         \
	})

#define EXPECT_EQ(ktap, actual, expected)                                       \
	({                                                                      \
		s64 actual_ = (s64)(actual), expected_ = (s64)(expected);       \
										\
		if (actual_ != expected_)                                       \
			ktap_failed(ktap, "%s is %lld, not %lld", #actual,      \
				    actual_, expected_);                        \
		actual_ == expected_;                                           \
	})

static inline void ktap_run(const struct ktap_case *cases, unsigned int count)
{
	unsigned int i, failed = 0, skipped = 0;

	pr_info("KTAP version 1\n");
	pr_info("1..%u\n", count);
	for (i = 0; i < count; i++) {
		struct ktap ktap = { .name = cases[i].name };

		cases[i].run(&ktap);
		if (ktap.failures) {
			failed++;
			pr_info("# %s: %u checks failed\n", ktap.name, ktap.failures);
			pr_info("not ok %u %s\n", i + 1, ktap.name);
		} else if (ktap.skipped) {
			skipped++;
			pr_info("ok %u %s # SKIP %s\n", i + 1, ktap.name, ktap.skipped);
		} else {
			pr_info("ok %u %s\n", i + 1, ktap.name);
		}
	}
	pr_info("# Totals: pass:%u fail:%u skip:%u\n", count - failed - skipped, failed, skipped);
}

#endif /* MC_KTAP_H */
