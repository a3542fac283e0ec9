/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How much of a domain's cache each RMID holds. The rule is simple and
 * deterministic, so that a test can predict it: fills take free lines, then
 * displace everyone in proportion; everything decays with one half-life of
 * virtual time. Real caches are less orderly.
 */
#include "qemu/osdep.h"
#include <math.h>
#include "qemu/timer.h"
#include "rdt-lab-internal.h"

static void occupancy_renormalize(RdtDomain *d)
{
    d->lines_sum = 0;
    for (uint32_t i = 0; i <= rdt_lab.set.rmids; i++) {
        d->rmid[i].lines *= d->scale;
        d->lines_sum += d->rmid[i].lines;
    }
    d->scale = 1;
}

void rdt_lab_occupancy_decay(RdtDomain *d)
{
    int64_t now = qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL);
    int64_t elapsed = now - d->decayed_at;

    if (elapsed <= 0) {
        return;
    }
    d->decayed_at = now;
    if (rdt_lab.set.half_life_ms) {
        d->scale *= exp2(-(double)elapsed / (rdt_lab.set.half_life_ms * 1e6));
        if (d->scale < 1e-100) {
            occupancy_renormalize(d);
        }
    }
}

/*
 * A fill takes free lines first; what does not fit displaces lines of every
 * RMID (the filler's own too) in proportion to what each holds.
 */
void rdt_lab_occupancy_fill(RdtDomain *d, RdtRmid *r, double bytes)
{
    double size = rdt_lab.set.cache_kib * 1024.0;
    double used;

    rdt_lab_occupancy_decay(d);
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

uint64_t rdt_lab_occupancy_bytes(RdtDomain *d, const RdtRmid *r)
{
    rdt_lab_occupancy_decay(d);
    /* Half a byte up: the factor's rounding must not eat a whole unit. */
    return (uint64_t)(r->lines * d->scale + 0.5);
}
