/* SPDX-License-Identifier: GPL-2.0-only */
/* The tracepoints that the module listens to. */
#ifndef MC_HOOK_H
#define MC_HOOK_H

/* Attach to the scheduler's tracepoints, and detach; may sleep. */
int hooks_register(void);
void hooks_unregister(void);

#endif /* MC_HOOK_H */
