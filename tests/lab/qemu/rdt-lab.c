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
#include <math.h>
#include "qemu/timer.h"
#include "qemu/thread.h"
#include "qapi/error.h"
#include "cpu.h"
#include "rdt-lab-abi.h"

#define RDT_MAX_DOMAINS 64
#define RDT_MAX_CPUS    1024

#define RDT_RMID_MASK        0x3FFull              /* bits 9:0 */
#define PQR_RESERVED         0x00000000FFFFFC00ull /* bits 31:10 */
#define EVTSEL_EVENT_MASK    0xFFull
#define EVTSEL_RMID_SHIFT    32
#define EVTSEL_RESERVED      0xFFFFFC00FFFFFF00ull /* bits 31:8, 63:42 */
#define CTR_ERROR            (1ull << 63)
#define CTR_UNAVAILABLE      (1ull << 62)

enum { EVENT_OCCUPANCY = 1, EVENT_TOTAL = 2, EVENT_LOCAL = 3 };

typedef struct RdtRmid {
    uint64_t total, local;             /* the truth, in bytes */
    uint64_t total_start, local_start; /* where the counters stood at power-on */
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

static struct {
    bool ready;
    QemuMutex lock;
    RdtSettings set;
    RdtDomain domain[RDT_MAX_DOMAINS];
    X86CPU *cpu[RDT_MAX_CPUS];
    uint32_t domains, cpus;
    uint64_t random;
    uint64_t stat[LAB_STAT_COUNT];
} lab;

/* SplitMix64: a machine with the same seed and history answers the same. */
static uint64_t next_random(void)
{
    uint64_t x = lab.random += 0x9E3779B97F4A7C15ull;

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
    return (1ull << lab.set.counter_bits) - 1;
}

/* ---- occupancy ---- */

static void occupancy_renormalize(RdtDomain *d)
{
    d->lines_sum = 0;
    for (uint32_t i = 0; i <= lab.set.rmids; i++) {
        d->rmid[i].lines *= d->scale;
        d->lines_sum += d->rmid[i].lines;
    }
    d->scale = 1;
}

static void occupancy_decay(RdtDomain *d)
{
    int64_t now = qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL);
    int64_t elapsed = now - d->decayed_at;

    if (elapsed <= 0) {
        return;
    }
    d->decayed_at = now;
    if (lab.set.half_life_ms) {
        d->scale *= exp2(-(double)elapsed / (lab.set.half_life_ms * 1e6));
        if (d->scale < 1e-100) {
            occupancy_renormalize(d);
        }
    }
}

/*
 * A fill takes free lines first; what does not fit displaces lines of every
 * RMID (the filler's own too) in proportion to what each holds.
 */
static void occupancy_fill(RdtDomain *d, RdtRmid *r, double bytes)
{
    double size = lab.set.cache_kib * 1024.0;
    double used;

    occupancy_decay(d);
    bytes = MIN(bytes, size);
    used = d->lines_sum * d->scale;
    if (used + bytes > size) {
        d->scale *= (size - bytes) / used;
        if (d->scale < 1e-100) {
            occupancy_renormalize(d);
        }
    }
    r->lines += bytes / d->scale;
    d->lines_sum += bytes / d->scale;
}

static uint64_t occupancy_bytes(RdtDomain *d, const RdtRmid *r)
{
    occupancy_decay(d);
    /* Half a byte up: the factor's rounding must not eat a whole unit. */
    return (uint64_t)(r->lines * d->scale + 0.5);
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
    lab.set = *set;
    lab.random = set->seed;
    qemu_mutex_init(&lab.lock);
    lab.ready = true;
}

static void add_domain(RdtDomain *d)
{
    /* Any byte of a whole turn of the counter, for lack of a better guess. */
    uint64_t turn = counter_mask() > UINT64_MAX / lab.set.unit_bytes ?
        UINT64_MAX >> 1 : counter_mask() * lab.set.unit_bytes;

    d->rmid = g_new0(RdtRmid, lab.set.rmids + 1);
    d->scale = 1;
    d->evtsel_writer = -1;
    for (uint32_t i = 0; lab.set.start_random && i <= lab.set.rmids; i++) {
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
    if (!lab.ready) {
        power_on(&cpu->rdt);
    }
    while (lab.domains <= cpu->socket_id) {
        add_domain(&lab.domain[lab.domains++]);
    }
    lab.cpu[index] = cpu;
    lab.cpus = MAX(lab.cpus, index + 1);
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
            *ebx = lab.set.rmids - 1;
            *edx = 1u << 1;
        } else if (subleaf == 1) {
            *eax = lab.set.counter_bits - 24;
            *ebx = lab.set.unit_bytes;
            *ecx = lab.set.rmids - 1;
            *edx = lab.set.events;
        }
    }
}

