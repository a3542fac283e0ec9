#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. /lab/common.sh

# Ticks never have the time for all that ran.
module_in soft_switches=100000 tick_budget_us=10
measure charge --children 60 --parallel 60 --child-life 4s --rate 4MiB --period 20ms --cpus 0-1 --truth /out/truth.jsonl
module_out
