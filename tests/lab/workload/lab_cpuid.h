/* SPDX-License-Identifier: GPL-2.0-only */
/* The lab's CPUID leaf, called from C (any privilege level). */
#ifndef LAB_CPUID_H
#define LAB_CPUID_H

#include <stdbool.h>
#include <stdint.h>

#include "../qemu/rdt-lab-abi.h"

struct lab_answer {
	uint32_t eax, ebx, ecx, edx;
};

static inline struct lab_answer lab_call(uint32_t op, uint32_t ebx, uint32_t edx)
{
	struct lab_answer a = { LAB_LEAF, ebx, op, edx };

	__asm__ __volatile__("cpuid"
			     : "+a"(a.eax), "+b"(a.ebx), "+c"(a.ecx), "+d"(a.edx)
			     :
			     : "memory");
	return a;
}

static inline bool lab_present(void)
{
	return lab_call(LAB_OP_IDENTIFY, 0, 0).eax == LAB_MAGIC;
}

/* *value is untouched where the lab has no such thing. */
static inline bool lab_get(uint32_t op, uint32_t ebx, uint32_t edx, uint64_t *value)
{
	struct lab_answer a = lab_call(op, ebx, edx);

	if (!a.ebx)
		return false;
	*value = a.eax | (uint64_t)a.edx << 32;
	return true;
}

struct lab_charged {
	uint32_t rmid, domain, cpu;
	bool untracked;
};

/* Moves bytes as the CPU this very instruction executes on. */
static inline struct lab_charged lab_charge(uint32_t bytes, uint32_t flags)
{
	struct lab_answer a = lab_call(LAB_OP_CHARGE, bytes, flags);

	return (struct lab_charged){ a.eax, a.ebx, a.ecx, a.edx != 0 };
}

#endif /* LAB_CPUID_H */