/* ---- registers ---- */

static RdtDomain *domain_of(X86CPU *cpu)
{
    return &lab.domain[cpu->socket_id];
}

static bool write_pqr(X86CPU *cpu, uint64_t value)
{
    RdtRegisters *reg = &cpu->env.rdt_registers;

    if ((value & PQR_RESERVED) || value >> 32 >= lab.set.closids) {
        return false;
    }
    lab.stat[LAB_STAT_PQR_WRITES]++;
    lab.stat[LAB_STAT_PQR_REDUNDANT] += value == reg->pqr_assoc;
    lab.stat[LAB_STAT_PQR_OUT_OF_RANGE] +=
        (value & RDT_RMID_MASK) >= lab.set.rmids;
    reg->pqr_assoc = value;
    return true;
}

static bool write_evtsel(X86CPU *cpu, uint64_t value)
{
    RdtDomain *d = domain_of(cpu);

    if (value & EVTSEL_RESERVED) {
        return false;
    }
    lab.stat[LAB_STAT_EVTSEL_WRITES]++;
    cpu->env.rdt_registers.qm_evtsel = value;
    d->evtsel = value;
    d->evtsel_writer = CPU(cpu)->cpu_index;
    return true;
}

static uint64_t evtsel_of(X86CPU *cpu)
{
    return lab.set.evtsel_shared ? domain_of(cpu)->evtsel
                                 : cpu->env.rdt_registers.qm_evtsel;
}

static uint64_t read_ctr(X86CPU *cpu)
{
    RdtDomain *d = domain_of(cpu);
    uint64_t evtsel = evtsel_of(cpu);
    uint32_t event = evtsel & EVTSEL_EVENT_MASK;
    uint32_t rmid = (evtsel >> EVTSEL_RMID_SHIFT) & RDT_RMID_MASK;
    bool known = event >= EVENT_OCCUPANCY && event <= EVENT_LOCAL;
    const RdtRmid *r;

    lab.stat[known ? LAB_STAT_CTR_OCCUPANCY + event - 1
                   : LAB_STAT_CTR_OTHER]++;
    lab.stat[LAB_STAT_CTR_FOREIGN] += lab.set.evtsel_shared &&
        d->evtsel_writer >= 0 && d->evtsel_writer != CPU(cpu)->cpu_index;
    lab.stat[LAB_STAT_CTR_OUT_OF_RANGE] += rmid >= lab.set.rmids;
    if (!known || !(lab.set.events & 1u << (event - 1)) ||
        rmid >= lab.set.rmids || happens(lab.set.error_ppm)) {
        lab.stat[LAB_STAT_CTR_ERROR]++;
        return CTR_ERROR;
    }
    if (happens(lab.set.unavailable_ppm)) {
        lab.stat[LAB_STAT_CTR_UNAVAILABLE]++;
        return CTR_UNAVAILABLE;
    }
    r = &d->rmid[rmid];
    switch (event) {
    case EVENT_TOTAL:
        return (r->total_start + r->total) / lab.set.unit_bytes &
            counter_mask();
    case EVENT_LOCAL:
        return (r->local_start + r->local) / lab.set.unit_bytes &
            counter_mask();
    default:
        return occupancy_bytes(d, r) / lab.set.unit_bytes & counter_mask();
    }
}

bool rdt_lab_wrmsr(X86CPU *cpu, uint32_t msr, uint64_t value)
{
    bool ok;

    if (!cpu->rdt.enabled) {
        return false;
    }
    qemu_mutex_lock(&lab.lock);
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
    lab.stat[LAB_STAT_FAULTS] += !ok;
    qemu_mutex_unlock(&lab.lock);
    return ok;
}

bool rdt_lab_rdmsr(X86CPU *cpu, uint32_t msr, uint64_t *value)
{
    if (!cpu->rdt.enabled) {
        return false;
    }
    qemu_mutex_lock(&lab.lock);
    switch (msr) {
    case RDT_MSR_PQR_ASSOC:
        lab.stat[LAB_STAT_PQR_READS]++;
        *value = cpu->env.rdt_registers.pqr_assoc;
        break;
    case RDT_MSR_QM_EVTSEL:
        lab.stat[LAB_STAT_EVTSEL_READS]++;
        *value = evtsel_of(cpu);
        break;
    default:
        *value = read_ctr(cpu);
        break;
    }
    qemu_mutex_unlock(&lab.lock);
    return true;
}

/* ---- the lab's leaf ---- */

static void answer(CPUX86State *env, bool there, uint64_t value)
{
    env->regs[R_EAX] = (uint32_t)value;
    env->regs[R_EBX] = there;
    env->regs[R_ECX] = 0;
    env->regs[R_EDX] = value >> 32;
}

