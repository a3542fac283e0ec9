/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Resource Director Technology monitoring for TCG (Intel SDM vol. 3, chapter
 * "Debug, branch profile, TSC, and Intel RDT features", section on CMT/MBM).
 *
 * A domain is a socket. For every domain and RMID the machine keeps exactly
 * how many bytes were moved; IA32_QM_CTR shows them as hardware would: in
 * whole units, from an arbitrary start, modulo the counter's width. Traffic
 * comes only from the lab's own CPUID leaf: the guest program says what it
 * moves, so the truth is known, and it goes to the RMID that IA32_PQR_ASSOC
 * of the executing CPU holds at that instruction.
 *
 * One lock around everything: exact with thread=multi too.
 */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "rdt-lab-internal.h"

#define PQR_RESERVED         0x00000000FFFFFC00ull /* bits 31:10 */
#define EVTSEL_EVENT_MASK    0xFFull
#define EVTSEL_RMID_SHIFT    32
#define EVTSEL_RESERVED      0xFFFFFC00FFFFFF00ull /* bits 31:8, 63:42 */
#define CTR_ERROR            (1ull << 63)
#define CTR_UNAVAILABLE      (1ull << 62)

enum { EVENT_OCCUPANCY = 1, EVENT_TOTAL = 2, EVENT_LOCAL = 3 };

RdtLab rdt_lab;

/* SplitMix64: a machine with the same seed and history answers the same. */
static uint64_t next_random(void)
{
    uint64_t x = rdt_lab.random += 0x9E3779B97F4A7C15ull;

    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
    return x ^ (x >> 31);
}

static bool happens(uint32_t ppm)
{
    return ppm && next_random() % 1000000 < ppm;
}

static uint64_t counter_mask(void)
{
    return (1ull << rdt_lab.set.counter_bits) - 1;
}

/* ---- set-up ---- */

static bool check_settings(const RdtSettings *s, Error **errp)
{
    if (s->rmids < 2 || s->rmids > 1024) {
        error_setg(errp, "rdt-rmids must be 2 to 1024, not %u", s->rmids);
    } else if (s->counter_bits < 24 || s->counter_bits > 62) {
        error_setg(errp, "rdt-counter-bits must be 24 to 62, not %u",
                   s->counter_bits);
    } else if (!s->unit_bytes) {
        error_setg(errp, "rdt-unit-bytes must not be 0");
    } else if (!s->cache_kib) {
        error_setg(errp, "rdt-cache-kib must not be 0");
    } else if (s->error_ppm > 1000000 || s->unavailable_ppm > 1000000) {
        error_setg(errp, "rdt-error-ppm and rdt-unavailable-ppm must be 0 to "
                   "1000000");
    } else if (!s->events || s->events > 7) {
        error_setg(errp, "rdt-events must be 1 to 7 (bit 0 occupancy, 1 total,"
                   " 2 local), not %u", s->events);
    } else if (!s->closids) {
        error_setg(errp, "rdt-closids must not be 0");
    } else {
        return true;
    }
    return false;
}

static void power_on(const RdtSettings *set)
{
    rdt_lab.set = *set;
    rdt_lab.random = set->seed;
    qemu_mutex_init(&rdt_lab.lock);
    rdt_lab.ready = true;
}

static void add_domain(RdtDomain *d)
{
    /* Any byte of a whole turn of the counter, for lack of a better guess. */
    uint64_t turn = counter_mask() > UINT64_MAX / rdt_lab.set.unit_bytes ?
        UINT64_MAX >> 1 : counter_mask() * rdt_lab.set.unit_bytes;

    d->rmid = g_new0(RdtRmid, rdt_lab.set.rmids + 1);
    d->scale = 1;
    d->evtsel_writer = -1;
    if (!rdt_lab.set.start_random) {
        return;
    }
    for (uint32_t i = 0; i <= rdt_lab.set.rmids; i++) {
        d->rmid[i].total_start = next_random() % turn;
        d->rmid[i].local_start = next_random() % turn;
    }
}

bool rdt_lab_realize(X86CPU *cpu, Error **errp)
{
    int index = CPU(cpu)->cpu_index;

    if (!cpu->rdt.enabled) {
        return true;
    }
    if (!check_settings(&cpu->rdt, errp)) {
        return false;
    }
    if (cpu->socket_id < 0 || cpu->socket_id >= RDT_MAX_DOMAINS ||
        index < 0 || index >= RDT_MAX_CPUS) {
        error_setg(errp, "rdt: CPU %d of socket %d is beyond what the lab "
                   "keeps (%d CPUs, %d sockets)", index, cpu->socket_id,
                   RDT_MAX_CPUS, RDT_MAX_DOMAINS);
        return false;
    }
    if (!rdt_lab.ready) {
        power_on(&cpu->rdt);
    }
    while (rdt_lab.domains <= cpu->socket_id) {
        add_domain(&rdt_lab.domain[rdt_lab.domains++]);
    }
    rdt_lab.cpu[index] = cpu;
    rdt_lab.cpus = MAX(rdt_lab.cpus, index + 1);
    cpu->env.cpuid_level = MAX(cpu->env.cpuid_level, 0xF);
    return true;
}

