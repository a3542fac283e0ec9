/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The lab's own CPUID leaf: traffic, the truth about it, statistics, settings.
 * CPUID runs in ring 3 too, so no test needs a driver in the guest.
 */
#include "qemu/osdep.h"
#include "rdt-lab-internal.h"

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
    RdtDomain *d = rdt_lab_domain_of(cpu);
    uint32_t rmid = env->rdt_registers.pqr_assoc & RDT_RMID_MASK;
    RdtRmid *r = &d->rmid[MIN(rmid, rdt_lab.set.rmids)];

    rdt_lab.stat[LAB_STAT_CHARGES]++;
    r->total += bytes;
    if (!(flags & LAB_CHARGE_REMOTE)) {
        r->local += bytes;
    }
    rdt_lab_occupancy_fill(d, r, bytes);
    env->regs[R_EAX] = rmid;
    env->regs[R_EBX] = cpu->socket_id;
    env->regs[R_ECX] = CPU(cpu)->cpu_index;
    env->regs[R_EDX] = rmid >= rdt_lab.set.rmids;
}

static uint64_t truth_of(RdtDomain *d, uint32_t index, uint32_t what)
{
    const RdtRmid *r = &d->rmid[index];

    return what == LAB_TRUTH_TOTAL ? r->total :
           what == LAB_TRUTH_LOCAL ? r->local : rdt_lab_occupancy_bytes(d, r);
}

static void truth(CPUX86State *env, uint32_t rmid, uint32_t which)
{
    uint32_t domain = which & 0xFFFF, what = which >> 16;
    uint64_t sum = 0;

    if (rmid == LAB_RMID_UNTRACKED) {
        rmid = rdt_lab.set.rmids;
    } else if (rmid >= rdt_lab.set.rmids && rmid != LAB_RMID_ALL) {
        domain = UINT32_MAX;
    }
    if (domain >= rdt_lab.domains || what > LAB_TRUTH_OCCUPANCY) {
        answer(env, false, 0);
    } else if (rmid != LAB_RMID_ALL) {
        answer(env, true, truth_of(&rdt_lab.domain[domain], rmid, what));
    } else {
        for (uint32_t i = 0; i <= rdt_lab.set.rmids; i++) {
            sum += truth_of(&rdt_lab.domain[domain], i, what);
        }
        answer(env, true, sum);
    }
}

static void setting(CPUX86State *env, uint32_t which)
{
    const RdtSettings *s = &rdt_lab.set;
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
        for (uint32_t i = 0; i < rdt_lab.domains; i++) {
            rdt_lab_occupancy_decay(&rdt_lab.domain[i]);
        }
        rdt_lab.set.half_life_ms = value;
        return true;
    case LAB_SET_ERROR_PPM:
        rdt_lab.set.error_ppm = MIN(value, 1000000);
        return true;
    case LAB_SET_UNAVAILABLE_PPM:
        rdt_lab.set.unavailable_ppm = MIN(value, 1000000);
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
    qemu_mutex_lock(&rdt_lab.lock);
    switch ((uint32_t)env->regs[R_ECX]) {
    case LAB_OP_IDENTIFY:
        env->regs[R_EAX] = LAB_MAGIC;
        env->regs[R_EBX] = rdt_lab.set.rmids;
        env->regs[R_ECX] = rdt_lab.domains;
        env->regs[R_EDX] = rdt_lab.cpus;
        break;
    case LAB_OP_CHARGE:
        charge(cpu, ebx, edx);
        break;
    case LAB_OP_STAT:
        answer(env, ebx < LAB_STAT_COUNT,
               ebx < LAB_STAT_COUNT ? rdt_lab.stat[ebx] : 0);
        break;
    case LAB_OP_TRUTH:
        truth(env, ebx, edx);
        break;
    case LAB_OP_PQR:
        answer(env, ebx < rdt_lab.cpus && rdt_lab.cpu[ebx],
               ebx < rdt_lab.cpus && rdt_lab.cpu[ebx] ?
               rdt_lab.cpu[ebx]->env.rdt_registers.pqr_assoc : 0);
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
    qemu_mutex_unlock(&rdt_lab.lock);
    return true;
}
