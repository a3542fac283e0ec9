#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. /lab/common.sh

# look LABEL: what the program holds in memory now.
look() {
	awk -v label="$1" '/^VmRSS|^RssAnon/ { kib[$1] = $2 } END { print label, kib["VmRSS:"], kib["RssAnon:"] }' \
		"/proc/$reader/status" >>/out/rss.txt
}

sysctl -q kernel.pid_max=65536 kernel.threads-max=60000 2>/dev/null || true
echo 65536 >/proc/sys/kernel/pid_max
echo 60000 >/proc/sys/kernel/threads-max
module_in
memory-collector run --interval 1s --format jsonl --output /out/rows.jsonl 2>/out/run.txt &
reader=$!
until grep -q '"type":"interval"' /out/rows.jsonl 2>/dev/null; do sleep 0.2; done
look start
mkfifo /tmp/go
crowd "$LIVE" "$CHURN" 4 </tmp/go >/out/crowd.txt &
crowd=$!
exec 3>/tmp/go
said=0
while [ "$said" -lt 5 ]; do
	# A step may take long: what must not happen is that it never comes.
	until [ "$(wc -l </out/crowd.txt)" -gt "$said" ]; do
		kill -0 "$crowd" || fail "crowd ended early"
		kill -0 "$reader" || { cat /out/run.txt; fail "the program ended"; }
		sleep 0.2
	done
	said=$((said + 1))
	# The intervals in which it happened are written, and what ended is let go.
	sleep 4
	look "$(tail -n 1 /out/crowd.txt)"
	echo go >&3
done
wait "$crowd" || fail "crowd"
kill -TERM "$reader"
wait "$reader" || { cat /out/run.txt; fail "memory-collector"; }
cat /out/rss.txt
module_out
