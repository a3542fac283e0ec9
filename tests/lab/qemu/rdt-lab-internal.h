/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of the lab's RDT emulation share. */
#ifndef RDT_LAB_INTERNAL_H
#define RDT_LAB_INTERNAL_H

#include "qemu/thread.h"
#include "cpu.h"
#include "rdt-lab-abi.h"

#define RDT_MAX_DOMAINS 64
#define RDT_MAX_CPUS    1024
#define RDT_RMID_MASK   0x3FFull /* bits 9:0 of IA32_PQR_ASSOC */

typedef struct RdtRmid {
    uint64_t total, local;             /* the truth, in bytes */
    uint64_t total_start, local_start; /* the counters at power-on */
    double lines;                      /* occupancy / RdtDomain.scale */
} RdtRmid;

typedef struct RdtDomain {
    RdtRmid *rmid;                     /* settings.rmids, then the untracked */
    /*
     * Decay and displacement shrink every RMID's occupancy by the same
     * factor, so the factor is kept once: occupancy = lines * scale.
     */
    double lines_sum, scale;
    int64_t decayed_at;
    uint64_t evtsel;                   /* with evtsel_shared */
    int evtsel_writer;
} RdtDomain;

typedef struct RdtLab {
    bool ready;
    QemuMutex lock;
    RdtSettings set;
    RdtDomain domain[RDT_MAX_DOMAINS];
    X86CPU *cpu[RDT_MAX_CPUS];
    uint32_t domains, cpus;
    uint64_t random;
    uint64_t stat[LAB_STAT_COUNT];
} RdtLab;

/* The one machine of this process. All of it is guarded by its lock. */
extern RdtLab rdt_lab;

static inline RdtDomain *rdt_lab_domain_of(X86CPU *cpu)
{
    return &rdt_lab.domain[cpu->socket_id];
}

/* Brings the occupancy of the domain up to the virtual clock. */
void rdt_lab_occupancy_decay(RdtDomain *d);
/* The RMID brings so many bytes into the domain's cache. */
void rdt_lab_occupancy_fill(RdtDomain *d, RdtRmid *r, double bytes);
uint64_t rdt_lab_occupancy_bytes(RdtDomain *d, const RdtRmid *r);

#endif /* RDT_LAB_INTERNAL_H */
