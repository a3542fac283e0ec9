// SPDX-License-Identifier: GPL-2.0-only
#include <asm/cpuid/api.h>

unsigned int probe(void);
unsigned int probe(void)
{
	return cpuid_eax(0);
}
