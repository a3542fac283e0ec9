// SPDX-License-Identifier: GPL-2.0-only
/*
 * What /proc/kmalloc_lkm does, as its users see it; each line is a judge's to hold against what
 * it should be. Whether memory is held or freed shows by the cap of the user: with one file full,
 * another may write once the first is freed, and not before.
 *
 *	kmalloc-check answers		to what is written, in full and beyond the caps, and to strangers
 *	kmalloc-check lives		files that end by exit, kill, after fork, passed to others
 *	kmalloc-check writers		many at once into one file
 *	kmalloc-check failing N		N allocations and opens, of which some fail on demand
 *	kmalloc-check loads FILE N	loads and unloads of the module, likewise
 *	kmalloc-check storm SECONDS	opens, writes, reads and closes, whatever the answer
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (!strcmp(what, "answers")) {
		answers();
	} else if (!strcmp(what, "lives")) {
		lives();
	} else if (!strcmp(what, "writers")) {
		writers();
	} else if (!strcmp(what, "failing") && argc > 2) {
		failing(atoi(argv[2]));
	} else if (!strcmp(what, "loads") && argc > 3) {
		loads(argv[2], atoi(argv[3]));
	} else if (!strcmp(what, "storm") && argc > 2) {
		storm(atoi(argv[2]));
	} else {
		fprintf(stderr, "usage: kmalloc-check answers|lives|writers|failing N|loads FILE N|storm SECONDS\n");
		return 2;
	}
	return 0;
}
