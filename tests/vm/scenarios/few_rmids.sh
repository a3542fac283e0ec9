#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. /lab/common.sh

module_in soft_switches=0
measure charge --children 300 --parallel 300 --child-life 4s --rate 2MiB --period 20ms --cpus 0-1 --truth /out/truth.jsonl
module_out
