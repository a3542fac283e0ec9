#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. /lab/common.sh

module_in
measure charge --rate 400MiB --threads 4 --cpus 0-1 --remote-share 40 --duration 3s --truth /out/truth.jsonl
module_out
