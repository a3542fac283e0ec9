/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every step of init and of sampling's start can be made to fail, once: in a test
 * build (make MC_TEST_BUILD=1) loaded with fail_init=N, the Nth step after loading
 * answers -ENOMEM and is not done. Otherwise there is nothing of this.
 */
#ifndef MC_FAIL_STEP_H
#define MC_FAIL_STEP_H

#ifdef MC_TEST_BUILD
int fail_step(const char *step);
#else
static inline int fail_step(const char *step)
{
	return 0;
}
#endif

#endif /* MC_FAIL_STEP_H */
