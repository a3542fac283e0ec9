// SPDX-License-Identifier: GPL-2.0-only
//
// What only /proc knows of a live machine's processes, some of them at a time.
#pragma once

#include "model/model.h"
#include "source/process_directory.h"

#include <cstddef>
#include <utility>

namespace memory_collector {

class ProcLookups {
public:
    // Once a round of a live source, when it has read all there was.
    void round(Model &model)
    {
        look_up(model);
        reap(model);
    }
    // The two parts of it: details of processes that are new, and the end of those whose exit was lost.
    void look_up(Model &model)
    {
        for (const ProcessKey &key : model.take_wanted(looked_up))
            if (auto details = directory_.look_up(key))
                model.set_details(key, std::move(*details));
    }
    void reap(Model &model)
    {
        model.reap(reaped, [this](const ProcessKey &key) { return directory_.gone(key); });
    }

private:
    // Reading /proc takes some 50 us a process; a round may be every 5 ms.
    static constexpr std::size_t looked_up = 32;
    static constexpr std::size_t reaped = 64;

    ProcessDirectory directory_ = ProcessDirectory::of_this_machine();
};

} // namespace memory_collector
