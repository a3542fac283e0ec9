#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. /lab/common.sh

# The limit of switches is told by slots, of which a busy host misses some.
module_in soft_switches=100000
measure charge --children 300 --parallel 300 --child-life 4s --rate 2MiB --period 20ms --cpus 0-1 --truth /out/truth.jsonl
module_out
