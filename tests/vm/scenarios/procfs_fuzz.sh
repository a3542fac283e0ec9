#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. /lab/common.sh

tracing=/sys/kernel/tracing/instances/witness

module_in
mkdir $tracing
echo 1 >$tracing/events/memory_collector/enable
sleep 0.5
procfs-fuzz 3000 >/out/procfs.txt || fail "procfs-fuzz: $(cat /out/procfs.txt)"
cat /out/procfs.txt
rmdir $tracing
module_out
