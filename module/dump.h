/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MC_DUMP_H
#define MC_DUMP_H

/* Tell of every process there is, for consumers that attached late. May sleep. */
int dump(void);

#endif /* MC_DUMP_H */
