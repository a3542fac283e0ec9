// SPDX-License-Identifier: GPL-2.0-only
#pragma once

#include <stdexcept>
#include <string>

namespace memory_collector {

// A failure the user can act on: the text names the thing, the cause and the
// remedy. Exit code 1.
class Error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// A wrong use of the command line. Exit code 2.
class UsageError : public Error {
public:
    using Error::Error;
};

// A value that an option cannot have, wherever it was given.
class OptionError : public UsageError {
public:
    OptionError(const std::string &name, const std::string &cause)
        : UsageError("--" + name + ": " + cause), name_(name), cause_(cause)
    {
    }
    const std::string &name() const { return name_; }
    const std::string &cause() const { return cause_; }

private:
    std::string name_;
    std::string cause_;
};

// strerror(error) without its shared buffer.
std::string error_text(int error);

} // namespace memory_collector
