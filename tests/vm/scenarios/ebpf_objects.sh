#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. /lab/common.sh

# Every object there is, so that a new one needs no line here.
set -- /lab/bpf/*.bpfel.o
[ -e "$1" ] || fail "no eBPF object was packed"
verify_programs "$@" >/lab/said || { cat /lab/said; fail "status $?"; }
cat /lab/said
grep -q " 0 forbidden$" /lab/said || fail "the guest forbids programs"
