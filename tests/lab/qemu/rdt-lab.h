/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Resource Director Technology monitoring for TCG, with a truth to hold
 * software against: see rdt-lab.c. Included by target/i386/cpu.h.
 */
#ifndef RDT_LAB_H
#define RDT_LAB_H

#define RDT_MSR_QM_EVTSEL 0xC8D
#define RDT_MSR_QM_CTR    0xC8E
#define RDT_MSR_PQR_ASSOC 0xC8F

/* The -cpu properties, the same for every CPU of the machine. */
typedef struct RdtSettings {
    bool enabled;
    uint32_t rmids;
    uint32_t counter_bits;
    uint32_t unit_bytes;
    uint32_t cache_kib;
    uint32_t half_life_ms;
    uint32_t error_ppm;
    uint32_t unavailable_ppm;
    bool evtsel_shared;
    uint32_t events;
    uint32_t closids;
    bool start_random;
    uint32_t seed;
} RdtSettings;

/* A CPU's registers: zeroed by RESET, kept by INIT as other MSRs are. */
typedef struct RdtRegisters {
    uint64_t pqr_assoc;
    uint64_t qm_evtsel;
} RdtRegisters;

#define RDT_LAB_PROPERTIES                                                    \
    DEFINE_PROP_BOOL("rdt", X86CPU, rdt.enabled, true),                       \
    DEFINE_PROP_UINT32("rdt-rmids", X86CPU, rdt.rmids, 64),                   \
    DEFINE_PROP_UINT32("rdt-counter-bits", X86CPU, rdt.counter_bits, 32),     \
    DEFINE_PROP_UINT32("rdt-unit-bytes", X86CPU, rdt.unit_bytes, 65536),      \
    DEFINE_PROP_UINT32("rdt-cache-kib", X86CPU, rdt.cache_kib, 16384),        \
    DEFINE_PROP_UINT32("rdt-half-life-ms", X86CPU, rdt.half_life_ms, 1000),   \
    DEFINE_PROP_UINT32("rdt-error-ppm", X86CPU, rdt.error_ppm, 0),            \
    DEFINE_PROP_UINT32("rdt-unavailable-ppm", X86CPU,                         \
                       rdt.unavailable_ppm, 0),                               \
    DEFINE_PROP_BOOL("rdt-evtsel-shared", X86CPU, rdt.evtsel_shared, false),  \
    DEFINE_PROP_UINT32("rdt-events", X86CPU, rdt.events, 7),                  \
    DEFINE_PROP_UINT32("rdt-closids", X86CPU, rdt.closids, 16),               \
    DEFINE_PROP_BOOL("rdt-start-random", X86CPU, rdt.start_random, true),     \
    DEFINE_PROP_UINT32("rdt-seed", X86CPU, rdt.seed, 1)

/* Checks the settings and adds the CPU to the machine's domains. */
bool rdt_lab_realize(X86CPU *cpu, Error **errp);

/* Rewrites what the generic code answered for leaves 07H and 0FH. */
void rdt_lab_adjust_cpuid(X86CPU *cpu, uint32_t leaf, uint32_t subleaf,
                          uint32_t *eax, uint32_t *ebx,
                          uint32_t *ecx, uint32_t *edx);

static inline bool rdt_lab_owns_msr(uint32_t msr)
{
    return msr >= RDT_MSR_QM_EVTSEL && msr <= RDT_MSR_PQR_ASSOC;
}

/* False: the access faults with #GP(0). */
bool rdt_lab_wrmsr(X86CPU *cpu, uint32_t msr, uint64_t value);
bool rdt_lab_rdmsr(X86CPU *cpu, uint32_t msr, uint64_t *value);

/* The lab's own leaf (rdt-lab-abi.h). False: EAX does not ask for it. */
bool rdt_lab_cpuid(X86CPU *cpu);

#endif /* RDT_LAB_H */