static void charge(X86CPU *cpu, uint32_t bytes, uint32_t flags)
{
    CPUX86State *env = &cpu->env;
    RdtDomain *d = domain_of(cpu);
    uint32_t rmid = env->rdt_registers.pqr_assoc & RDT_RMID_MASK;
    RdtRmid *r = &d->rmid[MIN(rmid, lab.set.rmids)];

    lab.stat[LAB_STAT_CHARGES]++;
    r->total += bytes;
    if (!(flags & LAB_CHARGE_REMOTE)) {
        r->local += bytes;
    }
    occupancy_fill(d, r, bytes);
    env->regs[R_EAX] = rmid;
    env->regs[R_EBX] = cpu->socket_id;
    env->regs[R_ECX] = CPU(cpu)->cpu_index;
    env->regs[R_EDX] = rmid >= lab.set.rmids;
}

static uint64_t truth_of(RdtDomain *d, uint32_t index, uint32_t what)
{
    const RdtRmid *r = &d->rmid[index];

    return what == LAB_TRUTH_TOTAL ? r->total :
           what == LAB_TRUTH_LOCAL ? r->local : occupancy_bytes(d, r);
}

static void truth(CPUX86State *env, uint32_t rmid, uint32_t which)
{
    uint32_t domain = which & 0xFFFF, what = which >> 16;
    uint64_t sum = 0;

    if (rmid == LAB_RMID_UNTRACKED) {
        rmid = lab.set.rmids;
    } else if (rmid >= lab.set.rmids && rmid != LAB_RMID_ALL) {
        domain = UINT32_MAX;
    }
    if (domain >= lab.domains || what > LAB_TRUTH_OCCUPANCY) {
        answer(env, false, 0);
    } else if (rmid != LAB_RMID_ALL) {
        answer(env, true, truth_of(&lab.domain[domain], rmid, what));
    } else {
        for (uint32_t i = 0; i <= lab.set.rmids; i++) {
            sum += truth_of(&lab.domain[domain], i, what);
        }
        answer(env, true, sum);
    }
}

static void setting(CPUX86State *env, uint32_t which)
{
    const RdtSettings *s = &lab.set;
    const uint64_t value[LAB_SET_COUNT] = {
        s->rmids, s->counter_bits, s->unit_bytes, s->cache_kib,
        s->half_life_ms, s->error_ppm, s->unavailable_ppm, s->evtsel_shared,
        s->events, s->closids, s->start_random, s->seed,
    };

    answer(env, which < LAB_SET_COUNT,
           which < LAB_SET_COUNT ? value[which] : 0);
}

static bool change(uint32_t which, uint32_t value)
{
    switch (which) {
    case LAB_SET_HALF_LIFE_MS:
        for (uint32_t i = 0; i < lab.domains; i++) {
            occupancy_decay(&lab.domain[i]);
        }
        lab.set.half_life_ms = value;
        return true;
    case LAB_SET_ERROR_PPM:
        lab.set.error_ppm = MIN(value, 1000000);
        return true;
    case LAB_SET_UNAVAILABLE_PPM:
        lab.set.unavailable_ppm = MIN(value, 1000000);
        return true;
    default:
        return false;
    }
}

bool rdt_lab_cpuid(X86CPU *cpu)
{
    CPUX86State *env = &cpu->env;
    uint32_t ebx = env->regs[R_EBX], edx = env->regs[R_EDX];

    if ((uint32_t)env->regs[R_EAX] != LAB_LEAF || !cpu->rdt.enabled) {
        return false;
    }
    qemu_mutex_lock(&lab.lock);
    switch ((uint32_t)env->regs[R_ECX]) {
    case LAB_OP_IDENTIFY:
        env->regs[R_EAX] = LAB_MAGIC;
        env->regs[R_EBX] = lab.set.rmids;
        env->regs[R_ECX] = lab.domains;
        env->regs[R_EDX] = lab.cpus;
        break;
    case LAB_OP_CHARGE:
        charge(cpu, ebx, edx);
        break;
    case LAB_OP_STAT:
        answer(env, ebx < LAB_STAT_COUNT,
               ebx < LAB_STAT_COUNT ? lab.stat[ebx] : 0);
        break;
    case LAB_OP_TRUTH:
        truth(env, ebx, edx);
        break;
    case LAB_OP_PQR:
        answer(env, ebx < lab.cpus && lab.cpu[ebx],
               ebx < lab.cpus && lab.cpu[ebx] ?
               lab.cpu[ebx]->env.rdt_registers.pqr_assoc : 0);
        break;
    case LAB_OP_SETTING:
        setting(env, ebx);
        break;
    case LAB_OP_SET:
        answer(env, change(ebx, edx), 0);
        break;
    default:
        answer(env, false, 0);
        break;
    }
    qemu_mutex_unlock(&lab.lock);
    return true;
}
