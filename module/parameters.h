/* SPDX-License-Identifier: GPL-2.0-only */
/* Module parameters, in the units the code works with. */
#ifndef MC_PARAMETERS_H
#define MC_PARAMETERS_H

#include <linux/types.h>

u32 parameter_max_processes(void);
u64 parameter_rmid_min_free_ns(void);

#endif /* MC_PARAMETERS_H */
