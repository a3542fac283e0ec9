// SPDX-License-Identifier: GPL-2.0-only
//
// libtracefs and libtracecmd. Include their headers through this one only.
#pragma once

// libtracefs 1.6 has inline functions that pass an int where its prototype
// wants an enumeration, which is C but no C++. This overload, never called,
// makes it so.
struct tracefs_instance;
struct tracefs_hist;
int tracefs_hist_command(tracefs_instance *instance, tracefs_hist *hist, int command);

// Nor does it say that it is C.
#include <event-parse.h>
#include <fcntl.h>
#include <sched.h>
extern "C" {
#include <tracefs.h>
}
#include <trace-cmd.h>
