#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. /lab/common.sh

# Every object there is, so that a new one needs no line here.
set -- /lab/bpf/*.bpfel.o
[ -e "$1" ] || fail "no eBPF object was packed"
verify_programs "$@" || fail "status $?"
