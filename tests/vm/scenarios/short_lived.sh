#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. /lab/common.sh

module_in
measure charge --children 500 --parallel 4 --child-life 2ms-20ms --rate 200MiB --cpus 0-1 --truth /out/truth.jsonl
module_out