void rdt_lab_adjust_cpuid(X86CPU *cpu, uint32_t leaf, uint32_t subleaf,
                          uint32_t *eax, uint32_t *ebx,
                          uint32_t *ecx, uint32_t *edx)
{
    if (!cpu->rdt.enabled) {
        return;
    }
    if (leaf == 7 && subleaf == 0) {
        *ebx |= 1u << 12;
    } else if (leaf == 0xF) {
        *eax = *ebx = *ecx = *edx = 0;
        if (subleaf == 0) {
            *ebx = rdt_lab.set.rmids - 1;
            *edx = 1u << 1;
        } else if (subleaf == 1) {
            *eax = rdt_lab.set.counter_bits - 24;
            *ebx = rdt_lab.set.unit_bytes;
            *ecx = rdt_lab.set.rmids - 1;
            *edx = rdt_lab.set.events;
        }
    }
}

/* ---- registers ---- */

static bool write_pqr(X86CPU *cpu, uint64_t value)
{
    RdtRegisters *reg = &cpu->env.rdt_registers;

    if ((value & PQR_RESERVED) || value >> 32 >= rdt_lab.set.closids) {
        return false;
    }
    rdt_lab.stat[LAB_STAT_PQR_WRITES]++;
    rdt_lab.stat[LAB_STAT_PQR_REDUNDANT] += value == reg->pqr_assoc;
    rdt_lab.stat[LAB_STAT_PQR_OUT_OF_RANGE] +=
        (value & RDT_RMID_MASK) >= rdt_lab.set.rmids;
    reg->pqr_assoc = value;
    return true;
}

static bool write_evtsel(X86CPU *cpu, uint64_t value)
{
    RdtDomain *d = rdt_lab_domain_of(cpu);

    if (value & EVTSEL_RESERVED) {
        return false;
    }
    rdt_lab.stat[LAB_STAT_EVTSEL_WRITES]++;
    cpu->env.rdt_registers.qm_evtsel = value;
    d->evtsel = value;
    d->evtsel_writer = CPU(cpu)->cpu_index;
    return true;
}

static uint64_t evtsel_of(X86CPU *cpu)
{
    return rdt_lab.set.evtsel_shared ? rdt_lab_domain_of(cpu)->evtsel
                                 : cpu->env.rdt_registers.qm_evtsel;
}

static uint64_t read_ctr(X86CPU *cpu)
{
    RdtDomain *d = rdt_lab_domain_of(cpu);
    uint64_t evtsel = evtsel_of(cpu);
    uint32_t event = evtsel & EVTSEL_EVENT_MASK;
    uint32_t rmid = (evtsel >> EVTSEL_RMID_SHIFT) & RDT_RMID_MASK;
    bool known = event >= EVENT_OCCUPANCY && event <= EVENT_LOCAL;
    const RdtRmid *r;

    rdt_lab.stat[known ? LAB_STAT_CTR_OCCUPANCY + event - 1
                   : LAB_STAT_CTR_OTHER]++;
    rdt_lab.stat[LAB_STAT_CTR_FOREIGN] += rdt_lab.set.evtsel_shared &&
        d->evtsel_writer >= 0 && d->evtsel_writer != CPU(cpu)->cpu_index;
    rdt_lab.stat[LAB_STAT_CTR_OUT_OF_RANGE] += rmid >= rdt_lab.set.rmids;
    if (!known || !(rdt_lab.set.events & 1u << (event - 1)) ||
        rmid >= rdt_lab.set.rmids || happens(rdt_lab.set.error_ppm)) {
        rdt_lab.stat[LAB_STAT_CTR_ERROR]++;
        return CTR_ERROR;
    }
    if (happens(rdt_lab.set.unavailable_ppm)) {
        rdt_lab.stat[LAB_STAT_CTR_UNAVAILABLE]++;
        return CTR_UNAVAILABLE;
    }
    r = &d->rmid[rmid];
    switch (event) {
    case EVENT_TOTAL:
        return (r->total_start + r->total) / rdt_lab.set.unit_bytes &
            counter_mask();
    case EVENT_LOCAL:
        return (r->local_start + r->local) / rdt_lab.set.unit_bytes &
            counter_mask();
    default:
        return rdt_lab_occupancy_bytes(d, r) / rdt_lab.set.unit_bytes &
            counter_mask();
    }
}

bool rdt_lab_wrmsr(X86CPU *cpu, uint32_t msr, uint64_t value)
{
    bool ok;

    if (!cpu->rdt.enabled) {
        return false;
    }
    qemu_mutex_lock(&rdt_lab.lock);
    switch (msr) {
    case RDT_MSR_PQR_ASSOC:
        ok = write_pqr(cpu, value);
        break;
    case RDT_MSR_QM_EVTSEL:
        ok = write_evtsel(cpu, value);
        break;
    default: /* IA32_QM_CTR is read-only */
        ok = false;
        break;
    }
    rdt_lab.stat[LAB_STAT_FAULTS] += !ok;
    qemu_mutex_unlock(&rdt_lab.lock);
    return ok;
}

bool rdt_lab_rdmsr(X86CPU *cpu, uint32_t msr, uint64_t *value)
{
    if (!cpu->rdt.enabled) {
        return false;
    }
    qemu_mutex_lock(&rdt_lab.lock);
    switch (msr) {
    case RDT_MSR_PQR_ASSOC:
        rdt_lab.stat[LAB_STAT_PQR_READS]++;
        *value = cpu->env.rdt_registers.pqr_assoc;
        break;
    case RDT_MSR_QM_EVTSEL:
        rdt_lab.stat[LAB_STAT_EVTSEL_READS]++;
        *value = evtsel_of(cpu);
        break;
    default:
        *value = read_ctr(cpu);
        break;
    }
    qemu_mutex_unlock(&rdt_lab.lock);
    return true;
}
