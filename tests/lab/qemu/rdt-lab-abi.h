/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The lab's own CPUID leaf: what the emulated machine and the programs that
 * run in it (from any privilege level) agree on.
 *
 * Input: EAX = LAB_LEAF, ECX = enum lab_op, EBX and EDX as told there.
 * A machine that is not the lab answers LAB_OP_IDENTIFY with something other
 * than LAB_MAGIC in EAX.
 */
#ifndef RDT_LAB_ABI_H
#define RDT_LAB_ABI_H

#define LAB_LEAF  0x4C414200u
#define LAB_MAGIC 0x314C434Du /* "MCL1" */

enum lab_op {
    /* -> EAX = LAB_MAGIC, EBX = RMIDs, ECX = domains, EDX = CPUs. */
    LAB_OP_IDENTIFY = 0,
    /*
     * EBX = bytes, EDX = LAB_CHARGE_*: moves that many bytes as the CPU that
     * executes it. -> EAX = RMID charged, EBX = domain, ECX = CPU, EDX = 1 if
     * the RMID is beyond the maximum (charged to LAB_RMID_UNTRACKED), else 0.
     */
    LAB_OP_CHARGE = 1,
    /* EBX = enum lab_stat. -> EDX:EAX = value, EBX = 1 if there is such. */
    LAB_OP_STAT = 2,
    /*
     * EBX = RMID or LAB_RMID_*, EDX = domain | enum lab_truth << 16.
     * -> EDX:EAX = bytes, EBX = 1 if there is such.
     */
    LAB_OP_TRUTH = 3,
    /* EBX = CPU. -> EDX:EAX = its IA32_PQR_ASSOC, EBX = 1 if there is such. */
    LAB_OP_PQR = 4,
    /* EBX = enum lab_setting. -> EDX:EAX = value, EBX = 1 if there is such. */
    LAB_OP_SETTING = 5,
    /* EBX = enum lab_setting, EDX = value. -> EBX = 1 if it was changed. */
    LAB_OP_SET = 6,
};

#define LAB_CHARGE_LOCAL  0u
#define LAB_CHARGE_REMOTE 1u

#define LAB_RMID_ALL       0xFFFFFFFFu /* every RMID of the domain together */
#define LAB_RMID_UNTRACKED 0xFFFFFFFEu /* what RMIDs beyond the maximum moved */

enum lab_truth {
    LAB_TRUTH_TOTAL = 0,
    LAB_TRUTH_LOCAL = 1,
    LAB_TRUTH_OCCUPANCY = 2,
};

/* Counts since the machine was switched on. */
enum lab_stat {
    LAB_STAT_PQR_WRITES = 0,
    LAB_STAT_PQR_REDUNDANT,      /* of them: wrote the value it had */
    LAB_STAT_PQR_READS,
    LAB_STAT_PQR_OUT_OF_RANGE,   /* writes of an RMID beyond the maximum */
    LAB_STAT_EVTSEL_WRITES,
    LAB_STAT_EVTSEL_READS,
    LAB_STAT_CTR_OCCUPANCY,      /* IA32_QM_CTR reads by selected event */
    LAB_STAT_CTR_TOTAL,
    LAB_STAT_CTR_LOCAL,
    LAB_STAT_CTR_OTHER,
    LAB_STAT_CTR_ERROR,          /* of them: answered with Error */
    LAB_STAT_CTR_UNAVAILABLE,    /* of them: answered with Unavailable */
    LAB_STAT_CTR_OUT_OF_RANGE,   /* of them: RMID beyond the maximum */
    LAB_STAT_CTR_FOREIGN,        /* of them: another CPU made the selection */
    LAB_STAT_FAULTS,             /* #GP raised by these MSRs */
    LAB_STAT_CHARGES,
    LAB_STAT_COUNT,
};

#define LAB_STAT_NAMES                                                        \
    "pqr_writes", "pqr_redundant", "pqr_reads", "pqr_out_of_range",           \
    "evtsel_writes", "evtsel_reads", "ctr_reads_occupancy",                   \
    "ctr_reads_total", "ctr_reads_local", "ctr_reads_other", "ctr_errors",    \
    "ctr_unavailable", "ctr_out_of_range", "ctr_foreign_selection",           \
    "faults", "charges"

/* (rw): LAB_OP_SET changes it. */
enum lab_setting {
    LAB_SET_RMIDS = 0,
    LAB_SET_COUNTER_BITS,
    LAB_SET_UNIT_BYTES,
    LAB_SET_CACHE_KIB,
    LAB_SET_HALF_LIFE_MS,        /* rw */
    LAB_SET_ERROR_PPM,           /* rw */
    LAB_SET_UNAVAILABLE_PPM,     /* rw */
    LAB_SET_EVTSEL_SHARED,
    LAB_SET_EVENTS,
    LAB_SET_CLOSIDS,
    LAB_SET_START_RANDOM,
    LAB_SET_SEED,
    LAB_SET_COUNT,
};

#define LAB_SETTING_NAMES                                                     \
    "rmids", "counter_bits", "unit_bytes", "cache_kib", "half_life_ms",       \
    "error_ppm", "unavailable_ppm", "evtsel_shared", "events", "closids",     \
    "start_random", "seed"

#endif /* RDT_LAB_ABI_H */
